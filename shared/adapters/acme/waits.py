"""How long an authority asks us to wait."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT = timedelta(days=7)
"""No public authority's limit lasts longer; whoever asks for more is asked again after a week."""


def read_retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Read a Retry-After header (RFC 9110, section 10.2.3): whole seconds, or the time at which to come back.

    None if there is none, or one that cannot be read; never negative.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return LONGEST_WAIT if len(text) > len("604800") else bounded(timedelta(seconds=int(text)))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return bounded((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now)


def bounded(wait: timedelta) -> timedelta:
    return min(max(wait, timedelta(0)), LONGEST_WAIT)
