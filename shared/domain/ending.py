"""How a person's request ends, from what is seen once its work was done."""

from datetime import datetime
from typing import NamedTuple

from shared.domain.inventory import Certificate
from shared.domain.marks import refusal
from shared.domain.place_work import place_work
from shared.domain.places import Resting
from shared.domain.quarantine import quarantined
from shared.domain.renewal import Fresh, Waiting
from shared.domain.requests import Standing
from shared.domain.restraint import Held
from shared.domain.seen import Seen
from shared.domain.work import verdict_of, work


class Ending(NamedTuple):
    """How it stands, and why."""

    standing: Standing
    words: str


def ending(certificate: Certificate, seen: Seen, rollback: bool, now: datetime) -> Ending:
    """Say how a request stands that was taken up: failed, held by something, served; else still open."""
    journal = seen.journal
    if journal.waits(now):
        return Ending("open", journal.error or f"the next look is at {journal.next_attempt:%H:%M:%S} UTC")
    if failures := list(failed(certificate, seen, rollback, now)):
        return Ending("failed", " ".join(failures))
    if kept := list(kept_back(certificate, seen, now)):
        return Ending("held", "; ".join(kept))
    if todo := work(certificate, seen, now):
        return Ending("open", "; ".join(todo))
    return Ending("served", served(seen))


def failed(certificate: Certificate, seen: Seen, rollback: bool, now: datetime) -> list[str]:
    """Return every reason why the work ended without what was asked for, in the words of whoever refused."""
    journal, verdict = seen.journal, verdict_of(certificate, seen, now)
    words = [refusal(certificate, seen.stored), journal.error]
    if journal.backoff is not None and seen.paused is None and not isinstance(verdict, Fresh):
        again = f"The next attempt is at {journal.backoff.until:%H:%M:%S} UTC; with ignore_backoff it is made now."
        words += [journal.backoff.error, again]
    for place in seen.places:
        words.append(journal.at(str(place)).error)
        entry = quarantined(journal, place, seen.stored.version) if seen.stored is not None and not rollback else None
        words.append(f"Version {entry.version} is in quarantine at {place}: {entry.reason}" if entry else None)
    return list(dict.fromkeys(filter(None, words)))


def kept_back(certificate: Certificate, seen: Seen, now: datetime) -> list[str]:
    """Return what keeps the work from being done now, other than a failure."""
    verdict = verdict_of(certificate, seen, now)
    words = [verdict.reason] if isinstance(verdict, Waiting) else []
    for place, there in seen.places.items():
        if isinstance(there, Resting):
            words.append(f"{place}: {there.reason}")
        if isinstance(kept := place_work(certificate, place, seen, now), Held):
            words.append(f"{place}: {kept.reason}")
    return words


def served(seen: Seen) -> str:
    """Say what is served, and where; a certificate that no relay serves is only stored."""
    assert seen.stored is not None, "without a version there is work"
    versions = {place: wanted.version for place in seen.places if (wanted := seen.wanted(place)) is not None}
    places = ", ".join(f"{place} (version {version})" for place, version in versions.items())
    return f"served by every replica of {places}" if places else f"stored as version {seen.stored.version}"
