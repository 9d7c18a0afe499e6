"""The parts of a certificate as a person reads it, each on its own."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from shared.api.people import DOCUMENT
from shared.domain.certificates import Stored
from shared.domain.inventory import Certificate
from shared.domain.issuance import Backoff, Issuance
from shared.domain.place_record import Quarantine


class WantedView(BaseModel):
    """What the inventory wants."""

    model_config = DOCUMENT
    vault: str
    issuer: str
    dns_names: tuple[str, ...]
    key: str
    uses: tuple[str, ...]
    mode: Literal["manage", "observe"]


class StoredView(BaseModel):
    """The newest version in the vault."""

    model_config = DOCUMENT
    version: str
    thumbprint: str
    serial: str
    dns_names: tuple[str, ...]
    key: str
    begins: datetime
    expires: datetime


class BackoffView(BaseModel):
    """The authority is not asked again before `until`."""

    model_config = DOCUMENT
    attempts: int
    until: datetime
    error: str


class OrderView(BaseModel):
    """An issuance under way."""

    model_config = DOCUMENT
    reason: str
    since: datetime
    url: str | None
    """The order with the authority."""
    txt_records: tuple[str, ...]
    """The records at which values are published."""


class QuarantineView(BaseModel):
    """A version that is not delivered."""

    model_config = DOCUMENT
    version: str
    relay: str | None
    """Where not; null: nowhere at all."""
    place: str
    """Where it was not served; empty where a person rolled it back."""
    reason: str
    at: datetime


def wanted_view(certificate: Certificate) -> WantedView:
    return WantedView(
        vault=certificate.vault,
        issuer=certificate.issuer,
        dns_names=certificate.dns_names,
        key=certificate.key,
        uses=certificate.uses,
        mode=certificate.mode,
    )


def stored_view(stored: Stored | None) -> StoredView | None:
    if stored is None:
        return None
    leaf = stored.leaf
    return StoredView(
        version=stored.version,
        thumbprint=leaf.thumbprint,
        serial=leaf.serial,
        dns_names=tuple(sorted(leaf.names)),
        key=leaf.key,
        begins=leaf.not_before,
        expires=leaf.not_after,
    )


def backoff_view(backoff: Backoff | None) -> BackoffView | None:
    return None if backoff is None else BackoffView(attempts=backoff.attempts, until=backoff.until, error=backoff.error)


def order_view(issuance: Issuance | None) -> OrderView | None:
    if issuance is None:
        return None
    records = tuple(value.name for value in issuance.published)
    return OrderView(reason=issuance.reason, since=issuance.since, url=issuance.order, txt_records=records)


def quarantine_view(entry: Quarantine) -> QuarantineView:
    return QuarantineView(version=entry.version, relay=entry.relay, place=entry.place, reason=entry.reason, at=entry.at)
