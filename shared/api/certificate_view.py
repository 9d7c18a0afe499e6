"""A certificate as a person reads it: wanted, stored and served, side by side."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from shared.api.certificate_parts import (
    BackoffView,
    OrderView,
    QuarantineView,
    StoredView,
    WantedView,
    backoff_view,
    order_view,
    quarantine_view,
    stored_view,
    wanted_view,
)
from shared.api.people import DOCUMENT, PauseView, RequestView
from shared.api.place_view import PlaceView, place_view
from shared.domain.assessment import verdict_of
from shared.domain.certificates.vault_tags import ownership_refusal
from shared.domain.issuing.renewal import Due, Fresh, Waiting
from shared.domain.pauses import Scope, within
from shared.domain.report import CertificateReport
from shared.domain.requests import state_of
from shared.inventory import scopes_of_issuing, scopes_of_place
from shared.workflows.plan import FleetStatus


class VerdictView(BaseModel):
    """Whether a new version is to be issued."""

    model_config = DOCUMENT
    verdict: Literal["fresh", "due", "waiting", "refused", "unknown"]
    """`fresh`: the stored version will do. `due`: the next tick issues a new one. `waiting`: due, but not asked for
    before `until`, after failures or under a pause. `refused`: it belongs to another tool, and is left alone.
    `unknown`: its vault, or its newest version, could not be read."""
    reason: str
    until: datetime | None
    """Until when a waiting one waits; else null."""


class CertificateView(BaseModel):
    """A certificate of the inventory: wanted, stored and served. What it tells of the journal is empty or null where
    `unread` names the journal."""

    model_config = DOCUMENT
    name: str
    """In the inventory and in Key Vault."""
    wanted: WantedView
    stored: StoredView | None
    """Null where there is none yet, or `unread` names the vault or the certificate."""
    verdict: VerdictView
    next_attempt: datetime | None
    """When work that is under way goes on; null where none is: then the next tick looks."""
    waits_for: str | None
    """What that work needs more time for; null where it does not wait, or failed."""
    waits_since: datetime | None
    """Since when it has waited for something of that kind, however often its words changed, also while it backs off;
    null where it does not wait."""
    last_error: str | None
    """Why the last attempt ended early, other than in `backoff` or at a place; null where it did not."""
    backoff: BackoffView | None
    """Null where the authority may be asked at once."""
    order: OrderView | None
    """Null where no issuance is under way."""
    places: tuple[PlaceView, ...]
    """Where it is served, in the order in which new versions arrive; empty where no relay serves it."""
    quarantine: tuple[QuarantineView, ...]
    fronts: Mapping[str, str]
    """What is wrong at a relay's public addresses, by address; empty where nothing is."""
    pauses: tuple[PauseView, ...]
    """Those in force that concern it, its issuer, or one of its places."""
    requests: tuple[RequestView, ...]
    """What people have asked for and is not done yet, the oldest first."""
    unread: Mapping[str, str]
    """What could not be read (`vault NAME`, `journal NAME`, `requests`, or `certificate NAME`: nothing of it is known),
    and why; empty where everything could."""


def certificate_view(watched: CertificateReport, surveyed: FleetStatus, now: datetime) -> CertificateView:
    certificate, seen, journal = watched.certificate, watched.observation, watched.observation.journal
    requests = [each for each in surveyed.requests if each.certificate == certificate.name]
    return CertificateView(
        name=certificate.name,
        wanted=wanted_view(certificate),
        stored=stored_view(seen.stored),
        verdict=verdict_view(watched, now),
        next_attempt=journal.next_attempt,
        waits_for=journal.waits_for,
        waits_since=journal.waits_since,
        last_error=journal.error,
        backoff=backoff_view(journal.backoff),
        order=order_view(journal.issuance),
        places=tuple(place_view(place, watched, now) for place in seen.places),
        quarantine=tuple(map(quarantine_view, journal.quarantine)),
        fronts=dict(seen.fronts),
        pauses=tuple(map(PauseView.of, within(surveyed.observations.pauses, *scopes_of(watched)))),
        requests=tuple(RequestView.of(each, state_of(each, journal.issuance is not None)) for each in requests),
        unread={**watched.read_errors, **surveyed.unread},
    )


def verdict_view(watched: CertificateReport, now: datetime) -> VerdictView:
    """Judge it as a renewal does."""
    if (blind := watched.version_error) is not None:
        return VerdictView(verdict="unknown", reason=blind, until=None)
    if (refused := ownership_refusal(watched.certificate, watched.observation.stored)) is not None:
        return VerdictView(verdict="refused", reason=refused, until=None)
    match verdict_of(watched.certificate, watched.observation, now):
        case Fresh(reason):
            return VerdictView(verdict="fresh", reason=reason, until=None)
        case Due(reason):
            return VerdictView(verdict="due", reason=reason, until=None)
        case Waiting(reason, until):
            return VerdictView(verdict="waiting", reason=reason, until=until)


def scopes_of(watched: CertificateReport) -> Iterator[Scope]:
    """Yield every scope whose pause concerns the certificate, or one of its places."""
    certificate = watched.certificate
    yield from scopes_of_issuing(certificate)
    for place in watched.observation.places:
        yield from scopes_of_place(certificate.name, place.relay.name, place.cluster)
