"""An HTTP server in a thread of the test's own process."""

import ssl
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, override

from infra.local.pki import KeyPair

HOST = "127.0.0.1"


class Handler(BaseHTTPRequestHandler):
    """Gives every method to `exchange`, and logs nothing."""

    protocol_version = "HTTP/1.1"

    def exchange(self) -> None:
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.exchange
        raise AttributeError(name)

    def read_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at what came."""


class Server(ThreadingHTTPServer):
    """`over` is set when it ends: answers that go on and on end then. Its clients may leave at any time."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[Handler], tls: ssl.SSLContext | None) -> None:
        super().__init__(address, handler)
        self.over = threading.Event()
        self.scheme = "https" if tls else "http"
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    @property
    def url(self) -> str:
        address, port = self.server_address[:2]
        return f"{self.scheme}://{address!s}:{port}"

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@contextmanager
def serving(
    handler: type[Handler], tls: ssl.SSLContext | None = None, host: str = HOST, port: int = 0
) -> Iterator[str]:
    """Serve until the end of the block; yield the URL."""
    with Server((host, port), handler, tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.url
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def showing(pair: KeyPair) -> ssl.SSLContext:
    """Return the TLS of a server with this certificate."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair.certificate, pair.key)
    return tls
