"""A service of Azure's on loopback: https, the challenge that clients of Key Vault wait for, and answers in turn."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, override

from infra.local.pki import Authority

HOST = "127.0.0.1"


@dataclass(slots=True)
class Service:
    """Whoever shows no token is challenged. `answers` (status, body, headers) are given in turn, the last one again and
    again; `asked` is what came in, as method and path, and whether with a token."""

    port: int
    answers: list[tuple[int, bytes, Mapping[str, str]]] = field(default_factory=list)
    asked: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"

    def answer(self, status: int, body: bytes = b"{}", **headers: str) -> None:
        self.answers.append((status, body, headers))


@contextmanager
def service(authority: Authority) -> Iterator[Service]:
    """Serve with a certificate of `authority`."""

    class Requests(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            opened.asked.append((f"{self.command} {self.path}", "Authorization" in self.headers))
            if "Authorization" not in self.headers:
                resource = f"https://{HOST.partition('.')[2]}:{opened.port}"
                challenge = f'Bearer authorization="https://login.example.net/t", resource="{resource}"'
                self.reply(401, b"", {"WWW-Authenticate": challenge})
                return
            self.reply(*(opened.answers.pop(0) if len(opened.answers) > 1 else opened.answers[0]))

        do_PUT = do_POST = do_DELETE = do_PATCH = do_GET  # noqa: N815, the names are http.server's

        def reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Be silent."""

    pair = authority.issue("service", addresses=[HOST])
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair.certificate, pair.key)
    with ThreadingHTTPServer((HOST, 0), Requests) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        opened = Service(server.server_address[1])
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield opened
        finally:
            server.shutdown()
            thread.join()
