"""The issuance in the journal: start it, read it, update it."""

from dataclasses import replace
from datetime import datetime
from typing import TypedDict, Unpack

from shared.domain.certificates.certificate import StoredVersion
from shared.domain.certificates.vault_tags import pending_refusal
from shared.domain.issuing.issuance import Issuance, Missing, OrderProgress, TxtValue
from shared.domain.journal import Journal
from shared.errors import PermanentError
from shared.workflows.lease import Leased
from shared.workflows.renewal_context import Renewal


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


def start_issuance(renewal: Renewal, before: StoredVersion | None, reason: str) -> None:
    """Record that we issue the replacement of `before`, unless the journal has an issuance already.

    Raises PermanentError if the vault has a pending operation that is not ours.
    """
    if renewal.journal.issuance is not None:
        return
    pending = renewal.ports.vault.pending(renewal.certificate)
    if pending is not None:
        raise PermanentError(pending_refusal(renewal.certificate, pending))
    baseline = before.version if before is not None else None
    renewal.held.save(
        replace(renewal.journal, issuance=Issuance.of(renewal.certificate, reason, renewal.ports.clock.now(), baseline))
    )


def current_issuance(held: Leased[Journal]) -> Issuance:
    """Return the issuance in the journal."""
    assert held.journal.issuance is not None
    return held.journal.issuance


def update_issuance(held: Leased[Journal], **notes: Unpack[IssuanceChanges]) -> None:
    """Write down what was learnt of the issuance under way."""
    held.save(replace(held.journal, issuance=replace(current_issuance(held), **notes)))


def update_order(held: Leased[Journal], **steps: Unpack[OrderChanges]) -> None:
    """Write down what was learnt of the order under way."""
    update_issuance(held, progress=replace(current_issuance(held).progress, **steps))
