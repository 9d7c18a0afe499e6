"""A scripted Azure service on loopback: it answers as it is told, and keeps what it was asked."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, override
from urllib.parse import parse_qs, urlsplit

from azure.core.credentials import AccessToken

from infra.local.pki import KeyPair
from tests.http_server import HOST, Handler, serving, showing


class Reply(NamedTuple):
    """A `body` that is not bytes is sent as JSON."""

    status: int
    body: Any = b""
    headers: Mapping[str, str] = {}


class ReceivedRequest(NamedTuple):
    """`version` is the api-version, of the query or, for storage, of the header; `token` says whether one was shown."""

    method: str
    path: str
    version: str | None
    token: bool


@dataclass(slots=True)
class Service:
    """`replies` by `METHOD /path`, and those to everything else; of several the last is given again and again.

    `challenges` a request without a token, as Key Vault does.
    """

    url: str = ""
    challenges: bool = False
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    others: list[Reply] = field(default_factory=list)
    asked: list[ReceivedRequest] = field(default_factory=list)

    def answer(self, what: str, *replies: Reply) -> None:
        self.replies[what] = list(replies)

    def answer_all(self, *replies: Reply) -> None:
        self.others = list(replies)

    def reply(self, asked: ReceivedRequest) -> Reply:
        self.asked.append(asked)
        if self.challenges and not asked.token:
            return self._challenge()
        replies = self.replies.get(f"{asked.method} {asked.path}", self.others)
        if not replies:
            return Reply(404, {"error": {"code": "NotFound", "message": f"no {asked.path}"}})
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def _challenge(self) -> Reply:
        resource = self.url.replace(HOST, HOST.partition(".")[2])
        header = f'Bearer authorization="https://login.example.net/t", resource="{resource}"'
        return Reply(401, b"", {"WWW-Authenticate": header})

    def calls(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]


class Identity:
    """A credential that needs nobody."""

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken("token", 4102444800)


@contextmanager
def azure_service(pair: KeyPair, *, challenges: bool = False) -> Iterator[Service]:
    """Serve by https; a body that was sent is read and dropped."""
    service = Service(challenges=challenges)

    class Requests(Handler):
        @override
        def exchange(self) -> None:
            self.read_body()
            target = urlsplit(self.path)
            version = parse_qs(target.query).get("api-version", [self.headers.get("x-ms-version")])[0]
            reply = service.reply(ReceivedRequest(self.command, target.path, version, "Authorization" in self.headers))
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.reply(reply.status, body, {"Content-Type": "application/json", **reply.headers})

    with serving(Requests, showing(pair)) as service.url:
        yield service


def refusal(status: int, code: str, message: str, inner: str | None = None) -> Reply:
    """An error in the frame that Azure's services share."""
    error: dict[str, Any] = {"code": code, "message": message}
    if inner is not None:
        error["innererror"] = {"code": inner}
    return Reply(status, {"error": error})
