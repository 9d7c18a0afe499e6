"""The text of a message."""

import json

import pytest

from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.errors import PermanentError, TransientError
from shared.messages import read_message, write_message


def test_a_message_survives_the_way() -> None:
    message = Message(certificate_ref("mail-example-net"), "tick ä", cause="the pause of all was over")

    assert read_message(write_message(message)) == message
    assert json.loads(write_message(message)) == {
        "target": "certificate/mail-example-net",
        "correlation": "tick ä",
        "request": None,
        "cause": "the pause of all was over",
        "schema": 1,
    }


def test_a_release_that_knew_no_requests_is_understood() -> None:
    assert read_message('{"target": "certificate/a", "correlation": "b"}') == Message(certificate_ref("a"), "b", None)


def test_what_a_later_release_adds_is_passed_over() -> None:
    assert read_message('{"target": "certificate/a", "correlation": "b", "later": "c"}') == Message(
        certificate_ref("a"), "b"
    )


def test_a_newer_schema_is_left_to_the_next_tick_in_words() -> None:
    why = "written by a newer release: schema 2; this release reads 1. It is dropped, and the next tick sends another"
    with pytest.raises(TransientError, match=why):
        read_message('{"schema": 2, "target": "certificate/a"}')


def test_an_older_schema_is_refused_in_words() -> None:
    with pytest.raises(PermanentError, match="written by an older release: schema 0; this release reads 1"):
        read_message('{"schema": 0, "target": "certificate/a", "correlation": "b"}')


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "hello",
        "[]",
        "{}",
        '{"target": 1, "correlation": "b"}',
        '{"target": "planet/mars", "correlation": "b"}',
        b"\xff\xfe",
    ],
)
def test_junk_is_refused_with_the_way_to_say_it_right(junk: str | bytes) -> None:
    with pytest.raises(PermanentError, match="To have a certificate checked, send"):
        read_message(junk)
