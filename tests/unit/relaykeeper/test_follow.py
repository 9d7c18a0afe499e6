"""A request is followed to its end: gently, through outages, and not for ever."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest

from relaykeeper.app.api import Answer, Api, Busy
from relaykeeper.changing.follow import Follower, SeenRequest
from relaykeeper.failures import AppRefused, NotAllowedFailure, NotReached, TimeIsOver
from tests.fakes.command_clock import CommandClock

ID = "20261122T120000Z-0123abcd"

type Step = tuple[str, str] | Exception | bytes


def document(state: str = "queued", message: str = "", **others: Any) -> bytes:
    shown = {
        "id": ID,
        "kind": "renewal",
        "target": "certificate/mail",
        "state": state,
        "message": message,
        "reason": "why",
        "by": {"kind": "person", "id": "1", "name": "Ada"},
        "at": "2026-11-22T12:00:00Z",
        "ended": None,
        "force": False,
        "ignore_backoff": False,
        "version": None,
        "correlation": "c",
        **others,
    }
    return json.dumps(shown).encode()


def answer(body: bytes) -> Answer:
    return Answer("cannot ask the app", body, "")


class Story:
    """An app that shows a request as the steps say, the last of them for ever."""

    def __init__(self, *steps: Step) -> None:
        self.clock = CommandClock()
        self.lines: list[tuple[str, bool]] = []
        self.follower = Follower(cast("Api", self), lambda line, ended: self.lines.append((line, ended)), self.clock)
        self._steps = self.told(steps)

    @staticmethod
    def told(steps: Sequence[Step]) -> Iterator[Step]:
        yield from steps
        while True:
            yield steps[-1]

    def get(self, path: str) -> Answer:
        assert path == f"requests/{ID}"
        match next(self._steps):
            case Exception() as failure:
                raise failure
            case bytes() as body:
                return answer(body)
            case (state, message):
                return answer(document(state, message))

    def follow(self, seconds: float = 1800) -> None:
        self.follower.add(SeenRequest.of(answer(document())))
        self.follower.follow(seconds)


def test_each_change_of_state_or_message_is_one_line() -> None:
    story = Story(("queued", ""), ("issuing", "a"), ("issuing", "a"), ("issuing", "b"), ("done", "served"))
    story.follow()
    assert story.lines == [
        ("2026-11-22 12:00:00Z certificate/mail queued", False),
        ("2026-11-22 12:00:02Z certificate/mail issuing: a", False),
        ("2026-11-22 12:00:08Z certificate/mail issuing: b", False),
        ("2026-11-22 12:00:13Z certificate/mail done: served", True),
    ]


def test_a_look_that_is_due_later_is_no_news() -> None:
    looks = [("delivering", f"not yet; the next look is due at 2026-11-22 12:0{n}:10 UTC") for n in (1, 2, 3)]
    story = Story(*looks, ("done", ""))
    story.follow()
    assert [line.partition(" certificate/mail ")[2] for line, _ in story.lines] == [
        "queued",
        "delivering: not yet; the next look is due at 2026-11-22 12:01:10 UTC",
        "done",
    ]


def test_it_asks_each_second_first_and_each_five_seconds_later() -> None:
    story = Story(*[("issuing", "")] * 9, ("done", ""))
    story.follow()
    assert story.clock.pauses == [1, 1.5, 2.25, 3.375, 5, 5, 5, 5, 5, 5]


def test_a_wait_that_the_app_asks_for_is_kept() -> None:
    story = Story(Busy("the app is busy", 42), ("done", ""))
    story.follow()
    assert story.clock.pauses == [1, 42]


@pytest.mark.parametrize(
    "failure",
    [
        NotReached("connection refused"),
        Busy("503", 0),
        AppRefused("status 502"),
        b"<html>",
        document(id="20261122T120000Z-ffffffff"),
        document(target="certificate/$(reboot)"),
        document("imagined"),
    ],
    ids=["refused", "busy", "bad gateway", "no json", "another", "hostile target", "unknown state"],
)
def test_a_short_outage_is_said_once_and_ends_nothing(failure: Step, capsys: pytest.CaptureFixture[str]) -> None:
    story = Story(failure, failure, failure, ("done", ""))
    story.follow()
    first, last = capsys.readouterr().err.splitlines()
    assert first.endswith("; it is asked again")
    assert last == "the app answers again"
    assert [ended for _, ended in story.lines] == [False, True]


def test_an_outage_that_lasts_ends_it_with_what_stood_in_the_way() -> None:
    story = Story(("issuing", ""), NotReached("connection refused"))
    with pytest.raises(NotReached, match="connection refused"):
        story.follow()
    assert 300 <= story.clock.seconds() <= 310


def test_without_a_role_it_ends_at_once() -> None:
    story = Story(NotAllowedFailure("the token is over"))
    with pytest.raises(NotAllowedFailure):
        story.follow()
    assert len(story.clock.pauses) == 1


@pytest.mark.parametrize("failure", [("held", "a window"), Busy("503", 10_000)], ids=["held", "busy"])
def test_when_the_time_is_over_it_says_what_was_seen_last(failure: Step) -> None:
    story = Story(("held", "a window"), failure)
    with pytest.raises(TimeIsOver, match=r"after 60s this has not ended: certificate/mail is held$"):
        story.follow(60)
    assert story.clock.seconds() == 60


def test_what_the_app_says_stays_on_one_line_and_controls_no_terminal() -> None:
    story = Story(("failed", "no\x1b[2J\n2026-11-22 certificate/other done\u202e"))
    story.follow()
    [_, (line, _)] = story.lines
    assert line.isprintable()


def test_a_failed_one_is_known() -> None:
    story = Story(("failed", "no"))
    story.follow()
    assert [each.view.id for each in story.follower.failed] == [ID]
