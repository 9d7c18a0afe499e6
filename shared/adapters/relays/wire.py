"""A connection to a server that may mean us ill: all time and all bytes are limited."""

import socket
import time
from dataclasses import dataclass
from typing import Protocol, Self

from shared.adapters.relays.failure import HandshakeError

CHUNK = 4096
MOST_BYTES = 1_000_000
"""From one server. A chain of ten RSA-4096 certificates and the replies around it take a twentieth."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment, in monotonic seconds, by which all must be over."""

    moment: float
    seconds: float

    @classmethod
    def within(cls, seconds: float) -> Self:
        return cls(time.monotonic() + seconds, seconds)

    def left(self) -> float:
        """Return the seconds left; raises TimeoutError when there are none."""
        if (left := self.moment - time.monotonic()) <= 0:
            raise TimeoutError
        return left


class Stream(Protocol):
    """Bytes to and from a server, encrypted or not.

    Both methods raise TimeoutError at the deadline, HandshakeError beyond the bytes, OSError for a broken connection.
    """

    def send(self, content: bytes) -> None:
        """Send all of it."""

    def receive(self) -> bytes:
        """Return what has come; nothing at the end."""


class Wire:
    """The stream as it is on the network. `deadline` holds for everything from now on, and may be set anew."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._received = 0
        self.deadline = deadline

    def send(self, content: bytes) -> None:
        self._connection.settimeout(self.deadline.left())
        self._connection.sendall(content)

    def receive(self) -> bytes:
        self._connection.settimeout(self.deadline.left())
        content = self._connection.recv(CHUNK)
        self._received += len(content)
        if self._received > MOST_BYTES:
            raise HandshakeError(f"more than {MOST_BYTES:,} bytes received")
        return content
