"""A renewal that needs more time than one in good order: nobody hears of it otherwise, as waiting is no failure."""

from datetime import datetime, timedelta
from typing import NamedTuple

from shared.domain.alerting.observed import Watched
from shared.domain.alerting.patience import longest_wait
from shared.domain.journal import ISSUANCE
from shared.inventory import Place

NO_TIME = timedelta(0)


class Waiting(NamedTuple):
    """What to say of a wait, and whether to say it: the alert's message and its patience."""

    message: str
    patience: timedelta | None


def waiting(watched: Watched, place: Place | None, now: datetime) -> Waiting | None:
    """Return how long the issuance, or the delivery to `place`, has waited for what; None if it does not.

    Once it counts as a failure RenewalFailing tells of it, and this alert goes on beside it: the wait is not over.
    A pause excuses it.
    """
    journal = watched.journal_now
    since = journal.waits_since
    if since is None or journal.waits_on not in (ISSUANCE, str(place)):
        return None
    words = (journal.waits_for or watched.failure or "it was not looked at since").removesuffix(".")
    what = "the new version is not issued" if journal.waits_on == ISSUANCE else "the new version is not served here"
    message = f"{what}, and waits since {since:%Y-%m-%d %H:%M} UTC: {words}"
    excused = watched.failure is not None or is_paused(watched, place, now)
    told = not excused and has_waited_long(watched, place, now)
    return Waiting(message, NO_TIME if told else None)


def has_waited_long(watched: Watched, place: Place | None, now: datetime) -> bool:
    """Say whether the issuance, or the delivery to `place`, has waited for longer than one in good order."""
    journal = watched.journal_now
    if journal.waits_since is None:
        return False
    held_up = place if journal.waits_on != ISSUANCE else None
    return now - journal.waits_since >= longest_wait(held_up, asked_for=journal.asked_for is not None)


def is_paused(watched: Watched, place: Place | None, now: datetime) -> bool:
    """Say whether a person wants left alone what is waited for."""
    if watched.journal_now.waits_on == ISSUANCE:
        return watched.seen.paused is not None
    return place is not None and any(now < pause.until for pause in place.pauses)
