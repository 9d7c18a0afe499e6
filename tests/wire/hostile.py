"""A server that does its work but for one kind of request, which it refuses, or leaves without an answer."""

import json
import re
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import override

from infra.local.proxy import Reply
from tests.http_server import Handler, Server, serving

SILENCE = 2.0
"""Seconds without an answer: more than the tests let a client wait."""


@dataclass(slots=True)
class Hostile:
    """`works`: answers by a regular expression of `METHOD target`. To the requests that `target` matches the answer is
    `fault`, None for silence; `met` of them came.
    """

    target: str
    fault: Reply | None
    works: Sequence[tuple[str, Reply]]
    url: str = ""
    met: list[str] = field(default_factory=list)

    def answer(self, request: str) -> Reply | None:
        if re.search(self.target, request):
            self.met.append(request)
            return self.fault
        fitting = [reply for pattern, reply in self.works if re.search(pattern, request)]
        assert fitting, f"unforeseen: {request}"
        return fitting[0]


@contextmanager
def hostile_server(server: Hostile, tls: ssl.SSLContext | None) -> Iterator[Hostile]:
    class Requests(Handler):
        @override
        def exchange(self) -> None:
            self.read_body()
            reply = server.answer(f"{self.command} {self.path}")
            if reply is None:
                assert isinstance(self.server, Server)
                self.server.over.wait(SILENCE)
                self.close_connection = True
            else:
                body = reply.body.replace(b"https://here", server.url.encode())
                self.reply(reply.status, body, reply.headers)

    with serving(Requests, tls) as server.url:
        yield server


def document(status: int, body: object, headers: Mapping[str, str] | None = None) -> Reply:
    """Answer JSON; `https://here` in it becomes the server's own URL."""
    return Reply(status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(body).encode())


type Layout = Callable[[int], Reply]
"""How a server lays out a refusal with this status."""
