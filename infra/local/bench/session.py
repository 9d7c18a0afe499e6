"""Clients' sessions, EHLO, STARTTLS, handshake, QUIT, at a steady rate, and what they come to.

It shares no code with the product's own probes.
"""

import hashlib
import itertools
import smtplib
import ssl
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Self

PATIENCE = 10.0

READY = 220

type Chain = tuple[str, ...]
"""A presented chain: the SHA-256 of each certificate, in hex, leaf first."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a client connects, and the host that it names (None: none)."""

    address: str
    port: int
    host: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """What a client met. `began` is in monotonic seconds; `chain` is empty where `failure` says why there is none."""

    target: Target
    began: float
    chain: Chain
    failure: str


def anyone() -> ssl.SSLContext:
    """Take whatever certificate is served: what it is, is compared afterwards."""
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    settings.check_hostname = False
    settings.verify_mode = ssl.CERT_NONE
    return settings


def session(target: Target, tls: ssl.SSLContext, client: str = "127.0.0.1") -> Session:
    """Meet a target from the address `client`."""
    began = time.monotonic()
    try:
        return Session(target, began, presented(target, tls, client), "")
    except (OSError, smtplib.SMTPException) as error:
        return Session(target, began, (), f"{type(error).__name__}: {error}")


def presented(target: Target, tls: ssl.SSLContext, client: str) -> Chain:
    """Go through a whole session; raises smtplib.SMTPException or OSError wherever it breaks."""
    with smtplib.SMTP(
        target.address,
        target.port,
        local_hostname="bench.invalid",
        timeout=PATIENCE,
        source_address=(client, 0),
    ) as smtp:
        smtp.ehlo_or_helo_if_needed()
        code, words = smtp.docmd("STARTTLS")
        if code != READY:
            raise smtplib.SMTPResponseException(code, words)
        assert smtp.sock
        smtp.sock = encrypted = tls.wrap_socket(smtp.sock, server_hostname=target.host)
        smtp.file = None  # what was read ahead was not encrypted
        return tuple(hashlib.sha256(der).hexdigest() for der in encrypted.get_unverified_chain())


RATE = 100.0
"""Sessions a second, in all."""

CLIENTS = tuple(f"127.254.0.{number}" for number in range(1, 33))
"""The addresses that sessions come from in turn: a relay allows one address so many at once."""

THREADS = 64
"""So many sessions at once keep the rate if none takes longer than half a second."""


@contextmanager
def load(targets: Sequence[Target], rate: float = RATE) -> Iterator[list[Session]]:
    """Make sessions at each target in turn until the block ends; the list grows meanwhile, and is complete after it."""
    began, stop, numbers, tls = time.monotonic(), Event(), itertools.count(), anyone()
    sessions: list[Session] = []

    def work() -> None:
        for number in numbers:
            if stop.wait(max(0.0, began + number / rate - time.monotonic())):
                return
            sessions.append(session(targets[number % len(targets)], tls, CLIENTS[number % len(CLIENTS)]))

    with ThreadPoolExecutor(THREADS, thread_name_prefix="client") as threads:
        working = [threads.submit(work) for _ in range(THREADS)]
        try:
            yield sessions
        finally:
            stop.set()
    for each in working:
        each.result()


@dataclass(frozen=True, slots=True)
class Figures:
    """`changes` are swaps or rollouts. `mixed` counts handshakes that returned neither version's chain whole;
    `met` the versions that were met."""

    changes: int
    sessions: int
    seconds: float
    failures: Counter[str]
    mixed: int
    met: int

    @classmethod
    def of(cls, sessions: Sequence[Session], whole: Iterable[Chain], changes: int) -> Self:
        """Count; `whole` are the chains of all versions that were ever to be served."""
        known = set(whole)
        chains = [session.chain for session in sessions if not session.failure]
        moments = [session.began for session in sessions]
        return cls(
            changes,
            len(sessions),
            max(moments) - min(moments),
            Counter(session.failure for session in sessions if session.failure),
            sum(chain not in known for chain in chains),
            len(known.intersection(chains)),
        )

    @property
    def failed(self) -> int:
        return self.failures.total()

    @property
    def rate(self) -> float:
        """Sessions a second."""
        return self.sessions / self.seconds

    @property
    def failed_per_hundred(self) -> float:
        """Failed sessions per hundred changes."""
        return 100 * self.failed / self.changes
