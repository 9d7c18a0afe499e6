"""What happens next to an object by itself, and which commands would help: only those that apply as things stand."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from relaykeeper.looking.tables import SHORT
from relaykeeper.moments import minute_away
from shared.api.certificate_view import CertificateView
from shared.api.client_place_view import ClientPlaceView
from shared.api.client_view import ClientView
from shared.api.health import HealthView
from shared.api.place_view import PlaceView
from shared.api.relays import RelayView

type AnyView = CertificateView | ClientView | RelayView


def next_steps(view: AnyView, health: HealthView | None, at: datetime) -> Iterator[str]:
    if is_silent("tick", health):
        yield "nothing by itself, until the app's timer ticks again"
    if is_silent("watch", health):
        yield "no alert begins or ends, until the app's watch runs again"
    match view:
        case CertificateView():
            yield from next_of_certificate(view, at)
        case ClientView():
            yield from next_of_client(view, at)
        case RelayView(stopped=None):
            yield "the watch looks at it again, every ten minutes unless configured otherwise"
        case RelayView():
            yield "no login is tried there until a person lets them go on"


def next_of_certificate(view: CertificateView, at: datetime) -> Iterator[str]:
    if view.wanted.mode == "observe":
        yield "nothing: it is only observed"
        return
    yield from next_attempt(view, at)
    yield from next_version(view, at)
    for each in view.quarantine:
        yield f"version {each.version[:SHORT]} stays away until it is released, or a newer one is issued"
    yield from next_at_places(view.places, at)


def next_of_client(view: ClientView, at: datetime) -> Iterator[str]:
    if view.mode == "observe":
        yield "nothing: it is only observed"
        return
    yield from next_attempt(view, at)
    yield from next_at_places(view.places, at)
    if view.ready:
        yield "nothing is to be done"


def next_attempt(view: CertificateView | ClientView, at: datetime) -> Iterator[str]:
    if view.next_attempt is not None:
        yield f"work continues at {minute_away(view.next_attempt, at)}"


def next_version(view: CertificateView, at: datetime) -> Iterator[str]:
    verdict = view.verdict
    match verdict.verdict:
        case "due":
            does = "issues a new version" if view.order is None else "goes on with the order"
            yield f"the next tick {does}: {verdict.message}"
        case "waiting":
            until = f" before {minute_away(verdict.until, at)}" if verdict.until is not None else ""
            yield f"no new version is issued{until}: {verdict.message}"
        case "refused":
            yield f"no new version is issued: {verdict.message}"
        case "fresh":
            yield f"no new version is needed: {verdict.message}"


def next_at_places(places: Iterable[PlaceView | ClientPlaceView], at: datetime) -> Iterator[str]:
    for place in places:
        if place.held is not None:
            yield f"{place.place} is not changed before {minute_away(place.held.until, at)}"
        elif place.state == "unreachable":
            yield f"the next tick tries to reach {place.place} again"
        elif place.reason is not None and place.state == "observed":
            yield f"the next tick goes on at {place.place}"


def is_silent(timer: str, health: HealthView | None) -> bool:
    """Say whether ticks (`tick`) or watches (`watch`) are missed: nothing goes on by itself then."""
    return health is not None and any(part.name == timer and part.status != "ok" for part in health.parts)


def helping_commands(reference: str, view: AnyView, health: HealthView | None, at: datetime) -> Iterator[str]:
    """Yield command lines, each with what it is for."""
    if is_silent("tick", health):
        yield "relaykeeper tick  # the timer is silent: does now what its next tick would"
    match view:
        case CertificateView():
            yield from commands_for_certificate(view, at)
        case ClientView():
            yield from commands_for_client(view)
        case RelayView():
            yield from commands_for_relay(view)
    if isinstance(view, CertificateView | ClientView):
        yield from (f"relaykeeper resume {pause.id}  # ends the pause of {pause.scope}" for pause in view.pauses)
        yield from (
            f"relaykeeper follow {each.id}  # the {each.kind} that is open" for each in view.requests if not each.ended
        )
    if not view.ready:
        yield f"relaykeeper history --object {reference} --since 7d  # what was done"


def commands_for_certificate(view: CertificateView, at: datetime) -> Iterator[str]:
    if view.wanted.mode == "observe":
        return
    if view.quarantine:
        yield f"relaykeeper release {view.name}  # delivers the version in quarantine, once its cause is repaired"
        yield f"relaykeeper renew {view.name} --force  # issues another version instead"
    elif view.backoff is not None and view.backoff.until > at and not view.ready:
        yield f"relaykeeper renew {view.name} --ignore-backoff  # asks the authority now, once the cause is repaired"
    elif not view.ready and not view.requests and view.verdict.verdict != "refused":
        yield f"relaykeeper renew {view.name}  # tries again now, instead of at the next tick"


def commands_for_client(view: ClientView) -> Iterator[str]:
    if view.mode == "manage" and not view.ready and not view.requests:
        yield f"relaykeeper deliver {view.id}  # tries again now, instead of at the next tick"


def commands_for_relay(view: RelayView) -> Iterator[str]:
    if view.stopped is not None:
        yield f"relaykeeper resume-logins {view.name}  # once it is known why the relay refused"
    if not view.ready:
        yield f"relaykeeper examine {view.name}  # looks at every replica and port, and tells what is wrong"
