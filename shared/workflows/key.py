"""The intent to issue, and the key of the vault's pending operation that goes with it."""

from dataclasses import replace
from typing import Any

from shared.domain.certificates import Pending
from shared.domain.inventory import Certificate
from shared.domain.journal import Issuance, Journal
from shared.domain.marks import our_tags, pending_refusal
from shared.errors import PermanentError
from shared.ports import Lease, Ports


def intend(certificate: Certificate, reason: str, lease: Lease[Journal], ports: Ports) -> None:
    """Write down that we issue, unless the journal says so already.

    Raises PermanentError if the vault has a pending operation that is not ours.
    """
    if lease.journal.issuance is not None:
        return
    pending = ports.vault.pending(certificate)
    if pending is not None:
        raise PermanentError(pending_refusal(certificate, pending))
    wanted = Issuance(
        reason=reason,
        issuer=certificate.issuer,
        dns_names=tuple(certificate.dns_names),
        key=certificate.key,
        since=ports.clock.now(),
    )
    lease.write(replace(lease.journal, issuance=wanted))


def under_way(lease: Lease[Journal]) -> Issuance:
    """Return the issuance that the journal tells of."""
    assert lease.journal.issuance is not None
    return lease.journal.issuance


def note(lease: Lease[Journal], **changes: Any) -> None:
    """Write down a change of the issuance under way."""
    lease.write(replace(lease.journal, issuance=replace(under_way(lease), **changes)))


def matches(issuance: Issuance, certificate: Certificate) -> bool:
    """Say whether the issuance is for what the inventory wants now."""
    return (issuance.issuer, frozenset(issuance.dns_names), issuance.key) == (
        certificate.issuer,
        frozenset(certificate.dns_names),
        certificate.key,
    )


def key_in_vault(certificate: Certificate, lease: Lease[Journal], ports: Ports) -> Pending:
    """Return the pending operation that holds our key: the one we began earlier, else a new one.

    A new key makes an order that was asked for with the old one useless.
    """
    pending = our_pending(certificate, under_way(lease), ports)
    if pending is None:
        note(lease, key_hash=None, order=None)
        lease.renew()
        ports.vault.create(certificate, our_tags(certificate))
        pending = ports.vault.pending(certificate)
    if pending is None:
        raise PermanentError(f"certificate {certificate.name} in vault {certificate.vault}: its new operation is gone")
    if pending.key_hash != under_way(lease).key_hash:
        note(lease, key_hash=pending.key_hash)
    return pending


def our_pending(certificate: Certificate, issuance: Issuance, ports: Ports) -> Pending | None:
    """Return the operation in progress if it is ours. Raises PermanentError if it is somebody else's."""
    pending = ports.vault.pending(certificate)
    if pending is not None and not is_ours(pending, issuance):
        raise PermanentError(pending_refusal(certificate, pending))
    return pending


def is_ours(pending: Pending, issuance: Issuance) -> bool:
    """Say whether we began it: its key is written down, or we were about to begin one and it asks for the same."""
    if issuance.key_hash is not None:
        return pending.key_hash == issuance.key_hash
    return pending.names == frozenset(issuance.dns_names) and pending.key == issuance.key
