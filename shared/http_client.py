"""What HTTP clients of several systems share: why a request got no answer, and how long an answer asks us to wait."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from urllib3 import exceptions

LONGEST_WAIT = timedelta(days=7)
"""The longest limit that we know of in a public service. A longer Retry-After is read as this."""


def why_no_answer(error: BaseException) -> str | None:
    """Say what stood in the way of an answer, from what requests, urllib3 and SDKs wrap; None if that is not known."""
    return next((words for cause in causes(error) if (words := in_words(cause)) is not None), None)


def in_words(cause: BaseException) -> str | None:  # noqa: C901, one flat table
    """Describe one exception that tells what happened; None for one that only wraps another."""
    match cause:
        case exceptions.NameResolutionError() | socket.gaierror():
            return "its name does not resolve"
        case exceptions.NewConnectionError():
            return None  # a ConnectTimeoutError to urllib3, whatever happened: what it wraps says what
        case exceptions.ConnectTimeoutError():
            return "no connection in time"
        case exceptions.ReadTimeoutError():
            return "no answer in time"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {cause.verify_message}"
        case ssl.SSLError(reason=str(reason)):
            return f"TLS failed: {reason.replace('_', ' ').lower()}"
        case OSError(strerror=str(words)):
            return words.lower()
        case exceptions.IncompleteRead():
            return "the connection broke within the answer"
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that it wraps, the outermost first, each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = (getattr(cause, "inner_exception", None), getattr(cause, "reason", None), *cause.args)
        wrapped = (*inner, cause.__cause__, None if cause.__suppress_context__ else cause.__context__)
        waiting += [each for each in wrapped if isinstance(each, BaseException)]


def read_retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Read a Retry-After header (RFC 9110, section 10.2.3): whole seconds, or the time of the next request.

    None if there is none, or one that cannot be read. Never negative, and never longer than LONGEST_WAIT.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        seconds = text.lstrip("0")[:9] or "0"  # more digits are longer than LONGEST_WAIT, too
        return min(timedelta(seconds=int(seconds)), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def retry_after_or(default: timedelta, header: str | None) -> timedelta:
    """Return the wait that a Retry-After header asks for, for services whose limits last minutes.

    `default` without a header that can be read, or for LONGEST_WAIT and more, which such a service does not mean.
    """
    asked = read_retry_after(header, datetime.now(UTC))
    return default if asked is None or asked == LONGEST_WAIT else asked
