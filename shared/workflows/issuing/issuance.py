"""The issuance that the journal tells of: begun, noted, asked for."""

from dataclasses import replace
from datetime import datetime
from typing import TypedDict, Unpack

from shared.domain.certificates.certificate import StoredVersion
from shared.domain.certificates.vault_tags import pending_refusal
from shared.domain.issuing.issuance import Issuance, Missing, OrderProgress, TxtValue
from shared.domain.journal import Journal
from shared.errors import PermanentError
from shared.inventory import Certificate
from shared.ports import Lease, Ports


class IssuanceChanges(TypedDict, total=False):
    """What is learnt during an issuance; see Issuance."""

    key_hash: str | None
    account: str | None
    order: str | None
    progress: OrderProgress
    started_over: bool
    published: tuple[TxtValue, ...]


class OrderChanges(TypedDict, total=False):
    """What is learnt of the order under way; see OrderProgress."""

    records: tuple[TxtValue, ...]
    answered: datetime | None
    finalized: datetime | None
    missing: Missing | None


def start_issuance(
    certificate: Certificate, before: StoredVersion | None, reason: str, lease: Lease[Journal], ports: Ports
) -> None:
    """Write down that we issue what is to replace `before`, unless the journal says so already.

    Raises PermanentError if the vault has a pending operation that is not ours.
    """
    if lease.journal.issuance is not None:
        return
    pending = ports.vault.pending(certificate)
    if pending is not None:
        raise PermanentError(pending_refusal(certificate, pending))
    replaces = before.version if before is not None else None
    lease.write(replace(lease.journal, issuance=Issuance.of(certificate, reason, ports.clock.now(), replaces)))


def current_issuance(lease: Lease[Journal]) -> Issuance:
    """Return the issuance that the journal tells of."""
    assert lease.journal.issuance is not None
    return lease.journal.issuance


def update_issuance(lease: Lease[Journal], **notes: Unpack[IssuanceChanges]) -> None:
    """Write down what was learnt of the issuance under way."""
    lease.write(replace(lease.journal, issuance=replace(current_issuance(lease), **notes)))


def update_order(lease: Lease[Journal], **steps: Unpack[OrderChanges]) -> None:
    """Write down what was learnt of the order under way."""
    update_issuance(lease, progress=replace(current_issuance(lease).progress, **steps))
