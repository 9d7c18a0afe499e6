"""One HTTP request and its answer, bounded in time and size."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urljoin

import requests

from shared.adapters.acme.words import without_queries
from shared.errors import PermanentError, TransientError
from shared.http_client import read_retry_after

TIMEOUTS = (5.0, 20.0)
"""Seconds to connect, and between two pieces of an answer."""

LARGEST_ANSWER = 1_000_000
PIECE = 65_536
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from `url`. `retry_after` is the wait asked for, `location` and `next_page` are absolute URLs."""

    url: str
    status: int
    body: bytes
    nonce: str | None
    location: str | None
    next_page: str | None
    retry_after: timedelta | None

    @property
    def ok(self) -> bool:
        """Whether it is a 2xx. Redirects are not followed: a signature names the URL that it is for."""
        return 200 <= self.status < 300


def exchange(
    session: requests.Session,
    method: Literal["GET", "HEAD", "POST"],
    url: str,
    tried: str,
    headers: Mapping[str, str],
    body: str | None = None,
) -> Answer:
    """Send a request once. Raises TransientError if no whole answer comes, PermanentError if the server's certificate
    is not trusted."""
    try:
        with session.request(
            method, url, data=body, headers=headers, timeout=TIMEOUTS, allow_redirects=False, stream=True
        ) as response:
            return answer_of(response, url, content(response, tried))
    except requests.exceptions.SSLError as error:
        raise untrusted(tried, error) from error
    except (requests.exceptions.RequestException, OSError, ValueError) as error:  # ValueError: an odd Location
        raise TransientError(f"{tried}: {type(error).__name__}: {cause(error)}") from error


def content(response: requests.Response, tried: str) -> bytes:
    body = bytearray()
    for piece in response.iter_content(PIECE):
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise PermanentError(f"{tried}: the answer is longer than {LARGEST_ANSWER:,} bytes, and was not read")
    return bytes(body)


def answer_of(response: requests.Response, url: str, body: bytes) -> Answer:
    headers = response.headers
    location, next_page = headers.get("Location"), response.links.get("next", {}).get("url")
    return Answer(
        url=url,
        status=response.status_code,
        body=body,
        nonce=headers.get("Replay-Nonce"),
        location=absolute(url, location),
        next_page=absolute(url, next_page),
        retry_after=read_retry_after(headers.get("Retry-After"), datetime.now(UTC)),
    )


def absolute(base: str, reference: str | None) -> str | None:
    """Return the URL that a header names; None if it names none."""
    try:
        return urljoin(base, reference) if reference else None
    except ValueError:  # half an IPv6 address
        return None


def untrusted(tried: str, error: requests.exceptions.SSLError) -> PermanentError | TransientError:
    """Tell a certificate that we do not trust from a handshake that broke off."""
    sentence = f"{tried}: {cause(error)}"
    if "CERTIFICATE_VERIFY_FAILED" not in sentence:
        return TransientError(sentence)
    return PermanentError(
        f"{sentence}. If the authority is a private one, REQUESTS_CA_BUNDLE must name its server's root."
    )


def cause(error: Exception) -> str:
    """Say what stood in the way, without what requests and urllib3 wrap around it."""
    wrapped = error.args[0] if error.args else error
    return without_queries(str(getattr(wrapped, "reason", wrapped)))
