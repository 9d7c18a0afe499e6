"""Bring a due certificate to a new version in its vault, going on wherever an earlier execution stopped.

Every step is recorded before it is taken, so that a killed execution costs nothing but time: the pending operation
in the vault holds the key, the journal holds the order and each published TXT value.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.assessment import verdict_of
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.certificates.vault_tags import issuer_tag, ownership_refusal
from shared.domain.issuing.due import Due, Fresh, Waiting
from shared.domain.issuing.issuance import Issuance, back_off, is_replacement
from shared.domain.journal import ISSUANCE, Journal, poll_delay
from shared.domain.message import Message
from shared.domain.observation import Observation
from shared.errors import AccountUnknown, NotYet, OrderLost, PermanentError, RateLimited, TransientError
from shared.guard import guard
from shared.inventory import AcmeIssuer
from shared.ports import Ports
from shared.workflows.attempt import wait_for
from shared.workflows.issuing.acme_account import forget_account
from shared.workflows.issuing.acme_challenges import withdraw
from shared.workflows.issuing.acme_order import complete_order, forget_order
from shared.workflows.issuing.issuance import current_issuance, start_issuance, update_issuance
from shared.workflows.issuing.private_key import create_key, discard_key
from shared.workflows.lease import Leased
from shared.workflows.renewal_context import Renewal

log = logging.getLogger("relaykeeper.progress")

ISSUING_TIMEOUT = timedelta(hours=1)
"""How long DNS, the authority or the vault may take before it counts as a failure."""

MAX_ISSUING_WAIT = timedelta(hours=1)


def issue_if_due(renewal: Renewal, observation: Observation) -> tuple[StoredVersion | None, NotYet | None]:
    """Return the version to deliver, and what issuing still waits for.

    A failure is recorded, starts a backoff, and does not keep the stored version from being delivered.
    """
    stored = observation.stored
    try:
        with guard(f"issuing {renewal.certificate.name}"):
            match verdict_of(observation):
                case Due(message=reason):
                    stored = issue(renewal, stored, reason)
                    complete_issuance(renewal.held)
                case Fresh():
                    discard_issuance(renewal, stored)
                case Waiting() if renewal.journal.issuance is not None:
                    withdraw(renewal.held)
    except NotYet as wait:
        return stored, extend_wait(wait, renewal.held)
    except (TransientError, PermanentError) as failure:
        back_off_issuing(failure, renewal.held)
    return stored, None


def issue(renewal: Renewal, before: StoredVersion | None, reason: str) -> StoredVersion:
    """Return the version that replaces `before`; `complete_issuance` cleans up afterwards.

    Raises NotYet where the vault, DNS or the authority need more than a few seconds.
    """
    if renewal.journal.issuance is not None and not renewal.journal.issuance.is_for(renewal.certificate):
        discard_issuance(renewal, before)
    start_issuance(renewal, before, reason)
    issuer = renewal.ports.inventory.issuers.get(renewal.certificate.issuer)
    stored = issue_self_signed(renewal, before) if issuer is None else issue_by_acme(renewal, issuer)
    audit_merge(renewal.held, stored, current_issuance(renewal.held))
    log.info(
        "%s: merged version %s, valid until %s",
        renewal.certificate.name,
        stored.version[:8],
        stored.leaf.not_after.date(),
    )
    return stored


def issue_by_acme(renewal: Renewal, issuer: AcmeIssuer) -> StoredVersion:
    """Issue with the authority; an order that it does not know any more is started over, once without a backoff."""
    try:
        return with_account(renewal, issuer)
    except OrderLost as lost:
        forget_order(renewal.held)
        if current_issuance(renewal.held).started_over:
            raise
        log.warning("%s: %s; starting over", renewal.certificate.name, lost)
        update_issuance(renewal.held, started_over=True)
        return with_account(renewal, issuer)


def with_account(renewal: Renewal, issuer: AcmeIssuer) -> StoredVersion:
    """Complete the order, registering again once if the authority does not know our account.

    The order stays: a server that only lags behind the others finds the same account, and the order with it.
    """
    try:
        return complete_order(renewal, issuer)
    except AccountUnknown as unknown:
        log.warning("%s: %s; registering again", renewal.certificate.name, unknown)
        forget_account(issuer, renewal.ports)
        return complete_order(renewal, issuer)


def issue_self_signed(renewal: Renewal, before: StoredVersion | None) -> StoredVersion:
    """Let the vault sign with the certificate's own key (its issuer `Self`), which takes it some seconds.

    It may be done at any moment: where no operation is in progress, look for the version once more.
    """

    def signed() -> StoredVersion | None:
        newest = renewal.ports.vault.latest(renewal.certificate)
        return newest if newest is not None and is_replacement(newest, before, renewal.certificate) else None

    pending = renewal.ports.vault.pending(renewal.certificate)
    if pending is None:
        if (stored := signed()) is not None:
            return stored
        if current_issuance(renewal.held).key_hash is not None:
            update_issuance(renewal.held, key_hash=None)
            raise TransientError(
                f"vault {renewal.certificate.vault} began to sign {renewal.certificate.name} and gave up; "
                "see its operation"
            )
        pending = create_key(renewal)
    if pending is not None:
        update_issuance(renewal.held, key_hash=pending.key_hash)
    stored = wait_for(
        look=signed,
        done=lambda newest: newest is not None,
        describe=lambda _: "the vault is signing",
        clock=renewal.ports.clock,
    )
    assert stored is not None
    return stored


def audit_merge(held: Leased[Journal], stored: StoredVersion, issuance: Issuance) -> None:
    until = f"valid until {stored.leaf.not_after:%Y-%m-%d %H:%M} UTC"
    held.record("merge", until, version=stored, reason=issuance.reason, order=issuance.order or "")


def complete_issuance(held: Leased[Journal]) -> None:
    """Leave nothing of the issuance behind: no TXT value, nothing in the journal."""
    withdraw(held)
    held.save(replace(held.journal, issuance=None, backoff=None, forced_renewal=None))


def discard_issuance(renewal: Renewal, stored: StoredVersion | None) -> None:
    """Clean up after an issuance that is not wanted any more, or whose result is in the vault already.

    The worker that merged it was killed before or just after its audit record: a second record is better than none.
    """
    was = renewal.journal.issuance
    if was is not None:
        withdraw(renewal.held)
        discard_key(renewal.certificate.name, was, renewal.held)
        if stored is not None and stored.version != was.baseline and issuer_tag(stored) == was.issuer:
            audit_merge(renewal.held, stored, was)
        complete_issuance(renewal.held)
    elif renewal.journal.backoff is not None or renewal.journal.forced_renewal is not None:
        renewal.held.save(replace(renewal.journal, backoff=None, forced_renewal=None))


def extend_wait(wait: NotYet, held: Leased[Journal]) -> NotYet | None:
    """Return a wait that grows with the issuance's age; None after ISSUING_TIMEOUT, when a backoff begins instead."""
    issuance, now = held.journal.issuance, held.ports.clock.now()
    if issuance is None:
        return wait
    if now - issuance.since > ISSUING_TIMEOUT:
        back_off_issuing(TransientError(f"given up after {ISSUING_TIMEOUT}: {wait}"), held)
        return None
    return NotYet(str(wait), min(max(wait.wait, poll_delay(issuance.since, now)), MAX_ISSUING_WAIT), ISSUANCE)


