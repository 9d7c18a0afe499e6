"""HTTP receivers on loopback that keep what they are sent and answer as a script says."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple, override

from infra.local.pki import KeyPair
from tests.http_server import Handler, Server, serving, showing


class Received(NamedTuple):
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


type Script = Callable[[Handler], None]


@dataclass(slots=True)
class Receiver:
    """What was received, and where to send it."""

    origin: str = ""
    received: list[Received] = field(default_factory=list)


def answers(status: int, body: bytes = b"", **headers: str) -> Script:
    """Answer like that."""
    return lambda handler: handler.reply(status, body, {name.replace("_", "-"): headers[name] for name in headers})


def dripping(beginning: bytes) -> Script:
    """Answer a byte at a time after this beginning."""

    def script(handler: Handler) -> None:
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
    receiver = Receiver()

    class Requests(Handler):
        @override
        def exchange(self) -> None:
            receiver.received.append(Received(self.path, dict(self.headers), self.read_body()))
            script(self)

    with serving(Requests, showing(pair) if pair else None) as receiver.origin:
        yield receiver
