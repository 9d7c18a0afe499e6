"""How a person's request stands, from what is seen once its work was done."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from shared.domain.certificates import Version
from shared.domain.journal import Journal
from shared.domain.marks import refusal
from shared.domain.place_work import place_work
from shared.domain.places import Resting, Unreachable
from shared.domain.quarantine import quarantined, rolled_back
from shared.domain.renewal import Fresh, Waiting
from shared.domain.requests import Request, Standing
from shared.domain.restraint import Held
from shared.domain.seen import Seen
from shared.domain.work import verdict_of, work
from shared.inventory import Certificate, Place


class Ending(NamedTuple):
    """How it stands, and why."""

    standing: Standing
    words: str


def ending(request: Request, certificate: Certificate, seen: Seen, now: datetime) -> Ending:
    """Say how a request stands that was taken up: failed, held by something, served; else still open.

    What has not come to its end says first of all whether there is a new version.
    """
    first = issued(request, seen.stored.version if seen.stored is not None else None, seen.journal)
    if failures := list(dict.fromkeys(failed(request, certificate, seen, now))):
        return Ending("failed", " ".join([first, *map(sentence, failures)]).strip())
    if kept := list(kept_back(request, certificate, seen, now)):
        return Ending("held", f"{first} {'; '.join(kept)}".strip())
    if todo := undone(request, certificate, seen, now):
        return Ending("open", f"{first} {'; '.join(todo)}".strip())
    return Ending("served", served(request, seen))


def issued(request: Request, newest: Version | None, journal: Journal) -> str:
    """Say whether the new version was issued that a request asked for; nothing where it asked for none."""
    if request.kind != "renewal":
        return ""
    if newest is not None and newest != request.replaces:
        return f"Version {newest} was issued."
    to_come = request.force or journal.issuance is not None or journal.backoff is not None
    return "No new version was issued yet." if to_come else ""


def sentence(words: str) -> str:
    """Return a failure's words with an end, so that another sentence may follow."""
    return words if words.endswith((".", "!", "?")) else f"{words}."


def wish_lost(request: Request, seen: Seen) -> bool:
    """Say whether the journal that was to replace a version no longer says so, though nothing has replaced it."""
    unreplaced = seen.stored is not None and seen.stored.version == request.replaces
    return request.force and request.kind == "renewal" and unreplaced and seen.journal.forced is None


def failed(request: Request, certificate: Certificate, seen: Seen, now: datetime) -> Iterator[str]:
    """Yield every reason why the work ended without what was asked for, in the words of whoever refused."""
    journal = seen.journal
    if (refused := refusal(certificate, seen.stored) or journal.error) is not None:
        yield refused
    if request.kind == "renewal":
        yield from not_issued(certificate, seen, now)
    if request.kind == "rollback":
        yield from not_rolled_back(request, seen)
    for place, there in seen.places.items():
        if (error := journal.at(str(place)).error) is not None and not isinstance(there, Unreachable):
            yield error
        entry = quarantined(journal, place, seen.stored.version) if seen.stored is not None else None
        if entry is not None and request.kind != "rollback":
            yield f"Version {entry.version} is in quarantine at {place}: {entry.reason}"


def not_issued(certificate: Certificate, seen: Seen, now: datetime) -> Iterator[str]:
    backoff = seen.journal.backoff
    if backoff is not None and seen.paused is None and not isinstance(verdict_of(certificate, seen, now), Fresh):
        yield backoff.error
        if now < backoff.until:
            yield f"The next attempt is at {backoff.until:%H:%M:%S} UTC; with ignore_backoff it is made now."
        else:
            yield "The next tick tries again."


def not_rolled_back(request: Request, seen: Seen) -> Iterator[str]:
    """Yield what has ended a rollback, or where it does not hold."""
    assert seen.stored is not None, "refused where there is none"
    if seen.stored.version != request.replaces:
        yield f"Version {seen.stored.version} has come meanwhile, and ended the rollback."
    elif rolled_back(seen.journal, seen.stored.version) is None:
        yield "The quarantine was lifted meanwhile."
    else:
        for place in seen.places:
            wanted = seen.wanted(place)
            if place.relay.sync == "none" or (wanted is not None and wanted.version == request.version):
                continue
            if wanted in (None, seen.stored):
                yield f"{place} is not rolled back: {why_not_back(place, seen)}."
            elif request.version is not None:
                yield f"{place} goes back to version {wanted.version} instead: {why_not_back(place, seen)}."


def why_not_back(place: Place, seen: Seen) -> str:
    """Say why a place serves the version that was rolled back."""
    others = (
        each for each in seen.journal.quarantine if each.request is None and each.relay in (None, place.relay.name)
    )
    words = [f"version {each.version} is in quarantine: {each.reason}" for each in others]
    return "; ".join(words) or "no earlier version is good still"


def kept_back(request: Request, certificate: Certificate, seen: Seen, now: datetime) -> Iterator[str]:
    """Yield what keeps the work from being done now; each tick tries again."""
    verdict = verdict_of(certificate, seen, now)
    if request.kind == "renewal" and isinstance(verdict, Waiting):
        yield verdict.reason
    for place, there in seen.places.items():
        if isinstance(there, Resting | Unreachable):
            yield f"{place}: {there.reason}"
        if isinstance(kept := place_work(certificate, place, seen, now), Held):
            yield f"{place}: {kept.reason}"


def undone(request: Request, certificate: Certificate, seen: Seen, now: datetime) -> list[str]:
    """Return what is still to be done; going back or forward does not wait for a new version."""
    if request.kind == "renewal":
        return work(certificate, seen, now)
    lacks = {place: place_work(certificate, place, seen, now) for place in seen.places}
    return [f"{place}: {lack}" for place, lack in lacks.items() if isinstance(lack, str)]


def served(request: Request, seen: Seen) -> str:
    """Say what is served, and where; a certificate that no relay serves is only stored."""
    assert seen.stored is not None, "without a version there is work"
    versions = {place: wanted.version for place in seen.places if (wanted := seen.wanted(place)) is not None}
    brought = "; ".join(
        f"{place} is not rolled back: something else brings the files"
        for place in seen.places
        if place.relay.sync == "none" and rolled_back(seen.journal, seen.stored.version) is not None
    )
    places = ", ".join(f"{place} (version {version})" for place, version in versions.items())
    words = f"served by every replica of {places}" if places else f"stored as version {seen.stored.version}"
    not_due = request.kind == "renewal" and seen.stored.version == request.replaces
    return "; ".join(filter(None, ["no new version was due" if not_due else "", words, brought]))
