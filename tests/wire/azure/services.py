"""A scripted Azure service on loopback: it answers as it is told, and keeps what it was asked."""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from azure.core.credentials import AccessToken

from infra.local.pki import KeyPair

HOST = "127.0.0.1"


class Reply(NamedTuple):
    """A `body` that is not bytes is sent as JSON."""

    status: int
    body: Any = b""
    headers: Mapping[str, str] = {}


class Asked(NamedTuple):
    """A request: `version` is its api-version, of the query or, for storage, of the header."""

    method: str
    path: str
    version: str | None


@dataclass(slots=True)
class Service:
    """`replies` by `METHOD /path`; those of a list are given one after the other, the last for ever."""

    url: str
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, what: str, *replies: Reply) -> None:
        self.replies[what] = list(replies)

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        replies = self.replies.get(f"{asked.method} {asked.path}")
        if replies is None:
            return Reply(404, {"error": {"code": "NotFound", "message": f"no {asked.path}"}})
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def calls(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]


class Identity:
    """A credential that needs nobody."""

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken("token", 4102444800)


@contextmanager
def serving(pair: KeyPair) -> Iterator[Service]:
    """Serve by https; a body that was sent is read and dropped."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def exchange(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            target = urlsplit(self.path)
            version = parse_qs(target.query).get("api-version", [self.headers.get("x-ms-version")])[0]
            reply = service.reply(Asked(self.command, target.path, version))
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = exchange  # noqa: N815 http.server asks for these names

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    service = Service(f"https://{HOST}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refusal(status: int, code: str, message: str, inner: str | None = None) -> Reply:
    """An error in the frame that Azure's services share."""
    error: dict[str, Any] = {"code": code, "message": message}
    if inner is not None:
        error["innererror"] = {"code": inner}
    return Reply(status, {"error": error})
