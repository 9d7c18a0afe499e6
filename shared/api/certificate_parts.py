"""The parts of a certificate as a person reads it, each on its own."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from shared.api.people import DOCUMENT
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.issuing.issuance import Backoff, Issuance
from shared.domain.serving.place_state import Quarantine
from shared.inventory import Certificate


class WantedView(BaseModel):
    """What the inventory wants."""

    model_config = DOCUMENT
    vault: str
    """The inventory's name for the vault that holds it."""
    issuer: str
    """The inventory's name for who signs it; `self-signed` is built in."""
    dns_names: tuple[str, ...]
    """As A-labels."""
    key: Literal["ec-256", "ec-384", "rsa-2048", "rsa-3072", "rsa-4096"]
    """`ec-256`, `ec-384`: the NIST curves P-256 and P-384; `rsa-2048`, `rsa-3072`, `rsa-4096`: RSA of so many bits."""
    uses: tuple[Literal["server", "client"], ...]
    """Extended key usage: `server` or `client` authentication, or both."""
    mode: Literal["manage", "observe"]
    """`manage`: it is issued and delivered. `observe`: it is looked at and alerted on, and nothing is changed."""


class StoredView(BaseModel):
    """The newest enabled version in the vault."""

    model_config = DOCUMENT
    version: str
    thumbprint: str
    """SHA-256 of the leaf's DER, lower-case hex."""
    serial: str
    """Lower-case hex."""
    dns_names: tuple[str, ...]
    """Sorted, in lower case."""
    key: str
    """As in `wanted`, or another algorithm's name."""
    begins: datetime
    """From when on it is valid."""
    expires: datetime
    """Until when it is valid."""


class BackoffView(BaseModel):
    """The authority is not asked again before `until`, unless a renewal says `ignore_backoff`."""

    model_config = DOCUMENT
    attempts: int
    """How many have failed in a row; those that a person must mend do not count."""
    until: datetime
    error: str
    """Why the last one failed."""


class OrderView(BaseModel):
    """An issuance under way."""

    model_config = DOCUMENT
    reason: str
    """Why it is issued."""
    since: datetime
    """When it began; after failures, when the authority may be asked again."""
    url: str | None
    """The order with the authority; null before there is one, and for `self-signed`."""
    txt_records: tuple[str, ...]
    """Full names of the TXT records at which values are published now."""


class QuarantineView(BaseModel):
    """A version that is not delivered, until it is released or a newer one is issued."""

    model_config = DOCUMENT
    version: str
    relay: str | None
    """The relay to which it is not delivered; null: to none at all."""
    place: str
    """`relay@cluster` where it was not served; empty where a person rolled it back."""
    reason: str
    at: datetime
    """Since when."""


def wanted_view(certificate: Certificate) -> WantedView:
    return WantedView(
        vault=certificate.vault,
        issuer=certificate.issuer,
        dns_names=certificate.dns_names,
        key=certificate.key,
        uses=certificate.uses,
        mode=certificate.mode,
    )


def stored_view(stored: StoredVersion | None) -> StoredView | None:
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
