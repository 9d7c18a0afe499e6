"""A scripted API server on loopback: https with a CA of its own, answering what a test tells it to."""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, override

from infra.local.pki import Authority
from tests.http_server import HOST, Handler, serving, showing


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    connection: int
    """The client's port, which is the connection's own."""
    user: str
    """The common name of the client's certificate."""


@dataclass(slots=True)
class ScriptedApiServer:
    """`answers` are given in turn, as status and body; `asked` is what came in."""

    url: str = ""
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    asked: list[ReceivedRequest] = field(default_factory=list)

    def answer(self, status: int, body: Mapping[str, Any]) -> None:
        self.answers.append((status, json.dumps(body).encode()))


def common_name(connection: ssl.SSLSocket) -> str:
    """Return the last name in the subject of the client's certificate; empty if it showed none."""
    subject: Any = (connection.getpeercert() or {}).get("subject", ())
    return subject[-1][0][1] if subject else ""


@contextmanager
def scripted_api_server(authority: Authority) -> Iterator[ScriptedApiServer]:
    """Serve with a certificate of `authority`, and take client certificates of the same."""
    scripted = ScriptedApiServer()

    class Requests(Handler):
        @override
        def exchange(self) -> None:
            user = common_name(self.connection)
            scripted.asked.append(
                ReceivedRequest(self.command, self.path, dict(self.headers), self.client_address[1], user)
            )
            self.read_body()
            status, body = scripted.answers.pop(0)
            self.reply(status, body, {"Retry-After": "7"} if status == HTTPStatus.TOO_MANY_REQUESTS else {})

    tls = showing(authority.issue("apiserver", addresses=[HOST]))
    tls.load_verify_locations(authority.path)
    tls.verify_mode = ssl.CERT_OPTIONAL
    with serving(Requests, tls) as scripted.url:
        yield scripted
