"""Signed requests to one authority with one account key (RFC 8555, section 6)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal
from urllib.parse import urljoin

import requests

from shared import http_client
from shared.adapters.acme.keys import SigningKey
from shared.adapters.acme.messages import Answer, DirectoryBody, decode, https
from shared.adapters.acme.problems import GONE, UnknownResource, acme_refusal, busy, read_problem
from shared.errors import PermanentError, TransientError

TIME_LIMITS = http_client.TimeLimits(connection=5.0, pause=20.0, total=60.0)
LARGEST_ANSWER = 1_000_000
"""Bytes."""

USER_AGENT = "relaykeeper/0.1.0"
ATTEMPTS = 16
"""Of each request, if nonces are refused: enough where every second one is."""

JOSE_JSON = "application/json"
PEM_CHAIN = "application/pem-certificate-chain"
AS_GET = b""
"""The payload that turns a POST into a read (section 6.3)."""

NONCE = re.compile(r"[A-Za-z0-9_-]{1,1024}")
"""A nonce that can be used; any other is passed over (section 6.5.1). It is text, whatever its length."""


class Transport:
    """Not for several threads: it keeps the nonces that came with earlier answers."""

    def __init__(self, directory: str, key: SigningKey, session: requests.Session) -> None:
        self.key = key
        self._directory_url = directory
        self._session = session
        self._nonces: list[str] = []

    @cached_property
    def directory(self) -> DirectoryBody:
        """Where the authority takes what: read once."""
        tried = f"cannot read the directory {self._directory_url}"
        try:
            answer = self._plain("GET", self._directory_url, tried)
        except UnknownResource as error:
            raise PermanentError(f"{error}. Check the issuer's directory in the inventory.") from error
        directory = decode(answer.body, DirectoryBody, tried)
        for url in (directory.new_nonce, directory.new_account, directory.new_order):
            https(url, tried)
        return directory

    def post(self, url: str, payload: bytes, tried: str, account: str | None, accept: str = JOSE_JSON) -> Answer:
        """Send a payload for `account`, or with the key itself where there is none yet; return the 2xx answer.

        `tried` begins the sentence of every error: `cannot read order x`. A refused nonce is no error: the next one is
        tried (section 6.5).
        """
        answer = self._signed(url, payload, tried, account, accept)
        for _ in range(ATTEMPTS - 1):
            if not says_bad_nonce(answer):
                break
            answer = self._signed(url, payload, tried, account, accept)
        if answer.status in GONE and url in (self.directory.new_account, self.directory.new_order):
            raise busy(f"{tried}: answered {answer.status}, though the directory names it", answer.retry_after, url)
        if not answer.ok:
            raise acme_refusal(tried, answer, account or self._directory_url)
        return answer

    def _signed(self, url: str, payload: bytes, tried: str, account: str | None, accept: str) -> Answer:
        body = self.key.sign(payload, url, self._nonce(), account)
        return self._send("POST", url, tried, {"Content-Type": "application/jose+json", "Accept": accept}, body)

    def _plain(self, method: Literal["GET", "HEAD"], url: str, tried: str) -> Answer:
        answer = self._send(method, url, tried)
        if not answer.ok:
            raise acme_refusal(tried, answer, self._directory_url)
        return answer

    def _nonce(self) -> str:
        """Take the newest nonce, asking for one if there is none (section 7.2)."""
        if not self._nonces:
            url = self.directory.new_nonce
            try:
                self._plain("HEAD", url, f"cannot get a nonce from {url}")
            except UnknownResource as error:
                raise TransientError(str(error)) from error
            if not self._nonces:
                raise TransientError(f"cannot get a nonce from {url}: the answer holds none that can be used")
        return self._nonces.pop()

    def _send(
        self, method: str, url: str, tried: str, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> Answer:
        """Send a request once, and keep the nonce that comes with its answer, which refusals bring too."""
        answer = exchange(self._session, method, url, tried, {"User-Agent": USER_AGENT, **(headers or {})}, body)
        if answer.nonce and NONCE.fullmatch(answer.nonce):
            self._nonces.append(answer.nonce)
        return answer


def exchange(
    session: requests.Session, method: str, url: str, tried: str, headers: Mapping[str, str], body: str | None = None
) -> Answer:
    """Send a request once. Raises TransientError if no whole answer comes, PermanentError if the server's certificate
    is not trusted or the answer is too large."""

    def answer_of(response: requests.Response) -> Answer:
        content = http_client.read_at_most(response, LARGEST_ANSWER + 1)
        if len(content) > LARGEST_ANSWER:
            raise PermanentError(f"{tried}: the answer is longer than {LARGEST_ANSWER:,} bytes, and was not read")
        return Answer(
            status=response.status_code,
            body=content,
            nonce=response.headers.get("Replay-Nonce"),
            location=absolute(url, response.headers.get("Location")),
            next_page=absolute(url, response.links.get("next", {}).get("url")),
            retry_after=http_client.read_retry_after(response.headers.get("Retry-After"), datetime.now(UTC)),
        )

    return http_client.send_request(
        method, url, tried, answer_of, TIME_LIMITS, headers=headers, body=body, session=session
    )


def absolute(base: str, reference: str | None) -> str | None:
    """Return the URL that a header names; None if it names none."""
    try:
        return urljoin(base, reference) if reference else None
    except ValueError:  # half an IPv6 address
        return None


def says_bad_nonce(answer: Answer) -> bool:
    problem = None if answer.ok else read_problem(answer.body)
    return problem is not None and problem.kind == "badNonce"
