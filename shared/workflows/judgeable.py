"""What of an observation can be judged: one odd value must not keep everything else from being told."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from shared.domain.places import PlaceSeen, Resting, Unreachable
from shared.domain.report import CertificateReport
from shared.errors import Unforeseen
from shared.guard import guard
from shared.inventory import Place


def judgeable(watched: CertificateReport, judge: Callable[[CertificateReport], object]) -> CertificateReport:
    """Return what `judge` can judge of a certificate; the rest as if it had not been seen, and why.

    That is the one place whose observation it fails on, or the whole certificate. So what fired there goes on, and
    WatchBlind says that nobody knows more.
    """
    try:
        with guard(f"judging {watched.certificate.name}"):
            judge(at(watched, ()))
    except Unforeseen as failure:
        return watched.as_unread(str(failure))
    places = {place: judgeable_place(watched, place, judge) for place in watched.observation.places}
    return replace(watched, observation=replace(watched.observation, places=places))


def judgeable_place(
    watched: CertificateReport, place: Place, judge: Callable[[CertificateReport], object]
) -> PlaceSeen | Resting | Unreachable:
    try:
        with guard(f"judging {watched.certificate.name} at {place}"):
            judge(at(watched, (place,)))
    except Unforeseen as failure:
        return Unreachable(str(failure))
    return watched.observation.places[place]


def at(watched: CertificateReport, places: Iterable[Place]) -> CertificateReport:
    """Return what was seen of a certificate at these of its places."""
    seen = watched.observation
    return replace(watched, observation=replace(seen, places={place: seen.places[place] for place in places}))
