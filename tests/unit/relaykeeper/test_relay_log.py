"""What a relay logs after its log was opened tells the end of a message; older lines and half ones do not."""

import threading
import time
from pathlib import Path

import pytest

from relaykeeper.relay.main_log import RelayLog
from shared.errors import PermanentError

ID = "1tHxyz-000000012AB-3CdE"


def line(event: str) -> str:
    return f"2026-11-30 03:14:56 {ID} {event}\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "mainlog"
    file.write_text(line("** of a message before") + "\xff")
    return file


def append(log: Path, text: str) -> None:
    with log.open("a") as opened:
        opened.write(text)


def test_the_end_is_what_was_logged_since(log: Path) -> None:
    with RelayLog(log) as opened:
        append(log, "\n" + line("=> someone@example.org R=smarthost") + line("Completed"))
        assert opened.wait_for_end(ID).reason == "MessageDelivered"


def test_an_end_that_comes_later_is_waited_for(log: Path) -> None:
    with RelayLog(log) as opened:
        append(log, "\n" + line("<= payroll@example.net"))
        later = threading.Timer(0.2, append, [log, line("** someone@example.org: no such user")])
        later.start()
        assert opened.wait_for_end(ID, patience=10).reason == "MessageBounced"
        later.join()


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "MessageNotInLog"), ("\n" + line("<= a@example.net") + line("** x")[:-1], "MessageInQueue")],
)
def test_after_a_while_what_is_there_is_taken(log: Path, text: str, reason: str) -> None:
    with RelayLog(log) as opened:
        append(log, text)
        began = time.monotonic()
        assert opened.wait_for_end(ID, patience=0.1).reason == reason
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("name", ["", "missing"], ids=["a folder", "no file"])
def test_a_log_that_cannot_be_read_is_refused_before_a_message_is_sent(tmp_path: Path, name: str) -> None:
    with pytest.raises(PermanentError, match="cannot read the relay's log"):
        RelayLog(tmp_path / name)
