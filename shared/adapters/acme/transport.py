"""Signed requests to one authority with one account key (RFC 8555, section 6)."""

import re
from functools import cached_property
from typing import Literal

import requests

from shared.adapters.acme.exchange import Answer, exchange
from shared.adapters.acme.keys import SigningKey
from shared.adapters.acme.problems import GONE, UnknownResource, busy, refusal
from shared.adapters.acme.shapes import DirectoryBody, https, read
from shared.adapters.acme.words import read_problem
from shared.errors import PermanentError, TransientError

USER_AGENT = "relaykeeper/0.1.0"
ATTEMPTS = 16
"""Of each request, if nonces are refused: enough where every second one is."""

JSON = "application/json"
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
        directory = read(answer.body, DirectoryBody, tried)
        for url in (directory.new_nonce, directory.new_account, directory.new_order):
            https(url, tried)
        return directory

    def post(self, url: str, payload: bytes, tried: str, account: str | None, accept: str = JSON) -> Answer:
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
            raise refusal(tried, answer, account or self._directory_url)
        return answer

    def _signed(self, url: str, payload: bytes, tried: str, account: str | None, accept: str) -> Answer:
        body = self.key.sign(payload, url, self._nonce(), account)
        headers = {"User-Agent": USER_AGENT, "Content-Type": "application/jose+json", "Accept": accept}
        return self._kept(exchange(self._session, "POST", url, tried, headers, body))

    def _plain(self, method: Literal["GET", "HEAD"], url: str, tried: str) -> Answer:
        answer = self._kept(exchange(self._session, method, url, tried, {"User-Agent": USER_AGENT}))
        if not answer.ok:
            raise refusal(tried, answer, self._directory_url)
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

    def _kept(self, answer: Answer) -> Answer:
        """Keep the nonce that comes with an answer, which refusals bring too."""
        if answer.nonce and NONCE.fullmatch(answer.nonce):
            self._nonces.append(answer.nonce)
        return answer


def says_bad_nonce(answer: Answer) -> bool:
    problem = None if answer.ok else read_problem(answer.body)
    return problem is not None and problem.kind == "badNonce"
