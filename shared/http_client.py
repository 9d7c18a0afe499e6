"""One bounded HTTP request; why one got no answer; how long an answer asks us to wait.

`send_request` is for ACME authorities and for receivers of notifications. The SDKs of Azure and Kubernetes have clients
of their own: their adapters share the rest.
"""

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests
from urllib3 import exceptions

from shared.errors import PermanentError, TransientError
from shared.text import printable_line

PIECE = 65_536
"""Bytes of an answer that are read at once."""

LONGEST_WAIT = timedelta(days=7)
"""The longest limit that we know of in a public service. A longer Retry-After is read as this."""

LONGEST_RESPONSE_QUOTE = 200
"""Characters of what a proxy said."""

logging.getLogger("urllib3.connection").setLevel(logging.ERROR)  # it warns of odd headers with the whole URL


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds: to connect, for each pause within an answer, and in total."""

    connection: float
    pause: float
    total: float


def send_request[T](
    method: str,
    url: str,
    tried: str,
    read: Callable[[requests.Response], T],
    limits: TimeLimits,
    *,
    headers: Mapping[str, str],
    body: bytes | str | None = None,
    session: requests.Session | None = None,
) -> T:
    """Send a request once and return what `read` makes of its answer, of which it reads as much as it wants.

    Redirects are not followed; the environment's proxies and REQUESTS_CA_BUNDLE are used. Raises TransientError if no
    whole answer comes, PermanentError if the server's certificate is not trusted. The sentence begins with `tried` and
    never shows the URL, which may be a secret.

    The library's time-outs are for each piece of an answer, and pieces may be small: the whole is given up after
    `limits.total`, and left to a thread that ends with its connection.
    """
    request = requests.request if session is None else session.request

    def exchange() -> T:
        timeout = (limits.connection, limits.pause)
        with request(
            method, url, data=body, headers=headers, timeout=timeout, allow_redirects=False, stream=True
        ) as response:
            return read(response)

    try:
        return in_thread(exchange).result(limits.total)
    except TimeoutError:
        raise TransientError(f"{tried}: no whole answer within {limits.total:.0f} s") from None
    except (requests.exceptions.RequestException, OSError, ValueError) as error:  # ValueError: an odd Location
        raise no_answer_error(tried, error) from None


def in_thread[T](work: Callable[[], T]) -> "Future[T]":
    """Do something in a thread that does not keep the process alive: who presses Ctrl-C does not wait for it, which the
    threads of an executor demand."""
    done: Future[T] = Future()
    threading.Thread(target=fulfil, args=(done, work), name="http", daemon=True).start()
    return done


def fulfil[T](done: "Future[T]", work: Callable[[], T]) -> None:
    """Do something, and put what comes of it into `done`."""
    try:
        done.set_result(work())
    except BaseException as error:  # noqa: BLE001 the waiting thread raises it
        done.set_exception(error)
        del done  # the error's trace has this frame: a circle would keep its connection open


def read_at_most(response: requests.Response, most: int) -> bytes:
    """Return the first `most` bytes of an answer's body."""
    body = bytearray()
    for piece in response.iter_content(min(most, PIECE)):
        body += piece
        if len(body) >= most:
            break
    return bytes(body[:most])


def no_answer_error(tried: str, error: Exception) -> PermanentError | TransientError:
    why = why_no_answer(error) or f"it hung up, or speaks no HTTP ({type(error).__name__})"
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes(error)):
        return PermanentError(
            f"{tried}: {why}. If a private authority signed it, REQUESTS_CA_BUNDLE must name that authority's root."
        )
    return TransientError(f"{tried}: {why}")


def why_no_answer(error: BaseException) -> str | None:
    """Return why there was no answer, from what requests, urllib3 and SDKs wrap; None if that is not known.

    For an operator: without the libraries' classes and addresses in memory, and without the URL.
    """
    return next((why for cause in causes(error) if (why := describe_cause(cause)) is not None), None)


def describe_cause(cause: BaseException) -> str | None:  # noqa: C901, one flat table
    """Say what one exception reports; None for one that only wraps another."""
    match cause:
        case exceptions.NameResolutionError() | socket.gaierror():
            return "its name does not resolve"
        case exceptions.NewConnectionError():
            return None  # a ConnectTimeoutError to urllib3, whatever happened: what it wraps says what
        case exceptions.ProxyError(original_error=inner):
            return f"at the proxy: {why_no_answer(inner) or printable_line(str(inner), LONGEST_RESPONSE_QUOTE)}"
        case exceptions.ConnectTimeoutError():
            return "no connection in time"
        case exceptions.ReadTimeoutError():
            return "no answer in time"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {cause.verify_message}"
        case ssl.SSLError(reason=str(reason)):
            return f"TLS failed: {reason.replace('_', ' ').lower()}"
        case OSError(strerror=str(text)):
            return text.lower()
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
