"""A certificate as a person reads it: wanted, stored and served, side by side."""

from collections.abc import Mapping
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
from shared.domain.alerting.observed import Watched
from shared.domain.marks import refusal
from shared.domain.pauses import Pause, Scope
from shared.domain.renewal import Due, Fresh, Waiting
from shared.domain.requests import state_of
from shared.domain.work import verdict_of
from shared.workflows.survey import Surveyed


class VerdictView(BaseModel):
    """Whether a new version is to be issued."""

    model_config = DOCUMENT
    verdict: Literal["fresh", "due", "waiting", "refused", "unknown"]
    """`unknown`: its vault could not be read."""
    reason: str
    until: datetime | None
    """Until when a due one waits."""


class CertificateView(BaseModel):
    """A certificate of the inventory."""

    model_config = DOCUMENT
    name: str
    wanted: WantedView
    stored: StoredView | None
    verdict: VerdictView
    next_attempt: datetime | None
    last_error: str | None
    backoff: BackoffView | None
    order: OrderView | None
    places: tuple[PlaceView, ...]
    quarantine: tuple[QuarantineView, ...]
    fronts: Mapping[str, str]
    """What is wrong at a relay's public names; empty where nothing is."""
    pauses: tuple[PauseView, ...]
    requests: tuple[RequestView, ...]
    """What people have asked for and is not done yet."""
    unread: Mapping[str, str]
    """What could not be read, and why."""


def certificate_view(watched: Watched, surveyed: Surveyed, now: datetime) -> CertificateView:
    certificate, seen, journal = watched.certificate, watched.seen, watched.seen.journal
    requests = [each for each in surveyed.requests if each.certificate == certificate.name]
    return CertificateView(
        name=certificate.name,
        wanted=wanted_view(certificate),
        stored=stored_view(seen.stored),
        verdict=verdict_view(watched, now),
        next_attempt=journal.next_attempt,
        last_error=journal.error,
        backoff=backoff_view(journal.backoff),
        order=order_view(journal.issuance),
        places=tuple(place_view(place, watched, now) for place in seen.places),
        quarantine=tuple(map(quarantine_view, journal.quarantine)),
        fronts=dict(seen.fronts),
        pauses=tuple(PauseView.of(pause) for pause in surveyed.observations.pauses if concerns(pause, watched)),
        requests=tuple(RequestView.of(each, state_of(each, journal.issuance is not None)) for each in requests),
        unread=dict(watched.blind),
    )


def verdict_view(watched: Watched, now: datetime) -> VerdictView:
    """Judge it as a renewal does."""
    if (blind := watched.blind.get(watched.vault)) is not None:
        return VerdictView(verdict="unknown", reason=blind, until=None)
    if (refused := refusal(watched.certificate, watched.seen.stored)) is not None:
        return VerdictView(verdict="refused", reason=refused, until=None)
    match verdict_of(watched.certificate, watched.seen, now):
        case Fresh(reason):
            return VerdictView(verdict="fresh", reason=reason, until=None)
        case Due(reason):
            return VerdictView(verdict="due", reason=reason, until=None)
        case Waiting(reason, until):
            return VerdictView(verdict="waiting", reason=reason, until=until)


def concerns(pause: Pause, watched: Watched) -> bool:
    certificate, places = watched.certificate, watched.seen.places
    scopes = [Scope(), Scope("certificate", certificate.name), Scope("issuer", certificate.issuer)]
    scopes += [Scope("relay", place.relay.name) for place in places]
    return pause.scope in [*scopes, *(Scope("cluster", place.cluster) for place in places)]
