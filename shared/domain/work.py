"""Whether there is anything to do for a certificate, from one look at everything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.domain.certificates import Stored
from shared.domain.delivery import serving, settled, why_stale
from shared.domain.inventory import Certificate, Place, files_of
from shared.domain.journal import Journal
from shared.domain.marks import refusal
from shared.domain.places import PlaceSeen, Unreachable
from shared.domain.renewal import Due, Fresh, Verdict, Waiting, judge
from shared.domain.secret_part import difference


@dataclass(frozen=True, slots=True)
class Seen:
    """A certificate as one look found it: what we wrote down, what is stored, what each place holds and serves."""

    journal: Journal
    stored: Stored | None
    places: Mapping[Place, PlaceSeen | Unreachable]


def verdict_of(certificate: Certificate, seen: Seen, now: datetime) -> Verdict:
    """Judge the stored version in the light of what the journal says; a changed wish does not wait for the old one."""
    issuance, backoff = seen.journal.issuance, seen.journal.backoff
    held_back = backoff is not None and (issuance is None or issuance.is_for(certificate))
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
    if seen.stored is not None:
        found += [
            f"{place}: {lack}" for place in seen.places if (lack := place_work(certificate, seen.stored, place, seen))
        ]
    if not found and (seen.journal.error or seen.journal.next_attempt):
        found.append("all done, not yet written down")
    return found


def place_work(certificate: Certificate, stored: Stored, place: Place, seen: Seen) -> str | None:
    """Say what is to be done, or to be written down, about a place; None where it serves `stored`, proven."""
    there, record = seen.places.get(place), seen.journal.at(str(place))
    if there is None:
        return "not looked at yet"
    if isinstance(there, Unreachable):
        return there.reason if there.reason != record.error else None
    files = files_of(place.relay, place.serves, certificate, stored.version)
    lacking = difference(certificate.name, stored, files, there.secret)
    if lacking is not None:
        return lacking
    if not settled(stored.leaf.thumbprint, there):
        return f"served {serving(stored.leaf.thumbprint, there)}"
    if record.proof is None or record.proof.version != stored.version or record.error is not None:
        return "served, not yet written down"
    return None


def observed(certificate: Certificate, seen: Seen, now: datetime) -> list[str]:
    """Describe a certificate that is only looked at: what would be done, and what each place holds and serves."""
    verdict = verdict_of(certificate, seen, now)
    lines = [f"due: {verdict.reason}" if isinstance(verdict, Due) else verdict.reason]
    if (refused := refusal(certificate, seen.stored)) is not None:
        lines.append(refused)
    if seen.journal.issuance is not None:
        lines.append(f"an issuance is under way, with {len(seen.journal.issuance.published)} TXT values published")
    if seen.stored is None:
        return lines
    for place, there in seen.places.items():
        if isinstance(there, Unreachable):
            lines.append(f"{place}: {there.reason}")
            continue
        files = files_of(place.relay, place.serves, certificate, seen.stored.version)
        held = difference(certificate.name, seen.stored, files, there.secret) or "the Secret holds it"
        print_ = seen.stored.leaf.thumbprint
        shown = "" if settled(print_, there) else f" ({why_stale(print_, there)})"
        lines.append(f"{place}: {held}; served {serving(print_, there)}{shown}")
    return lines
