"""HTTP, as a deployment needs it, and the app's own API."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from shared.http_client import TimeLimits, read_at_most, send_request
from shared.text import printable_line

LIMITS = TimeLimits(connection=20, pause=240, total=600)
"""A call of a function ends after 230 seconds; a package of some 35 MB goes up in the rest."""

MOST = 16_000_000
"""Bytes of an answer."""

QUOTED = 300
"""Characters of an answer that an error quotes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body, and the seconds after which to ask again, if the answer says so."""

    status: int
    body: bytes
    retry_after: str = ""

    def member(self, name: str) -> Any:
        """Return a member of the JSON object in the body; None if there is none."""
        try:
            shown = json.loads(self.body)
        except ValueError:
            return None
        return shown.get(name) if isinstance(shown, dict) else None

    @property
    def text(self) -> str:
        detail = self.member("detail")
        return printable_line(detail or self.body.decode(errors="replace"), QUOTED)


def exchange(
    method: str, url: str, tried: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Answer:
    """Send a request once. Raises TransientError or PermanentError, whose sentence begins with `tried`."""

    def read(response: requests.Response) -> Answer:
        return Answer(response.status_code, read_at_most(response, MOST), response.headers.get("Retry-After", ""))

    return send_request(method, url, tried, read, LIMITS, headers=headers or {}, body=body)


@dataclass(frozen=True, slots=True)
class Api:
    """The API of a deployed app, as the holder of `token`."""

    url: str
    token: str = field(repr=False)

    def health(self) -> Answer:
        return exchange("GET", f"{self.url}/api/health", "cannot read /api/health")

    def read(self, path: str) -> Answer:
        return exchange("GET", f"{self.url}/api/{path}", f"cannot read /api/{path}", self._headers())

    def tick(self, reason: str) -> Answer:
        body = json.dumps({"reason": reason}).encode()
        return exchange("POST", f"{self.url}/api/ticks", "cannot ask for a tick", self._headers(), body)

    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
