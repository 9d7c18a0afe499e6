"""An authority that answers what a test tells it to, below the real `requests`."""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, override

import requests
from josepy.json_util import decode_b64jose
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

DIRECTORY = "https://acme.example.net/dir"
ACME = "urn:ietf:params:acme:error:"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: JSON unless `body` is bytes already; an exception is raised instead."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] | None = None
    error: Exception | None = None


def problem(kind: str, status: int = 400, detail: str = "", **fields: Any) -> Reply:
    """Answer a problem document."""
    headers = fields.pop("headers", None)
    return Reply({"type": f"{ACME}{kind}", "detail": detail, **fields}, status, headers)


class Scripted(BaseAdapter):
    """Serves the directory and nonces by itself, and to signed requests the replies in their sequence."""

    def __init__(self, *replies: Reply) -> None:
        super().__init__()
        self.replies = deque(replies)
        self.requests: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.nonces = 0
        self.plain = {
            DIRECTORY: Reply(
                {key: f"https://acme.example.net/{key}" for key in ("newNonce", "newAccount", "newOrder")}
            ),
            "https://acme.example.net/newNonce": Reply(),
        }

    def session(self) -> requests.Session:
        session = requests.Session()
        session.mount("https://", self)
        return session

    @override
    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        assert request.url
        self.requests.append(f"{request.method} {request.url}")
        if request.method == "POST":
            self.bodies.append(json.loads(request.body or ""))
            reply = self.replies.popleft()
        else:
            reply = self.plain[request.url]
        if reply.error:
            raise reply.error
        return self._response(request, reply)

    def _response(self, request: requests.PreparedRequest, reply: Reply) -> requests.Response:
        self.nonces += 1
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        headers = {"Replay-Nonce": f"n{self.nonces:03}", **(reply.headers or {})}
        response = requests.Response()
        response.status_code, response.url, response.request = reply.status, request.url or "", request
        response.headers.update(headers)
        response.raw = HTTPResponse(BytesIO(content), preload_content=False)
        return response

    @override
    def close(self) -> None:
        return None

    def payload(self, number: int) -> Any:
        """Return what a signed request says, counted from the first."""
        return json.loads(decode_b64jose(self.bodies[number]["payload"]))

    def protected(self, number: int) -> dict[str, Any]:
        """Return the protected header of a signed request, counted from the first."""
        header: dict[str, Any] = json.loads(decode_b64jose(self.bodies[number]["protected"]))
        return header
