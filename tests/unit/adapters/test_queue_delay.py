"""Delays as Storage counts them."""

from datetime import timedelta

import pytest

from shared.adapters.storage.queue import visibility_timeout

WEEK = 7 * 86_400


@pytest.mark.parametrize(
    ("delay", "counted"),
    [
        (timedelta(0), 0),
        (timedelta(milliseconds=1), 1),
        (timedelta(seconds=5), 5),
        (timedelta(seconds=5, microseconds=1), 6),
        (timedelta(seconds=-3), 0),
        (timedelta(days=7), WEEK - 1),
        (timedelta(days=400), WEEK - 1),
    ],
)
def test_a_delay_is_rounded_up_and_ends_before_the_message_does(delay: timedelta, counted: int) -> None:
    assert visibility_timeout(delay) == counted
