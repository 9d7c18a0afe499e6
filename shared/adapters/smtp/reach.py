"""The addresses of a name, and a connection to each, begun before anything slow is imported.

It asks the system, so /etc/hosts and whatever else resolves names on this machine counts, as it does for other programs
here. The system's look-up has no time-out of its own: it runs in a thread that nobody has to wait for.
"""

import errno
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Literal

CONNECT_SECONDS = 5.0
"""To wait for a connection: two of TCP's repeats (RFC 6298) fit in."""

MOST_ADDRESSES = 16
"""Of one name that are examined."""

type ConnectFailure = Literal["ConnectionRefused", "ConnectionTimedOut", "NoIpv6Route", "ConnectionFailed"]


class ConnectError(Exception):
    """Why there is no connection; the message is a part of a sentence."""

    def __init__(self, reason: ConnectFailure, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Later[T]:
    """What a function returns or raises, from a thread of its own."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._result: T | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def get(self, seconds: float) -> T:
        """Wait for it. Raises TimeoutError, and what the function raised."""
        self._thread.join(max(0.0, seconds))
        if self._thread.is_alive():
            raise TimeoutError
        if self._error is not None:
            raise self._error
        assert self._result is not None
        return self._result

    def _run(self) -> None:
        try:
            self._result = self._function()
        except BaseException as error:  # noqa: BLE001, `get` raises it
            self._error = error


class Opening:
    """The addresses of a host and the first connections to them, from now on. `seconds` are for each connection."""

    def __init__(self, host: str, port: int, seconds: float) -> None:
        self._port, self._seconds = port, min(seconds, CONNECT_SECONDS)
        self._connections: dict[str, Later[socket.socket]] = {}
        self._addresses = Later(partial(self._open, host))

    def addresses(self, seconds: float) -> tuple[str, ...]:
        """Return each address once, in the system's order.

        Raises TimeoutError, and `socket.gaierror` where the name has none.
        """
        return self._addresses.get(seconds)

    def take(self, address: str, seconds: float) -> socket.socket:
        """Return a connection to an address: the first time the one that was opened in advance. Raises ConnectError."""
        if (begun := self._connections.pop(address, None)) is None:
            return connect(address, self._port, min(seconds, self._seconds))
        try:
            return begun.get(min(seconds, self._seconds))
        except TimeoutError:
            raise no_answer(min(seconds, self._seconds)) from None

    def _open(self, host: str) -> tuple[str, ...]:
        found = socket.getaddrinfo(host, self._port, type=socket.SOCK_STREAM)
        addresses = tuple(dict.fromkeys(str(address[0]) for *_, address in found))
        for address in addresses[:MOST_ADDRESSES]:
            self._connections[address] = Later(partial(connect, address, self._port, self._seconds))
        return addresses


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """Connect to an IP address. Raises ConnectError."""
    began = time.monotonic()
    try:
        return socket.create_connection((address, port), timeout=seconds)
    except TimeoutError:
        raise no_answer(time.monotonic() - began) from None
    except ConnectionRefusedError:
        raise ConnectError("ConnectionRefused", "connection refused") from None
    except OSError as error:
        message = (error.strerror or str(error)).lower()
        no_route = error.errno in (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
        raise ConnectError("NoIpv6Route" if no_route and ":" in address else "ConnectionFailed", message) from None


def no_answer(seconds: float) -> ConnectError:
    return ConnectError("ConnectionTimedOut", f"no connection within {max(1, round(seconds))} s")
