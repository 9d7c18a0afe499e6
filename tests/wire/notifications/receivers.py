"""HTTP receivers on loopback that keep what they are sent and answer as a script says."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from infra.local.pki import KeyPair

HOST = "127.0.0.1"


class Received(NamedTuple):
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


type Script = Callable[[BaseHTTPRequestHandler], None]


@dataclass(slots=True)
class Receiver:
    """What was received, and where to send it."""

    origin: str
    received: list[Received] = field(default_factory=list)


def answers(status: int, body: bytes = b"", **headers: str) -> Script:
    """Answer like that."""

    def script(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return script


def dripping(beginning: bytes) -> Script:
    """Answer a byte at a time after this beginning."""

    def script(handler: BaseHTTPRequestHandler) -> None:
        assert isinstance(handler.server, Server)
        with suppress(OSError):
            handler.wfile.write(beginning)
            while not handler.server.over.wait(0.02):
                handler.wfile.write(b"x")
        handler.close_connection = True

    return script


@contextmanager
def receiving(script: Script, pair: KeyPair | None = None) -> Iterator[Receiver]:
    """Listen, by https where there is a certificate to show."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.received.append(Received(self.path, dict(self.headers), body))
            script(self)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = Server((HOST, 0), Handler)
    if pair is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "http" if pair is None else "https"
    receiver = Receiver(f"{scheme}://{HOST}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Server(ThreadingHTTPServer):
    """Its clients may leave in the middle of an answer, and it ends the answers that are `over`."""

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.over = threading.Event()
        super().__init__(address, handler)

    def handle_error(self, *_: object) -> None:
        """Keep quiet."""
