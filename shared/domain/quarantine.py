"""Versions that must not be delivered, and what a place serves instead."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.domain.certificates.certificate import StoredVersion
from shared.domain.journal import Journal
from shared.domain.object_ref import Version
from shared.domain.serving.place_state import PlaceState, Quarantine, ReplicaFault
from shared.inventory import Place


def quarantine_of(journal: Journal, place: Place, version: Version) -> Quarantine | None:
    """Return why the place must not be given the version; None where it may.

    It may where it was proven to serve it, unless a person rolled that back; and where somebody else brings the files,
    because we cannot keep the version from it.
    """
    entry = next((q for q in quarantines_for(journal, place) if q.version == version), None)
    verified = journal.at(str(place)).verified
    proven_here = verified is not None and verified.version == version
    if entry is None or place.relay.sync == "none" or (proven_here and entry.request is None):
        return None
    return entry


def manual_rollback(journal: Journal, version: Version) -> Quarantine | None:
    """Return the quarantine that a person's rollback made for the version."""
    return next((q for q in journal.quarantine if q.request is not None and q.version == version), None)


def quarantines_for(journal: Journal, place: Place) -> list[Quarantine]:
    return [q for q in journal.quarantine if q.relay in (None, place.relay.name)]


NoRollbackReason = Literal["ServedBefore", "NeverServed", "UnhealthyBefore", "FilesNotOurs", "NoEarlierVersion"]


@dataclass(frozen=True, slots=True)
class NoRollback:
    """Why a place keeps a version that it does not serve."""

    reason: NoRollbackReason
    message: str


def why_not_at_fault(state: PlaceState, version: Version) -> NoRollback | None:
    """Say why a version that is not served is not to blame; None where it is."""
    if state.verified is not None and state.verified.version == version:
        return NoRollback("ServedBefore", "It was served here before, so the version is not to blame.")
    if state.progress is not None and state.progress.healthy_before:
        return None
    if state.verified is None:
        return NoRollback("NeverServed", "No version was served here before, so it may be the place's fault.")
    return NoRollback(
        "UnhealthyBefore",
        "The replicas were in trouble before they were given it, so the version is not to blame.",
    )


def why_not_rolled_back(place: Place, state: PlaceState) -> NoRollback | None:
    """Say why we cannot roll the place back; None where we can, if the version before can be had."""
    if place.relay.sync == "none":
        message = "Somebody else brings the files: to go back, import the version before into the vault again."
        return NoRollback("FilesNotOurs", message)
    if state.verified is None:
        return NoRollback("NeverServed", "No version was served here before.")
    return None


def earlier_versions(journal: Journal, place: Place, newest: Version, places: Iterable[Place]) -> list[Version]:
    """Return what may be served instead: what a person named, what was proven here before, then elsewhere in the relay.

    None that is in quarantine itself.
    """
    same_relay = [other for other in places if other.relay.name == place.relay.name]
    entry = manual_rollback(journal, newest)
    named = [entry.to] if entry is not None and entry.to is not None else []
    versions = [
        *named,
        *(version for each in (place, *same_relay) for version in verified_versions(journal.at(str(each)))),
    ]
    fit = [version for version in versions if version != newest and quarantine_of(journal, place, version) is None]
    return list(dict.fromkeys(fit))


def desired_version(
    newest: StoredVersion,
    place: Place,
    places: Sequence[Place],
    journal: Journal,
    good: Callable[[Version], StoredVersion | None],
) -> StoredVersion | None:
    """Return what a place is to serve: the newest version, or while that is in quarantine there one from before.

    None if there was none before. If no earlier version is `good` any more, the newest is served after all.
    """
    if quarantine_of(journal, place, newest.version) is None:
        return newest
    versions = earlier_versions(journal, place, newest.version, places)
    return next((found for version in versions if (found := good(version)) is not None), newest) if versions else None


def verified_versions(state: PlaceState) -> list[Version]:
    """Return the versions that were proven at a place, the last first."""
    last = state.verified.version if state.verified is not None else None
    return [version for version in (last, state.previous) if version is not None]


def quarantine_version(
    journal: Journal,
    version: Version,
    place: Place,
    reason: ReplicaFault,
    message: str,
    places: Iterable[Place],
    now: datetime,
) -> Journal:
    """Return the journal with the version in quarantine: for the relay, or for all where no place ever served it."""
    proofs = [journal.at(str(each)).verified for each in places]
    served_somewhere = any(verified is not None and verified.version == version for verified in proofs)
    entry = Quarantine(version, place.relay.name if served_somewhere else None, str(place), reason, message, now)
    at_place = replace(journal.at(str(place)), progress=None)
    return replace(journal.with_place(str(place), at_place), quarantine=(*journal.quarantine, entry))


def without_superseded(journal: Journal, newest: Version) -> Journal:
    """Return the journal with no quarantine but the newest version's: the next version lifts it.

    While a person's rollback of the newest is in force, the others stay, because earlier versions are served.
    """
    if manual_rollback(journal, newest) is not None:
        return journal
    return replace(journal, quarantine=tuple(q for q in journal.quarantine if q.version == newest))


def is_rolling_back(journal: Journal, place: Place, version: Version, held: Version | None) -> bool:
    """Say whether this delivery takes the place off a version in quarantine: its Secret still `held` that, or we have
    just replaced it."""
    quarantined = {q.version for q in quarantines_for(journal, place)}
    delivery = journal.at(str(place)).progress
    begun = delivery is not None and delivery.version == version and delivery.written
    return bool(quarantined) and version not in quarantined and (held in quarantined or begun)
