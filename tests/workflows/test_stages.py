"""Whose turn it is in a delivery, whatever is delivered."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from shared.errors import NotYet
from shared.inventory import Place
from shared.workflows.delivering.stages import deliver_in_stages
from tests.fakes.inventory import NAME, small_inventory

FIRST, SECOND = small_inventory().places(NAME)
WAIT = NotYet("it settles", timedelta(minutes=1))


def turns(outcomes: Mapping[Place, bool | NotYet]) -> list[tuple[Place, bool]]:
    """Deliver to the places of one relay, each with its outcome; return who took a turn, and who after a stop."""
    taken: list[tuple[Place, bool]] = []

    def take_turn(place: Place, stopped: bool) -> bool | NotYet:
        taken.append((place, stopped))
        return outcomes[place]

    deliver_in_stages(outcomes, take_turn)
    return taken


def test_a_later_place_is_told_that_the_line_was_stopped() -> None:
    assert turns({FIRST: False, SECOND: True}) == [(FIRST, False), (SECOND, True)]
    assert turns({FIRST: True, SECOND: True}) == [(FIRST, False), (SECOND, False)]


@pytest.mark.parametrize("later", [True, False])
def test_a_place_that_must_wait_is_waited_for_whatever_comes_after_it(later: bool) -> None:
    with pytest.raises(NotYet, match="it settles"):
        turns({FIRST: WAIT, SECOND: later})


def test_nobody_waits_behind_a_place_that_stopped_the_line() -> None:
    assert turns({FIRST: False, SECOND: WAIT}) == [(FIRST, False), (SECOND, True)]
