"""Our own sessions do not exhaust a relay, and a relay that is busy is not taken for one that is broken."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from shared.adapters.smtp.probe import SmtpProber
from tests.wire.smtp.servers import Script, Shown, question, relay, says, serving, up_to_starttls

BUSY = "421 4.3.2 too many connections from your host"


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown("mail.example.net", tmp_path)


@dataclass(slots=True)
class Limited:
    """A relay that talks to so many clients at once, and says how many it met."""

    script: Script
    at_once: int = 1
    sessions: int = 0
    refused: int = 0
    most: int = 0
    now: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, connection: socket.socket) -> None:
        with self.met() as welcome:
            (self.script if welcome else says(f"{BUSY}\r\n"))(connection)

    @contextmanager
    def met(self) -> Iterator[bool]:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            welcome = self.now <= self.at_once
            self.sessions += 1
            self.refused += not welcome
        try:
            yield welcome
        finally:
            with self.lock:
                self.now -= 1


def test_a_server_that_allows_one_session_answers_eight_questions(shown: Shown) -> None:
    limited = Limited(relay(shown))
    with serving(limited) as port:
        answers = SmtpProber(seconds=5).probe([question(port)] * 8)

    assert [answer.thumbprint for answer in answers] == [shown.thumbprint] * 8
    assert limited.most <= 2, "ours, and one that is just over"


def test_two_workers_of_one_process_take_turns_at_an_address(shown: Shown) -> None:
    limited = Limited(relay(shown), at_once=2)
    thumbprints: list[str | None] = []

    def work() -> None:
        thumbprints.extend(answer.thumbprint for answer in SmtpProber(seconds=5).probe([question(port)] * 4))

    with serving(limited) as port:
        workers = [threading.Thread(target=work) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    assert thumbprints == [shown.thumbprint] * 12
    assert limited.refused == 0


def test_addresses_are_asked_side_by_side() -> None:
    with serving(says(""), address="127.0.0.3") as one, serving(says(""), address="127.0.0.4") as other:
        begun = time.monotonic()
        SmtpProber(seconds=1.0).probe(
            [replace(question(one), address="127.0.0.3"), replace(question(other), address="127.0.0.4")]
        )
        taken = time.monotonic() - begun

    assert taken < 1.0 + 1.0 + 0.9, "a second each, and one more for what a silent server is tried with"


@pytest.mark.parametrize("reply", [BUSY, "450 try later", "454 4.7.0 not now", "421 shutting down"])
def test_a_busy_server_is_tried_again_after_a_pause(shown: Shown, reply: str) -> None:
    with serving(says(f"{reply}\r\n"), says(f"{reply}\r\n"), relay(shown)) as port:
        begun = time.monotonic()
        [answer] = SmtpProber(seconds=8).probe([question(port)])

    assert answer.thumbprint == shown.thumbprint
    assert time.monotonic() - begun > 1.0


@pytest.mark.parametrize("reply", [BUSY, "452 full"])
def test_one_that_stays_busy_says_nothing_of_its_files_in_time(reply: str) -> None:
    limited = Limited(says(f"{reply}\r\n"), at_once=100)
    with serving(limited) as port:
        begun = time.monotonic()
        answers = SmtpProber(seconds=2.0).probe([question(port, f"{label}.example.net") for label in "abcdefgh"])
        taken = time.monotonic() - begun

    assert {(answer.inconclusive, answer.failure) for answer in answers} == {("Busy", f"busy at the greeting: {reply}")}
    assert taken < 4, "the time of one question, however many there are"
    assert limited.sessions <= 4


@pytest.mark.parametrize(
    ("then", "failure", "inconclusive"),
    [
        (up_to_starttls("454 TLS currently unavailable\r\n"), "STARTTLS refused: 454 TLS currently unavailable", None),
        (up_to_starttls("", extensions="250 relay\r\n"), "STARTTLS not offered", None),
        (says("554 no service\r\n"), "turned away at the greeting: 554 no service", "TurnedAway"),
    ],
)
def test_what_a_busy_server_says_in_the_end_counts(then: Script, failure: str, inconclusive: str | None) -> None:
    with serving(says(f"{BUSY}\r\n"), then) as port:
        [answer] = SmtpProber(seconds=5).probe([question(port)])

    assert (answer.failure, answer.inconclusive) == (failure, inconclusive)


@pytest.mark.parametrize(
    ("reply", "inconclusive"), [("421 too many connections", "Busy"), ("554 no service for you", "TurnedAway")]
)
def test_a_server_may_refuse_us_in_clear_where_tls_comes_first(reply: str, inconclusive: str) -> None:
    with serving(says(f"{reply}\r\n")) as port:
        [answer] = SmtpProber(seconds=1).probe([replace(question(port), implicit=True)])

    assert (answer.inconclusive, answer.failure.endswith(reply)) == (inconclusive, True)


def test_one_that_is_busy_at_ehlo_is_tried_again(shown: Shown) -> None:
    def busy(connection: socket.socket) -> None:
        connection.sendall(b"220 relay ESMTP\r\n")
        connection.recv(1024)
        connection.sendall(b"421 too busy\r\n")

    with serving(busy, relay(shown)) as port:
        [answer] = SmtpProber(seconds=5).probe([question(port)])

    assert answer.thumbprint == shown.thumbprint


def test_a_session_is_over_before_the_next_begins(shown: Shown) -> None:
    """A server counts a session until it has closed it, which takes it a moment after QUIT."""
    limited = Limited(relay(shown))

    def slow_to_close(connection: socket.socket) -> None:
        with limited.met() as welcome:
            with connection.dup() as session:
                (limited.script if welcome else says(f"{BUSY}\r\n"))(session)
            time.sleep(0.05)
            connection.close()

    with serving(slow_to_close) as port:
        answers = SmtpProber(seconds=5).probe([question(port)] * 4)

    assert [answer.thumbprint for answer in answers] == [shown.thumbprint] * 4
