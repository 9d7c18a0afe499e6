"""Whether there is anything to do for a certificate, from one look at everything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.domain.certificates import Stored
from shared.domain.delivery import serving, settled
from shared.domain.inventory import Certificate, Place, files_of
from shared.domain.journal import Journal
from shared.domain.marks import refusal
from shared.domain.places import PlaceSeen, Unreachable
from shared.domain.renewal import Due, Fresh, Verdict, judge
from shared.domain.secrets import difference


@dataclass(frozen=True, slots=True)
class Seen:
    """A certificate as one look found it: what we wrote down, what is stored, what each place holds and serves."""

    journal: Journal
    stored: Stored | None
    places: Mapping[Place, PlaceSeen | Unreachable]


def verdict_of(certificate: Certificate, seen: Seen, now: datetime) -> Verdict:
    """Judge the stored version in the light of what the journal says."""
    backoff = seen.journal.backoff
    return judge(certificate, seen.stored, None, backoff.until if backoff else None, now)


def work(certificate: Certificate, seen: Seen, now: datetime) -> list[str]:
    """Return what there is to do, in words; empty where everything is as it should be, and written down so."""
    if (refused := refusal(certificate, seen.stored)) is not None:
        return [refused] if refused != seen.journal.error else []
    found = []
    match verdict_of(certificate, seen, now):
        case Due(reason):
            found.append(f"due: {reason}")
        case Fresh() if seen.journal.issuance is not None:
            found.append("an issuance to clean up after")
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
    lacking = difference(certificate.name, stored, files_of(place.relay, place.serves, certificate), there.secret)
    if lacking is not None:
        return lacking
    if not settled(stored.leaf.thumbprint, there):
        return f"served {serving(stored.leaf.thumbprint, there)}"
    if record.proof is None or record.proof.version != stored.version or record.error is not None:
        return "served, not yet written down"
    return None
