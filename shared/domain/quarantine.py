"""Versions that must not be delivered, and what a place serves in their stead."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from shared.domain.certificates import Version
from shared.domain.inventory import Place
from shared.domain.journal import Journal, Quarantine


def quarantined(journal: Journal, place: Place, version: Version) -> Quarantine | None:
    """Return why the place must not be given the version; None where it may, or has been proven to serve it."""
    proof = journal.at(str(place)).proof
    if proof is not None and proof.version == version:
        return None
    return next(
        (q for q in journal.quarantine if q.version == version and q.relay in (None, place.relay.name)),
        None,
    )


def earlier_version(journal: Journal, place: Place, newest: Version, places: Iterable[Place]) -> Version | None:
    """Return the version that the place was proven to serve before, else one that its relay serves elsewhere."""
    same_relay = [other for other in places if other.relay.name == place.relay.name]
    proofs = [journal.at(str(each)).proof for each in (place, *same_relay)]
    return next((proof.version for proof in proofs if proof is not None and proof.version != newest), None)


def condemned(
    journal: Journal, version: Version, place: Place, reason: str, places: Iterable[Place], now: datetime
) -> Journal:
    """Return the journal with the version in quarantine: for the relay, or for all where no place ever served it."""
    proofs = [journal.at(str(each)).proof for each in places]
    served_somewhere = any(proof is not None and proof.version == version for proof in proofs)
    entry = Quarantine(version, place.relay.name if served_somewhere else None, str(place), reason, now)
    at_place = replace(journal.at(str(place)), delivery=None)
    return replace(journal.with_place(str(place), at_place), quarantine=(*journal.quarantine, entry))


def without_superseded(journal: Journal, newest: Version) -> Journal:
    """Return the journal with no quarantine but the newest version's: the next version lifts it."""
    return replace(journal, quarantine=tuple(q for q in journal.quarantine if q.version == newest))


def going_back(journal: Journal, place: Place, version: Version) -> bool:
    """Say whether the place is to serve this version because a newer one is in quarantine there."""
    applying = [q for q in journal.quarantine if q.relay in (None, place.relay.name)]
    return bool(applying) and all(q.version != version for q in applying)
