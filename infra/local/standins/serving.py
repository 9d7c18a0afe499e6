"""How a stand-in is started and serves: `python -m infra.local.standins.<name> --config FILE.json`.

A thread per connection, HTTP/1.1 with keep-alive, and a log line per request on stdout.
"""

import json
import signal
import ssl
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socket import socket
from socketserver import TCPServer, ThreadingMixIn
from threading import Lock, Thread
from typing import Any, cast, override
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from infra.local.pki import write_private
from infra.local.standins.web import Answer, Handled, Request, Site, handle

IDLE = 120.0
"""Seconds after which a silent connection is closed."""

_LOG_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to listen: https with these two PEM files, http without."""

    address: str
    port: int
    certificate: str | None = None
    key: str | None = None

    @property
    def origin(self) -> str:
        """The listener's URL without a closing slash."""
        return f"{'https' if self.certificate else 'http'}://{self.address}:{self.port}"


def serve(sites: Sequence[tuple[Listener, Site]]) -> None:
    """Serve until SIGTERM or SIGINT."""
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    servers = [Server(listener, site) for listener, site in sites]
    threads = [Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}) for server in servers]
    for thread in threads:
        thread.start()
    signal.sigwait(ends)
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()


def log(**entry: object) -> None:
    """One JSON line on stdout."""
    with _LOG_LOCK:
        sys.stdout.write(json.dumps({"time": datetime.now(UTC).isoformat(timespec="milliseconds"), **entry}) + "\n")
        sys.stdout.flush()


class Server(ThreadingMixIn, TCPServer):
    """One listener. TLS handshakes happen in the connection's own thread, so that a slow client holds up nobody."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, listener: Listener, site: Site) -> None:
        self.site = site
        self.origin = listener.origin
        self._tls = None
        if listener.certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(listener.certificate, listener.key)
        super().__init__((listener.address, listener.port), _Connection)

    @override
    def get_request(self) -> tuple[socket, Any]:
        connection, client = super().get_request()
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, client

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is one line; a bug of ours goes to stderr with its trace."""
        error = sys.exception()
        if isinstance(error, OSError):
            log(site=self.site.name, client=client_address[0], connection=f"{type(error).__name__}: {error}")
        else:
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE
    wbufsize = -1
    disable_nagle_algorithm = True

    @override
    def setup(self) -> None:
        super().setup()
        if isinstance(self.connection, ssl.SSLSocket):
            self.connection.do_handshake()

    @override
    def log_message(self, format: str, *arguments: object) -> None:
        """Say what http.server says by itself, of an idle connection for instance, as a line like every other."""
        log(connection=format % arguments)

    def _exchange(self) -> None:
        server = cast("Server", self.server)
        target = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(target.path).rstrip("/") or "/",
            query=dict(parse_qsl(target.query)),
            headers=self.headers,
            body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
            origin=server.origin,
        )
        handled = handle(server.site, request)
        self._log(server.site, request, handled)
        if handled.answer is None:
            self.close_connection = True
        else:
            self._send(handled.answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _exchange  # noqa: N815 http.server asks for these names

    def _log(self, site: Site, request: Request, handled: Handled) -> None:
        log(
            site=site.name,
            method=request.method,
            path=None if site.secret_paths else request.path,
            status=handled.answer.status if handled.answer else None,
            oid=handled.caller.object_id or None,
        )

    def _send(self, answer: Answer) -> None:
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response_only(answer.status, HTTPStatus(answer.status).phrase)
        self.send_header("Date", formatdate(usegmt=True))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.body is not None:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if answer.cut else body)
        if answer.cut:
            self.close_connection = True


def config_file() -> Path:
    """The file named on the command line."""
    parser = ArgumentParser(description="A stand-in for a closed service, on loopback.")
    parser.add_argument("--config", type=Path, required=True, help="a JSON file")
    config: Path = parser.parse_args().config
    return config


def read_config[T](path: Path, shape: type[T]) -> T:
    """The file as a `shape`, which is a frozen dataclass; exits with what is wrong and where in the file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except msgspec.DecodeError as error:
        raise SystemExit(f"{path}: {error}") from error


def write_config(path: Path, config: object) -> None:
    """What `read_config` reads; for its owner's eyes, as it may hold secrets."""
    write_private(path, msgspec.json.encode(config))
