"""A worker killed anywhere while it works on a request: the request is done once all the same."""

from typing import Any

import pytest

from shared.domain.object_ref import certificate_ref
from shared.domain.requests import Request, RequestKind
from shared.workflows.certificate_requests import get_status, submit_for_certificate
from tests.fakes.inventory import NAME
from tests.workflows.asked_requests import ANNA
from tests.workflows.kills import Countdown, Moment, live_on
from tests.workflows.world import World, new_world


def kill_at(world: World, number: int, moment: Moment) -> Countdown:
    """Plan the kill at a write of a journal or a request."""
    countdown = Countdown("write", number, moment)
    journals: list[Any] = [world.state.certificates, world.state.requests]
    for each in journals:
        each.faults = countdown
    return countdown


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 16))
@pytest.mark.parametrize("kind", ["renewal", "rollback"])
def test_it_is_done_once(kind: RequestKind, number: int, moment: Moment) -> None:
    world = new_world()
    world.tick()
    if kind == "rollback":
        submit_for_certificate(Request(target=certificate_ref(NAME), trigger=ANNA, force=True), world.ports)
        world.work_off()
    before, versions = world.served("ss-dev-00"), len(world.versions)
    request = submit_for_certificate(
        Request(target=certificate_ref(NAME), trigger=ANNA, kind=kind, force=kind == "renewal"), world.ports
    )
    countdown = kill_at(world, number, moment)

    live_on(world)

    assert countdown.struck
    assert get_status(request.id, world.ports)[1] == "done"
    assert len(world.versions) == versions + (kind == "renewal")
    assert world.served("ss-dev-00") == world.served("ss-dev-01") != before
    world.tick()
    assert len(world.versions) == versions + (kind == "renewal")
    assert (world.journal.issuance, world.journal.forced_renewal) == (None, None)
