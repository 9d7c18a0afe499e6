"""Whether there is anything to do for a certificate, from one look at everything."""

from datetime import datetime

from shared.domain.asked import is_done
from shared.domain.journal import LONGEST_DELAY
from shared.domain.marks import refusal
from shared.domain.place_work import place_work
from shared.domain.quarantine import without_superseded
from shared.domain.renewal import Due, Fresh, Verdict, Waiting, judge
from shared.domain.seen import Seen
from shared.inventory import Certificate


def verdict_of(certificate: Certificate, seen: Seen, now: datetime) -> Verdict:
    """Judge the stored version in the light of what the journal and people say.

    A changed wish does not wait for the old one's backoff.
    """
    issuance, backoff, forced = seen.journal.issuance, seen.journal.backoff, seen.journal.forced
    believable = backoff is not None and backoff.until - now <= LONGEST_DELAY
    held_back = believable and (issuance is None or issuance.is_for(certificate))
    reason = forced.reason if forced is not None and seen.stored and forced.version == seen.stored.version else None
    verdict = judge(certificate, seen.stored, None, backoff.until if backoff and held_back else None, now, reason)
    if isinstance(verdict, Due) and seen.paused is not None:
        return Waiting(f"{verdict.reason}; {seen.paused.reason}", seen.paused.until)
    return verdict


def work(certificate: Certificate, seen: Seen, now: datetime) -> list[str]:
    """Return what there is to do, in words; empty where everything is as it should be, and written down so."""
    if (refused := refusal(certificate, seen.stored)) is not None:
        return [refused] if refused != seen.journal.error or seen.journal.issuance is not None else []
    found = []
    match verdict_of(certificate, seen, now):
        case Due(reason):
            found.append(f"due: {reason}")
        case Fresh() if seen.journal.issuance or seen.journal.backoff or seen.journal.forced:
            found.append("an issuance to clean up after")
        case Waiting() if seen.journal.issuance is not None and seen.journal.issuance.published:
            found.append("TXT values to withdraw")
    found += [
        f"{place}: {lack}"
        for place in seen.places
        if isinstance(lack := place_work(certificate, place, seen, now), str)
    ]
    if seen.stored is not None and without_superseded(seen.journal, seen.stored.version) != seen.journal:
        found.append("a quarantine to lift")
    if seen.stored is not None and seen.fronts != seen.journal.fronts:
        found += [f"{front}: {fault}" for front, fault in seen.fronts.items()] or ["the fronts are in order again"]
    if not found and (seen.journal.error or seen.journal.next_attempt or answered(seen)):
        found.append("all done, not yet written down")
    return found


def answered(seen: Seen) -> bool:
    """Say whether somebody's name still stands in the journal though what was asked for is done."""
    wanted = {place: version.version for place in seen.places if (version := seen.wanted(place)) is not None}
    return seen.journal.asked_for is not None and is_done(seen.journal, wanted)
