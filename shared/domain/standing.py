"""How a certificate stands, in words, whether or not that calls for anything."""

from collections.abc import Iterable
from datetime import datetime

from shared.domain.certificates import Stored
from shared.domain.marks import refusal
from shared.domain.place_work import lacking, place_work
from shared.domain.places import PlaceSeen, Resting, Unreachable
from shared.domain.quarantine import quarantined
from shared.domain.renewal import Due
from shared.domain.restraint import Held, held
from shared.domain.seen import Seen
from shared.domain.served import serving, settled, why_stale
from shared.domain.work import verdict_of
from shared.inventory import Certificate, Place
from shared.text import counted

NOTHING_SEEN = PlaceSeen(None, (), (), None)


def standing(certificate: Certificate, seen: Seen, now: datetime) -> list[str]:
    """Say what is known of the places and calls for nothing now: what is held, at rest, or in quarantine."""
    lines = []
    for place, there in seen.places.items():
        if isinstance(there, Resting):
            lines.append(f"{place}: {there.reason}")
        if isinstance(kept := place_work(certificate, place, seen, now), Held):
            lines.append(f"{place}: {kept.reason}")
        if seen.stored is not None and (entry := quarantined(seen.journal, place, seen.stored.version)) is not None:
            forward = seen.wanted(place) == seen.stored
            all_the_same = ", and is delivered all the same: no earlier one is left" if forward else ""
            lines.append(f"{place}: version {entry.version} is in quarantine{all_the_same}. {entry.reason}")
    return lines


def held_once_issued(certificate: Certificate, seen: Seen, places: Iterable[Place], now: datetime) -> list[str]:
    """Say which of the places, not held already, would be held back from a version that is issued now."""
    held_already = {place for place in seen.places if isinstance(place_work(certificate, place, seen, now), Held)}
    return [
        f"{place}: the new version will be {kept.reason}"
        for place in places
        if place not in held_already
        and isinstance(there := seen.places.get(place, NOTHING_SEEN), PlaceSeen)
        and (kept := held(place, there, now)) is not None
    ]


def observed(certificate: Certificate, seen: Seen, now: datetime) -> list[str]:
    """Describe a certificate that is only looked at: what would be done, and what each place holds and serves."""
    verdict = verdict_of(certificate, seen, now)
    lines = [f"due: {verdict.reason}" if isinstance(verdict, Due) else verdict.reason]
    if (refused := refusal(certificate, seen.stored)) is not None:
        lines.append(refused)
    if seen.journal.issuance is not None:
        lines.append(
            f"an issuance is under way, with {counted(len(seen.journal.issuance.published), 'TXT value')} published"
        )
    lines += [f"{front}: {fault}" for front, fault in seen.fronts.items()]
    return lines + [
        f"{place}: {observed_place(certificate, wanted, place, there)}"
        for place, there in seen.places.items()
        if (wanted := seen.wanted(place)) is not None
    ]


def observed_place(
    certificate: Certificate, wanted: Stored, place: Place, there: PlaceSeen | Resting | Unreachable
) -> str:
    """Describe what a place holds and serves."""
    if not isinstance(there, PlaceSeen):
        return there.reason
    print_ = wanted.leaf.thumbprint
    shown = "" if settled(print_, there) else f" ({why_stale(print_, there)})"
    lacks = there.rollout.lacks if there.rollout is not None else ()
    costly = f"; sessions fail when it is rolled: its template lacks {', '.join(lacks)}" if lacks else ""
    return f"{files_held(certificate, wanted, place, there)}; served {serving(print_, there)}{shown}{costly}"


def files_held(certificate: Certificate, wanted: Stored, place: Place, there: PlaceSeen) -> str:
    if place.relay.sync == "none":
        return "something else brings the files, to all relays of this vault at once; the way back is an import"
    return lacking(certificate, wanted, place, there.secret) or "the Secret holds it"
