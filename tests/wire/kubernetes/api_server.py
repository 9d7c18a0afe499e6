"""A scripted API server on loopback: https with a CA of its own, answering what a test tells it to."""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, override

from infra.local.pki import Authority

HOST = "127.0.0.1"


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

    url: str
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

    class Requests(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            user = common_name(self.connection)
            opened.asked.append(
                ReceivedRequest(self.command, self.path, dict(self.headers), self.client_address[1], user)
            )
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = opened.answers.pop(0)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                self.send_header("Retry-After", "7")
            self.end_headers()
            self.wfile.write(body)

        do_PATCH = do_GET  # noqa: N815, the name is http.server's

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Be silent."""

    pair = authority.issue("apiserver", addresses=[HOST])
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair.certificate, pair.key)
    tls.load_verify_locations(authority.path)
    tls.verify_mode = ssl.CERT_OPTIONAL
    with ThreadingHTTPServer((HOST, 0), Requests) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        opened = ScriptedApiServer(f"https://{HOST}:{server.server_address[1]}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield opened
        finally:
            server.shutdown()
            thread.join()
