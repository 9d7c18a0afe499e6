"""Bring a due certificate to a new version in its vault, going on wherever an earlier execution stopped.

Every step is written down before it is taken, so that a killed execution costs nothing but time: the pending operation
in the vault holds the key, the journal holds the order and each published TXT value.
"""

import logging
from dataclasses import replace

from shared.domain.certificates import Stored
from shared.domain.issuance import Issuance, replaces
from shared.domain.journal import Journal
from shared.domain.marks import issuer_mark
from shared.errors import AccountUnknown, OrderLost, TransientError
from shared.inventory import AcmeIssuer, Certificate
from shared.ports import Lease, Ports
from shared.workflows.account import forget_account
from shared.workflows.challenges import withdraw
from shared.workflows.chronicle import Deed, chronicle
from shared.workflows.issuance import intend, note, under_way
from shared.workflows.key import begin, give_up_key
from shared.workflows.order import forget_order, one_order
from shared.workflows.patience import wait_for

log = logging.getLogger("relaykeeper.progress")


def issue(certificate: Certificate, before: Stored | None, reason: str, lease: Lease[Journal], ports: Ports) -> Stored:
    """Return the version that replaces `before`; what is left to clean up then, `finish` does.

    Raises NotYet where the vault, DNS or the authority need more than a few seconds.
    """
    if lease.journal.issuance is not None and not lease.journal.issuance.is_for(certificate):
        abandon(certificate, before, lease, ports)
    intend(certificate, before, reason, lease, ports)
    issuer = ports.inventory.issuers.get(certificate.issuer)
    if issuer is None:
        stored = signed_by_the_vault(certificate, before, lease, ports)
    else:
        stored = signed_by_authority(certificate, issuer, lease, ports)
    tell_of_merge(certificate, stored, under_way(lease), ports)
    log.info(
        "%s: merged version %s, valid until %s", certificate.name, stored.version[:8], stored.leaf.not_after.date()
    )
    return stored


def signed_by_authority(certificate: Certificate, issuer: AcmeIssuer, lease: Lease[Journal], ports: Ports) -> Stored:
    """Issue with the authority; an order that it does not know any more is started over, once without a backoff."""
    try:
        return with_account(certificate, issuer, lease, ports)
    except OrderLost as lost:
        forget_order(lease, ports)
        if under_way(lease).started_over:
            raise
        log.warning("%s: %s; starting over", certificate.name, lost)
        note(lease, started_over=True)
        return with_account(certificate, issuer, lease, ports)


def with_account(certificate: Certificate, issuer: AcmeIssuer, lease: Lease[Journal], ports: Ports) -> Stored:
    """See the order through, registering again once if the authority does not know our account.

    The order stays: a server that only lags behind the others finds the same account, and the order with it.
    """
    try:
        return one_order(certificate, issuer, lease, ports)
    except AccountUnknown as unknown:
        log.warning("%s: %s; registering again", certificate.name, unknown)
        forget_account(issuer, ports)
        return one_order(certificate, issuer, lease, ports)


def signed_by_the_vault(certificate: Certificate, before: Stored | None, lease: Lease[Journal], ports: Ports) -> Stored:
    """Let the vault sign with the certificate's own key (its issuer `Self`), which takes it some seconds.

    It may be done at any moment: whoever finds no operation in progress looks for the version once more.
    """

    def signed() -> Stored | None:
        newest = ports.vault.latest(certificate)
        return newest if newest is not None and replaces(newest, before, certificate) else None

    pending = ports.vault.pending(certificate)
    if pending is None:
        if (stored := signed()) is not None:
            return stored
        if under_way(lease).key_hash is not None:
            note(lease, key_hash=None)
            raise TransientError(
                f"vault {certificate.vault} began to sign {certificate.name} and gave up; see its operation"
            )
        pending = begin(certificate, lease, ports)
    if pending is not None:
        note(lease, key_hash=pending.key_hash)
    stored = wait_for(
        look=signed,
        done=lambda seen: seen is not None,
        words=lambda _: "the vault is signing",
        clock=ports.clock,
    )
    assert stored is not None
    return stored


def abandon(certificate: Certificate, stored: Stored | None, lease: Lease[Journal], ports: Ports) -> None:
    """Clean up after an issuance that is not wanted any more, or whose result is in the vault already.

    Whoever merged that was killed before the history had it, or right after: better twice there than never.
    """
    was = lease.journal.issuance
    if was is not None:
        withdraw(lease, ports)
        give_up_key(certificate.name, was, lease, ports)
        if stored is not None and stored.version != was.replaces and issuer_mark(stored) == was.issuer:
            tell_of_merge(certificate, stored, was, ports)
        finish(lease, ports)
    elif lease.journal.backoff is not None or lease.journal.forced is not None:
        lease.write(replace(lease.journal, backoff=None, forced=None))


def tell_of_merge(certificate: Certificate, stored: Stored, issuance: Issuance, ports: Ports) -> None:
    until = f"valid until {stored.leaf.not_after:%Y-%m-%d %H:%M} UTC"
    chronicle(Deed("merge", until, certificate.name, stored=stored, reason=issuance.reason), ports)


def finish(lease: Lease[Journal], ports: Ports) -> None:
    """Leave nothing of the issuance behind: no TXT value, nothing in the journal."""
    withdraw(lease, ports)
    lease.write(replace(lease.journal, issuance=None, backoff=None, forced=None))
