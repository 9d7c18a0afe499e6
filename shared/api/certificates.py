"""Certificates: how they stand, and what people may ask for."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from shared.api.certificate_view import CertificateView, certificate_view
from shared.api.exchange import Answer, told
from shared.api.fields import Nothing, Reasoned, VersionName
from shared.api.operation import Asked
from shared.api.people import DOCUMENT, PauseView
from shared.api.requests import asked_for
from shared.domain.certificates.certificate import Version
from shared.domain.report import CertificateReport
from shared.domain.requests import Request
from shared.domain.status import is_unmanaged, needed_secrets
from shared.inventory import Inventory
from shared.workflows.plan import FleetStatus, certificate_status, fleet_status
from shared.workflows.watch import judgeable


class UnmanagedView(BaseModel):
    """Something in a vault that the inventory does not name."""

    model_config = DOCUMENT
    vault: str
    """The inventory's name for it."""
    kind: Literal["certificate", "secret"]
    """A `certificate`, or a `secret` that is not a certificate's."""
    name: str
    expires: datetime | None
    """Null where nobody gave it an end."""


class CertificatesView(BaseModel):
    """Every certificate of the inventory, and what else is in its vaults."""

    model_config = DOCUMENT
    certificates: tuple[CertificateView, ...]
    """In the order of the inventory."""
    unmanaged: tuple[UnmanagedView, ...]
    """By vault; only those of vaults that could be read."""
    pauses: tuple[PauseView, ...]
    """All that are in force."""
    unread: Mapping[str, str]
    """What could not be read besides (`vault NAME`, `pauses`, `requests`), and why; empty where everything could."""


class Renewal(Reasoned):
    """A look at the certificate now; it is renewed if it is due."""

    force: bool = False
    """Issue a new version although none is due."""
    ignore_backoff: bool = False
    """Ask the authority although earlier failures forbid it for a while: once its cause is mended. It has limits of its
    own."""


class Rollback(Reasoned):
    """Back to an earlier version, everywhere."""

    version: VersionName | None = None
    """The version in Key Vault to go back to; null or not given: what each place was proven to serve before."""


def list_certificates(asked: Asked[Nothing, Nothing]) -> Answer:
    ports = asked.ports()
    surveyed, now = fleet_status(ports), ports.clock.now()
    return told(
        CertificatesView(
            certificates=tuple(view(each, surveyed, now) for each in surveyed.observations.certificates),
            unmanaged=tuple(unmanaged_views(surveyed, ports.inventory)),
            pauses=tuple(map(PauseView.of, surveyed.observations.pauses)),
            unread={**surveyed.observations.read_errors, **surveyed.unread},
        )
    )


def view(watched: CertificateReport, surveyed: FleetStatus, now: datetime) -> CertificateView:
    """Show a certificate; what a bug keeps from being shown, as not seen."""
    return certificate_view(judgeable(watched, lambda one: certificate_view(one, surveyed, now)), surveyed, now)


def unmanaged_views(surveyed: FleetStatus, inventory: Inventory) -> Iterator[UnmanagedView]:
    ours = needed_secrets(inventory)
    for vault, entries in surveyed.observations.entries.items():
        for entry in sorted(entries, key=lambda entry: (entry.kind, entry.name)):
            if (vault, entry.name.lower()) not in ours and is_unmanaged(entry, vault, inventory):
                yield UnmanagedView(vault=vault, kind=entry.kind, name=entry.name, expires=entry.expires)


def show_certificate(asked: Asked[Nothing, Nothing]) -> Answer:
    ports = asked.ports()
    surveyed = certificate_status(asked.path["name"], ports)
    (watched,) = surveyed.observations.certificates
    return told(view(watched, surveyed, ports.clock.now()))


def renew(asked: Asked[Renewal, Nothing]) -> Answer:
    body = asked.body
    wish = Request(certificate=asked.path["name"], force=body.force, ignore_backoff=body.ignore_backoff)
    return asked_for(wish, asked.ports())


def roll_back(asked: Asked[Rollback, Nothing]) -> Answer:
    version = Version(asked.body.version) if asked.body.version is not None else None
    return asked_for(Request(kind="rollback", certificate=asked.path["name"], version=version), asked.ports())


def release(asked: Asked[Nothing, Reasoned]) -> Answer:
    return asked_for(Request(kind="release", certificate=asked.path["name"]), asked.ports())
