"""A proxy before one server: it answers, delays or cuts what a test says, and passes on all else byte for byte.

    with Proxy(Listener("127.3.0.40", 14000, pair), Upstream("127.3.0.1", 14000, ca)) as proxy:
        proxy.rules.append(Rule("POST", "/order-plz", Reply(429, {"Retry-After": "600"})))

Each connection carries one request, so that an answer ends where its connection does.
"""

import re
import socket
import ssl
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from pathlib import Path
from socketserver import StreamRequestHandler, TCPServer, ThreadingMixIn
from threading import Lock, Thread
from types import TracebackType
from typing import Any, NamedTuple, Self, cast, override
from urllib.parse import unquote

from infra.local.pki import KeyPair

PATIENCE = 30.0
"""Seconds that the upstream may take."""


class Listener(NamedTuple):
    """Where the proxy listens; without a certificate it speaks http."""

    address: str
    port: int
    pair: KeyPair | None = None


class Upstream(NamedTuple):
    """The server behind it; without the PEM file of its authority it speaks http."""

    address: str
    port: int
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that the upstream never gave."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __bytes__(self) -> bytes:
        fields = {**self.headers, "Content-Length": len(self.body), "Connection": "close"}
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        return (
            "\r\n".join([*lines, *(f"{name}: {value}" for name, value in fields.items()), "", ""]).encode() + self.body
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to requests of this method (`*`: any) in whose decoded target the pattern `target` is found.

    `reply` is sent in place of the upstream's answer. Without one the upstream acts, and its answer comes `late`
    (seconds) or, with `cut`, ends in the middle of its body, before its head if it has none. After `times` requests
    the rule is used up.
    """

    method: str
    target: str
    reply: Reply | None = None
    late: float = 0.0
    cut: bool = False
    times: int | None = None

    def fits(self, method: str, target: str) -> bool:
        return self.method in ("*", method) and re.search(self.target, unquote(target)) is not None


class Proxy(ThreadingMixIn, TCPServer):
    """Serves from entering the `with` block to leaving it. The first of `rules` that fits is taken.

    `met` has method and target of each request that a rule fitted.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, listener: Listener, upstream: Upstream) -> None:
        self.rules: list[Rule] = []
        self.met: list[tuple[str, str]] = []
        self.upstream = upstream
        self._lock = Lock()
        self._tls = None
        if listener.pair:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*listener.pair)
        super().__init__((listener.address, listener.port), _Exchange)
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})

    @override
    def __enter__(self) -> Self:
        self._thread.start()
        return self

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    @override
    def get_request(self) -> tuple[socket.socket, Any]:
        connection, client = super().get_request()
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, client

    def take(self, method: str, target: str) -> Rule | None:
        """The rule that this request meets, counted as one of its `times`."""
        with self._lock:
            for place, rule in enumerate(self.rules):
                if not rule.fits(method, target):
                    continue
                self.met.append((method, target))
                if rule.times == 1:
                    del self.rules[place]
                elif rule.times is not None:
                    self.rules[place] = replace(rule, times=rule.times - 1)
                return rule
        return None

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that give up, and idle connections, end here in silence; a bug of ours does not."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Exchange(StreamRequestHandler):
    def handle(self) -> None:
        proxy = cast("Proxy", self.server)
        head = b"".join(iter(self.rfile.readline, b"\r\n"))
        if not head:
            return
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        length = re.search(rb"(?im)^content-length: *(\d+)", head)
        body = self.rfile.read(int(length[1]) if length else 0)
        rule = proxy.take(method, target)
        if rule is not None and rule.reply is not None:
            self.wfile.write(bytes(rule.reply))
            return
        answer = ask(
            proxy.upstream, re.sub(rb"(?im)^connection:.*\r\n", b"", head) + b"Connection: close\r\n\r\n" + body
        )
        if rule is not None:
            time.sleep(rule.late)
        self.wfile.write(in_the_middle(answer) if rule is not None and rule.cut else answer)


def ask(upstream: Upstream, request: bytes) -> bytes:
    """Send one request and return everything that comes back."""
    with connected(upstream) as connection:
        connection.sendall(request)
        return b"".join(iter(partial(connection.recv, 65_536), b""))


def connected(upstream: Upstream) -> socket.socket:
    connection = socket.create_connection(upstream[:2], timeout=PATIENCE)
    if upstream.authority is None:
        return connection
    trust = ssl.create_default_context(cafile=upstream.authority)
    return trust.wrap_socket(connection, server_hostname=upstream.address)


def in_the_middle(answer: bytes) -> bytes:
    """Return the answer up to the middle of its body; nothing of one that has none, which would seem whole."""
    body = answer.index(b"\r\n\r\n") + 4
    return answer[: (body + len(answer)) // 2] if body < len(answer) else b""
