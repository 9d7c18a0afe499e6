"""What of an observation can be judged: one odd value must not keep everything else from being told."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from shared.domain.alerting.observed import Watched
from shared.domain.places import PlaceSeen, Resting, Unreachable
from shared.errors import Unforeseen
from shared.guard import guard
from shared.inventory import Place


def judgeable(watched: Watched, judge: Callable[[Watched], object]) -> Watched:
    """Return what `judge` can judge of a certificate; the rest as if it had not been seen, and why.

    That is the one place whose observation it fails on, or the whole certificate. So what fired there goes on, and
    WatchBlind says that nobody knows more.
    """
    try:
        with guard(f"judging {watched.certificate.name}"):
            judge(at(watched, ()))
    except Unforeseen as failure:
        return watched.not_seen(str(failure))
    places = {place: judgeable_place(watched, place, judge) for place in watched.seen.places}
    return replace(watched, seen=replace(watched.seen, places=places))


def judgeable_place(
    watched: Watched, place: Place, judge: Callable[[Watched], object]
) -> PlaceSeen | Resting | Unreachable:
    try:
        with guard(f"judging {watched.certificate.name} at {place}"):
            judge(at(watched, (place,)))
    except Unforeseen as failure:
        return Unreachable(str(failure))
    return watched.seen.places[place]


def at(watched: Watched, places: Iterable[Place]) -> Watched:
    """Return what was seen of a certificate at these of its places."""
    seen = watched.seen
    return replace(watched, seen=replace(seen, places={place: seen.places[place] for place in places}))
