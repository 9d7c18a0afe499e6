"""One HTTP request to an app, or to the platform around it, and what came back, whatever its status."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from shared.http_client import TimeLimits, read_at_most, send_request
from shared.text import printable_line

LIMITS = TimeLimits(connection=10, pause=230, total=240)
"""Azure ends a call of a function after 230 seconds."""

LARGEST_ANSWER = 16 * 1024 * 1024
LONGEST_QUOTE = 300
"""Characters of an answer that an error quotes."""


@dataclass(frozen=True, slots=True)
class Response:
    """Status, body, and headers by their names in lower case."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str]

    def member(self, name: str) -> Any:
        """Return a member of the JSON object in the body; None if there is none."""
        try:
            shown = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return shown.get(name) if isinstance(shown, dict) else None

    @property
    def text(self) -> str:
        """The problem's sentence (RFC 9457), else the beginning of the body, on one printable line."""
        detail = self.member("detail")
        return printable_line(str(detail) if detail else self.body.decode(errors="replace"), LONGEST_QUOTE)


def exchange(
    method: str,
    url: str,
    tried: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    limits: TimeLimits = LIMITS,
) -> Response:
    """Send a request once. Raises TransientError or PermanentError, whose sentence begins with `tried`."""

    def read(response: requests.Response) -> Response:
        others = {name.lower(): value for name, value in response.headers.items()}
        return Response(response.status_code, read_at_most(response, LARGEST_ANSWER), others)

    return send_request(method, url, tried, read, limits, headers=headers, body=body, session=new_session(url))


def new_session(url: str) -> requests.Session:
    """Return a session that sends a token or a key nowhere else, and nothing instead of it.

    Of the environment it uses proxies and REQUESTS_CA_BUNDLE, but no login of a .netrc file, which would replace the
    token. Plain HTTP, which is for this machine only, goes through no proxy: that would read the key.
    """
    session = requests.Session()
    session.auth = as_it_is
    session.trust_env = url.startswith("https:")
    return session


def as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
