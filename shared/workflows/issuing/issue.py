"""Bring a due certificate to a new version in its vault, going on wherever an earlier execution stopped.

Every step is written down before it is taken, so that a killed execution costs nothing but time: the pending operation
in the vault holds the key, the journal holds the order and each published TXT value.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.assessment import verdict_of
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.certificates.vault_tags import issuer_tag, ownership_refusal
from shared.domain.issuing.issuance import Issuance, back_off, is_replacement
from shared.domain.issuing.renewal import Due, Fresh, Waiting
from shared.domain.journal import ISSUANCE, Journal, poll_delay
from shared.domain.message import Message
from shared.domain.observation import Observation
from shared.errors import AccountUnknown, NotYet, OrderLost, PermanentError, RateLimited, TransientError
from shared.guard import guard
from shared.inventory import AcmeIssuer, Certificate
from shared.ports import Lease, Ports
from shared.workflows.attempt import record_outcome, wait_for
from shared.workflows.audit import AuditEvent, append_audit
from shared.workflows.issuing.acme_account import forget_account
from shared.workflows.issuing.acme_challenges import withdraw
from shared.workflows.issuing.acme_order import complete_order, forget_order
from shared.workflows.issuing.issuance import current_issuance, start_issuance, update_issuance
from shared.workflows.issuing.private_key import create_key, discard_key

log = logging.getLogger("relaykeeper.progress")


def issue(
    certificate: Certificate, before: StoredVersion | None, reason: str, lease: Lease[Journal], ports: Ports
) -> StoredVersion:
    """Return the version that replaces `before`; what is left to clean up then, `finish` does.

    Raises NotYet where the vault, DNS or the authority need more than a few seconds.
    """
    if lease.journal.issuance is not None and not lease.journal.issuance.is_for(certificate):
        discard_issuance(certificate, before, lease, ports)
    start_issuance(certificate, before, reason, lease, ports)
    issuer = ports.inventory.issuers.get(certificate.issuer)
    if issuer is None:
        stored = issue_self_signed(certificate, before, lease, ports)
    else:
        stored = issue_by_acme(certificate, issuer, lease, ports)
    audit_merge(certificate, stored, current_issuance(lease), ports)
    log.info(
        "%s: merged version %s, valid until %s", certificate.name, stored.version[:8], stored.leaf.not_after.date()
    )
    return stored


def issue_by_acme(certificate: Certificate, issuer: AcmeIssuer, lease: Lease[Journal], ports: Ports) -> StoredVersion:
    """Issue with the authority; an order that it does not know any more is started over, once without a backoff."""
    try:
        return with_account(certificate, issuer, lease, ports)
    except OrderLost as lost:
        forget_order(lease, ports)
        if current_issuance(lease).started_over:
            raise
        log.warning("%s: %s; starting over", certificate.name, lost)
        update_issuance(lease, started_over=True)
        return with_account(certificate, issuer, lease, ports)


def with_account(certificate: Certificate, issuer: AcmeIssuer, lease: Lease[Journal], ports: Ports) -> StoredVersion:
    """See the order through, registering again once if the authority does not know our account.

    The order stays: a server that only lags behind the others finds the same account, and the order with it.
    """
    try:
        return complete_order(certificate, issuer, lease, ports)
    except AccountUnknown as unknown:
        log.warning("%s: %s; registering again", certificate.name, unknown)
        forget_account(issuer, ports)
        return complete_order(certificate, issuer, lease, ports)


def issue_self_signed(
    certificate: Certificate, before: StoredVersion | None, lease: Lease[Journal], ports: Ports
) -> StoredVersion:
    """Let the vault sign with the certificate's own key (its issuer `Self`), which takes it some seconds.

    It may be done at any moment: whoever finds no operation in progress looks for the version once more.
    """

    def signed() -> StoredVersion | None:
        newest = ports.vault.latest(certificate)
        return newest if newest is not None and is_replacement(newest, before, certificate) else None

    pending = ports.vault.pending(certificate)
    if pending is None:
        if (stored := signed()) is not None:
            return stored
        if current_issuance(lease).key_hash is not None:
            update_issuance(lease, key_hash=None)
            raise TransientError(
                f"vault {certificate.vault} began to sign {certificate.name} and gave up; see its operation"
            )
        pending = create_key(certificate, lease, ports)
    if pending is not None:
        update_issuance(lease, key_hash=pending.key_hash)
    stored = wait_for(
        look=signed,
        done=lambda seen: seen is not None,
        words=lambda _: "the vault is signing",
        clock=ports.clock,
    )
    assert stored is not None
    return stored


def discard_issuance(
    certificate: Certificate, stored: StoredVersion | None, lease: Lease[Journal], ports: Ports
) -> None:
    """Clean up after an issuance that is not wanted any more, or whose result is in the vault already.

    Whoever merged that was killed before the history had it, or right after: better twice there than never.
    """
    was = lease.journal.issuance
    if was is not None:
        withdraw(lease, ports)
        discard_key(certificate.name, was, lease, ports)
        if stored is not None and stored.version != was.replaces and issuer_tag(stored) == was.issuer:
            audit_merge(certificate, stored, was, ports)
        complete_issuance(lease, ports)
    elif lease.journal.backoff is not None or lease.journal.forced is not None:
        lease.write(replace(lease.journal, backoff=None, forced=None))


def audit_merge(certificate: Certificate, stored: StoredVersion, issuance: Issuance, ports: Ports) -> None:
    until = f"valid until {stored.leaf.not_after:%Y-%m-%d %H:%M} UTC"
    append_audit(AuditEvent("merge", until, certificate.name, stored=stored, reason=issuance.reason), ports)


def complete_issuance(lease: Lease[Journal], ports: Ports) -> None:
    """Leave nothing of the issuance behind: no TXT value, nothing in the journal."""
    withdraw(lease, ports)
    lease.write(replace(lease.journal, issuance=None, backoff=None, forced=None))


ISSUING_TIMEOUT = timedelta(hours=1)
"""How long DNS, the authority or the vault may take before it counts as a failure."""

MAX_ISSUING_WAIT = timedelta(hours=1)


def issue_if_due(
    message: Message, certificate: Certificate, seen: Observation, lease: Lease[Journal], ports: Ports
) -> tuple[StoredVersion | None, NotYet | None]:
    """Return the version to deliver, and what issuing still waits for.

    A failure is written down, earns a backoff, and does not keep the stored version from being delivered.
    """
    stored = seen.stored
    try:
        with guard(f"issuing {certificate.name}"):
            match verdict_of(certificate, seen, ports.clock.now()):
                case Due(reason):
                    stored = issue(certificate, stored, reason, lease, ports)
                    complete_issuance(lease, ports)
                case Fresh():
                    discard_issuance(certificate, stored, lease, ports)
                case Waiting() if lease.journal.issuance is not None:
                    withdraw(lease, ports)
    except NotYet as wait:
        return stored, extend_wait(message, wait, lease, ports)
    except (TransientError, PermanentError) as failure:
        back_off_issuing(message, failure, lease, ports)
    return stored, None


def extend_wait(message: Message, wait: NotYet, lease: Lease[Journal], ports: Ports) -> NotYet | None:
    """Return a wait that grows with the issuance's age; None once it has taken too long and was put off."""
    issuance, now = lease.journal.issuance, ports.clock.now()
    if issuance is None:
        return wait
    if now - issuance.since > ISSUING_TIMEOUT:
        back_off_issuing(message, TransientError(f"given up after {ISSUING_TIMEOUT}: {wait}"), lease, ports)
        return None
    return NotYet(str(wait), min(max(wait.wait, poll_delay(issuance.since, now)), MAX_ISSUING_WAIT), ISSUANCE)


