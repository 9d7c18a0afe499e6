"""Whether there is anything to do for a certificate, from one look at everything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.certificates import Stored
from shared.domain.inventory import Certificate, Place, files_of
from shared.domain.journal import LONGEST_DELAY, Journal
from shared.domain.marks import refusal
from shared.domain.places import PlaceSeen, Resting, SecretSeen, Unreachable
from shared.domain.quarantine import quarantined
from shared.domain.renewal import Due, Fresh, Verdict, Waiting, judge
from shared.domain.restraint import Held, held
from shared.domain.secret_part import difference
from shared.domain.served import serving, settled, why_stale


@dataclass(frozen=True, slots=True)
class Seen:
    """A certificate as one look found it: what we wrote down, what is stored, what each place holds and serves.

    `earlier` names the places that are to serve an earlier version than `stored`, which is in quarantine there; None:
    there is none that they could serve. `fronts` says what is wrong at which public name.
    """

    journal: Journal
    stored: Stored | None
    places: Mapping[Place, PlaceSeen | Resting | Unreachable]
    earlier: Mapping[Place, Stored | None] = field(default_factory=dict)
    fronts: Mapping[str, str] = field(default_factory=dict)

    def wanted(self, place: Place) -> Stored | None:
        """Return the version that the place is to serve."""
        return self.earlier.get(place, self.stored)


def verdict_of(certificate: Certificate, seen: Seen, now: datetime) -> Verdict:
    """Judge the stored version in the light of what the journal says; a changed wish does not wait for the old one."""
    issuance, backoff = seen.journal.issuance, seen.journal.backoff
    believable = backoff is not None and backoff.until - now <= LONGEST_DELAY
    held_back = believable and (issuance is None or issuance.is_for(certificate))
    return judge(certificate, seen.stored, None, backoff.until if backoff and held_back else None, now)


def work(certificate: Certificate, seen: Seen, now: datetime) -> list[str]:
    """Return what there is to do, in words; empty where everything is as it should be, and written down so."""
    if (refused := refusal(certificate, seen.stored)) is not None:
        return [refused] if refused != seen.journal.error or seen.journal.issuance is not None else []
    found = []
    match verdict_of(certificate, seen, now):
        case Due(reason):
            found.append(f"due: {reason}")
        case Fresh() if seen.journal.issuance is not None or seen.journal.backoff is not None:
            found.append("an issuance to clean up after")
        case Waiting() if seen.journal.issuance is not None and seen.journal.issuance.published:
            found.append("TXT values to withdraw")
    found += [
        f"{place}: {lack}"
        for place in seen.places
        if isinstance(lack := place_work(certificate, place, seen, now), str)
    ]
    if seen.stored is not None and seen.fronts != seen.journal.fronts:
        found += [f"{front}: {fault}" for front, fault in seen.fronts.items()] or ["the fronts are in order again"]
    if not found and (seen.journal.error or seen.journal.next_attempt):
        found.append("all done, not yet written down")
    return found


def place_work(certificate: Certificate, place: Place, seen: Seen, now: datetime) -> str | Held | None:
    """Say what is to be done, or to be written down, about a place; None where it serves what it should, proven."""
    there, record, wanted = seen.places.get(place), seen.journal.at(str(place)), seen.wanted(place)
    if there is None:
        return "not looked at yet"
    if isinstance(there, Unreachable):
        return there.reason if there.reason != record.error else None
    if isinstance(there, Resting) or wanted is None:
        return None
    if (lacks := lacking(certificate, wanted, place, there.secret)) is not None:
        return (held(place, there, now) if wanted == seen.stored else None) or lacks
    if not settled(wanted.leaf.thumbprint, there):
        return f"served {serving(wanted.leaf.thumbprint, there)}"
    written_down = record.proof is not None and record.proof.version == wanted.version
    if not written_down or record.delivery is not None or record.error is not None:
        return "served, not yet written down"
    return None


def lacking(certificate: Certificate, wanted: Stored, place: Place, secret: SecretSeen | None) -> str | None:
    """Say what the place's Secret lacks of the wanted version; nothing where somebody else brings the files."""
    if place.relay.sync == "none":
        return None
    files = files_of(place.relay, place.serves, certificate, wanted.version)
    return difference(certificate.name, wanted, files, secret)


def standing(certificate: Certificate, seen: Seen, now: datetime) -> list[str]:
    """Say what is known of the places and calls for nothing now: what is held, at rest, or in quarantine."""
    lines = []
    for place, there in seen.places.items():
        if isinstance(there, Resting):
            lines.append(f"{place}: {there.reason}")
        if isinstance(kept := place_work(certificate, place, seen, now), Held):
            lines.append(f"{place}: {kept.reason}")
        if seen.stored is not None and (entry := quarantined(seen.journal, place, seen.stored.version)) is not None:
            lines.append(
                f"{place}: version {entry.version} is in quarantine since {entry.place} failed: {entry.reason}"
            )
    return lines


def observed(certificate: Certificate, seen: Seen, now: datetime) -> list[str]:
    """Describe a certificate that is only looked at: what would be done, and what each place holds and serves."""
    verdict = verdict_of(certificate, seen, now)
    lines = [f"due: {verdict.reason}" if isinstance(verdict, Due) else verdict.reason]
    if (refused := refusal(certificate, seen.stored)) is not None:
        lines.append(refused)
    if seen.journal.issuance is not None:
        lines.append(f"an issuance is under way, with {len(seen.journal.issuance.published)} TXT values published")
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