def back_off_issuing(failure: TransientError | PermanentError, held: Leased[Journal]) -> None:
    """Write down why issuing failed and when to try again, and leave no TXT value behind.

    What a person must fix is tried again at each tick; a temporary failure is tried again after its backoff.
    """
    now = held.ports.clock.now()
    asked_for = failure.retry_after if isinstance(failure, RateLimited) else None
    backoff = back_off(held.journal.backoff, failure, now, asked_for)
    log.error("%s: issuing failed: %s", held.target.name, failure)
    issuance = held.journal.issuance
    begun_again = None if issuance is None else restart_issuance(issuance, backoff.until)
    held.save(replace(held.journal, backoff=backoff, issuance=begun_again))
    if issuance is not None:
        try_withdraw(held)
    if isinstance(failure, TransientError):
        held.ports.queue.send(held.message, backoff.until - now)


def restart_issuance(issuance: Issuance, since: datetime) -> Issuance:
    """Return the issuance as it goes on after a backoff: with the same order, whose challenges are answered again."""
    return replace(issuance, since=since, progress=replace(issuance.progress, answered=None))


def try_withdraw(held: Leased[Journal]) -> None:
    """Withdraw what can be; the journal names the rest, and each tick tries again."""
    try:
        withdraw(held)
    except (TransientError, PermanentError) as failure:
        log.error("%s: TXT values stay for now: %s", held.target.name, failure)


def require_ownership(renewal: Renewal, observation: Observation) -> None:
    """Raise PermanentError if the certificate has another tool's tag, after cleaning up what we had begun."""
    if (refused := ownership_refusal(renewal.certificate, observation.stored)) is not None:
        discard_issuance(renewal, observation.stored)
        raise PermanentError(refused)


def require_certificate(message: Message) -> None:
    """Raise PermanentError if the message is about another kind of object."""
    if message.target.kind != "certificate":
        raise PermanentError(f"{message.target} is no certificate: the message is dropped")


def require_known(message: Message, ports: Ports) -> None:
    """Raise PermanentError if there is nothing to do for the certificate: not in the inventory, and not left behind."""
    require_certificate(message)
    name = message.target.name
    if name in ports.inventory.certificates or (name in ports.state.certificates.names() and is_orphaned(name, ports)):
        return
    raise PermanentError(f"no certificate {name!r} in the inventory: the message is dropped")


def is_orphaned(name: str, ports: Ports) -> bool:
    """Say whether the journal has an issuance of a certificate that left the inventory."""
    return name not in ports.inventory.certificates and ports.state.certificates.read(name).issuance is not None


def clean_up_orphan(held: Leased[Journal]) -> None:
    """Withdraw every value that the journal names, discard the pending operation if it is ours, forget the rest."""
    if held.journal.issuance is not None:
        withdraw(held)
        discard_key(held.target.name, held.journal.issuance, held)
        held.save(Journal())