def back_off_issuing(
    message: Message, failure: TransientError | PermanentError, lease: Lease[Journal], ports: Ports
) -> None:
    """Write down why issuing failed and when to try again, and leave no TXT value behind.

    What a human must mend is tried again each tick, what may pass after a backoff of its own.
    """
    now = ports.clock.now()
    asked_for = failure.retry_after if isinstance(failure, RateLimited) else None
    backoff = back_off(lease.journal.backoff, failure, now, asked_for)
    log.error("%s: issuing failed: %s", message.certificate, failure)
    issuance = lease.journal.issuance
    begun_again = None if issuance is None else restart_issuance(issuance, backoff.until)
    lease.write(replace(lease.journal, backoff=backoff, issuance=begun_again))
    if issuance is not None:
        try_withdraw(message, lease, ports)
    if isinstance(failure, TransientError):
        ports.queue.send(message, backoff.until - now)


def restart_issuance(issuance: Issuance, since: datetime) -> Issuance:
    """Return the issuance as it goes on after a backoff: with the same order, whose challenges are answered anew."""
    return replace(issuance, since=since, progress=replace(issuance.progress, answered=None))


def try_withdraw(message: Message, lease: Lease[Journal], ports: Ports) -> None:
    """Withdraw what can be; the journal names the rest, and each tick tries again."""
    try:
        withdraw(lease, ports)
    except (TransientError, PermanentError) as failure:
        log.error("%s: TXT values stay for now: %s", message.certificate, failure)


def require_ownership(certificate: Certificate, seen: Observation, lease: Lease[Journal], ports: Ports) -> None:
    """Raise PermanentError if the certificate bears another tool's mark, having cleaned up what we had begun."""
    if (refused := ownership_refusal(certificate, seen.stored)) is not None:
        discard_issuance(certificate, seen.stored, lease, ports)
        raise PermanentError(refused)


def is_orphaned(name: str, ports: Ports) -> bool:
    """Say whether a journal tells of an issuance that nobody wishes for."""
    return name not in ports.inventory.certificates and ports.journals.read(name).issuance is not None


def require_known(message: Message, ports: Ports) -> None:
    """Raise PermanentError if there is nothing to do for the certificate: not in the inventory, and not left behind."""
    name = message.certificate
    if name in ports.inventory.certificates or (name in ports.journals.names() and is_orphaned(name, ports)):
        return
    raise PermanentError(f"no certificate {name!r} in the inventory: the message is dropped")


def clean_up_orphan(message: Message, ports: Ports) -> None:
    """Withdraw every value that the journal names, discard the pending operation if it is ours, forget the rest."""
    name = message.certificate
    with ports.journals.lease(name) as lease, record_outcome(message, lease, ports):
        if lease.journal.issuance is not None:
            withdraw(lease, ports)
            discard_key(name, lease.journal.issuance, lease, ports)
            lease.write(Journal())
