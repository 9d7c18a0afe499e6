"""One session with a relay, from the connection on, and in which words it fails."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shared.adapters.relays.failure import HandshakeError
from shared.adapters.relays.resolving import addresses
from shared.adapters.relays.wire import Deadline, Wire
from shared.domain.places import Question

CONNECT = 5.0
"""Seconds to wait for a connection."""

FAREWELL = 1.0
"""Seconds to spend on taking leave."""


def twice[T](attempt: Callable[[Deadline], T], seconds: float) -> T:
    """Make the attempt, and once more if the relay was just not able to; raises HandshakeError alone."""
    deadline = Deadline.within(seconds)
    try:
        return attempt(deadline)
    except HandshakeError as error:
        if not error.passing:
            raise
    return attempt(deadline)


@contextmanager
def session(question: Question, deadline: Deadline, wanted: str) -> Iterator[Wire]:
    """Connect; raises HandshakeError for whatever the network does. `wanted`: what there is none of at the deadline."""
    try:
        with connect(question, deadline) as connection:
            yield Wire(connection, deadline)
    except TimeoutError as error:
        raise HandshakeError(f"no {wanted} within {deadline.seconds:g} s") from error
    except (ConnectionResetError, BrokenPipeError) as error:
        raise HandshakeError("connection cut", passing=True) from error
    except OSError as error:
        raise HandshakeError(words(error)) from error


def connect(question: Question, deadline: Deadline) -> socket.socket:
    """Connect to the first address that takes a connection, as a client does."""
    failures = []
    for address in addresses(question.address, question.resolver, deadline):
        at = "" if address == question.address else f" at {address}"
        seconds = min(CONNECT, deadline.left())
        try:
            return socket.create_connection((address, question.port), timeout=seconds)
        except TimeoutError:
            failures.append(f"no connection within {seconds:.2g} s{at}")
        except OSError as error:
            failures.append(f"{words(error)}{at}")
    raise HandshakeError("; ".join(failures))


def words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
