"""A person asks that a client be brought to accepted now: it is followed to its end, in that person's name."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.object_ref import ALL, ObjectRef, client_ref
from shared.domain.requests import Request, RequestState
from shared.errors import NotAllowed, NotFound, PermanentError
from shared.workflows.certificate_requests import get_status
from shared.workflows.fulfil_deliveries import submit_for_client
from shared.workflows.pauses import pause
from shared.workflows.watch import ALERTS
from tests.fakes.inventory import Fields
from tests.workflows.asked_requests import ANNA
from tests.workflows.client_world import CLIENTS, SECRET, ClientWorld, client_world
from tests.workflows.kills import Countdown, Moment, live_on
from tests.workflows.world import FIRST, A, B

OTHERS = {name: fields for name, fields in CLIENTS.items() if name != "pcol"}

DELIVERY = Request(kind="delivery", target=client_ref("pcol"), trigger=ANNA)


@pytest.fixture
def world() -> ClientWorld:
    """The certificate is served, the probe client and another client are accepted; pcol is new."""
    found = client_world(OTHERS)
    found.tick()
    found.change_clients(CLIENTS)
    return found


def asked(world: ClientWorld, request: Request = DELIVERY) -> Request:
    return submit_for_client(request, world.ports)


def status(world: ClientWorld, request: Request) -> tuple[RequestState, str]:
    found, state = get_status(request.id, world.ports)
    return state, found.message


def test_it_ends_as_done_once_every_place_accepts_the_client(world: ClientWorld) -> None:
    request = asked(world)
    assert status(world, request) == ("queued", "It waits in the queue for a worker.")
    world.work_off()

    state, message = status(world, request)
    assert state == "done"
    proof = r"accepted by every replica, of which there are 2, since 2026-11-22 12:.. UTC"
    assert re.fullmatch(rf"dev@{A}: {proof}; dev@{B}: {proof}", re.sub(r":\d\d UTC", " UTC", message))


def test_what_is_accepted_already_is_done_at_once_and_nothing_is_written(world: ClientWorld) -> None:
    asked(world)
    world.work_off()
    files, passwords = world.client_files(A), world.passwords()
    again = asked(world)
    world.work_off(timedelta(0))

    assert status(world, again)[0] == "done"
    assert (world.client_files(A), world.passwords()) == (files, passwords)


def test_what_is_done_for_it_is_in_the_history_in_the_name_of_who_asked(world: ClientWorld) -> None:
    request = asked(world)
    world.work_off()

    ours = [record for record in world.history.records if record.target == "client/pcol"]
    assert {record.actor for record in ours} == {ANNA.actor}
    assert {"request", "password", "secret", "accepted"} <= {record.event for record in ours}
    assert ours[-1].outcome.startswith(f"delivery done: {request.id}: dev@{A}: accepted by")


def test_it_does_not_wait_for_the_next_attempt(world: ClientWorld) -> None:
    world.clusters.unreachable.add(A)
    world.vault.faults.before("make_password", PermanentError("a role is missing"))
    world.handle_client()
    world.clusters.unreachable.clear()
    journal = world.client_journal()
    later = journal.with_attempt(replace(journal.attempt, next_attempt=world.clock.now() + timedelta(hours=2)))
    world.state.clients.content["pcol"] = later
    request = asked(world)
    world.work_off()

    assert status(world, request)[0] == "done"


def test_it_is_followed_while_the_probe_client_is_on_its_way(world: ClientWorld) -> None:
    request = asked(world)
    world.work_off(timedelta(0))

    state, message = status(world, request)
    assert state == "delivering"
    assert "the probe client has not yet proven" in message


def test_a_failure_ends_it_in_the_words_of_who_refused(world: ClientWorld) -> None:
    world.vault.faults.before("make_password", PermanentError("the vault refused: a role is missing"))
    request = asked(world)
    world.work_off(timedelta(seconds=30))

    assert status(world, request) == ("failed", "the vault refused: a role is missing")


def test_a_file_that_is_not_ours_to_write_ends_it_as_failed_and_says_where(world: ClientWorld) -> None:
    for cluster in (A, B):
        world.clusters.apply_as("kustomize-controller", cluster, "mailrelay", SECRET, {"pcol": b"x\n"})
    request = asked(world)
    world.work_off()

    state, message = status(world, request)
    assert state == "failed"
    assert message.startswith(f"dev@{A}: a file pcol is there that was not written for this client")


def test_a_window_holds_it(world: ClientWorld) -> None:
    world.change_clients(CLIENTS, {"window": "01:00-02:00 UTC"})
    request = asked(world)
    world.work_off()

    state, message = status(world, request)
    assert state == "held"
    assert f"dev@{A}: " in message
    assert "held until 2026-11-23 01:00 UTC (window 01:00-02:00 UTC)" in message


def test_a_second_request_joins_the_one_under_way(world: ClientWorld) -> None:
    assert asked(world).id == asked(world).id


@pytest.mark.parametrize("scope", [ALL, ObjectRef("client", "pcol")], ids=str)
def test_it_is_refused_while_the_client_is_paused(world: ClientWorld, scope: ObjectRef) -> None:
    pause(scope, world.clock.now() + timedelta(hours=1), replace(ANNA, reason="incident 7"), world.ports)
    with pytest.raises(NotAllowed, match=r"pcol: paused by anna@example.net: incident 7, until .* End the pause first"):
        asked(world)


def test_a_pause_that_comes_later_holds_it(world: ClientWorld) -> None:
    request = asked(world)
    pause(ALL, world.clock.now() + timedelta(hours=1), replace(ANNA, reason="incident 7"), world.ports)
    world.work_off(timedelta(0))

    assert status(world, request) == ("held", "paused by anna@example.net: incident 7")
    assert world.passwords() == []


def test_it_is_refused_of_a_client_that_is_only_observed(world: ClientWorld) -> None:
    world.change_clients({**CLIENTS, "pcol": {}})
    with pytest.raises(NotAllowed, match=r"pcol is only observed: nothing of it is changed. Set mode: manage"):
        asked(world)


def test_it_is_refused_of_a_client_that_the_inventory_does_not_have(world: ClientWorld) -> None:
    with pytest.raises(NotFound, match="Did you mean pcol"):
        asked(world, replace(DELIVERY, target=client_ref("pcoll")))


def lose_clients(world: ClientWorld) -> None:
    """Let the last watch have known clients that the inventory does not have."""
    world.knows_clients("pcol", "jobs", "probe", "gone-1", "gone-2")


def test_it_is_refused_while_the_loss_of_clients_is_not_confirmed(world: ClientWorld) -> None:
    lose_clients(world)
    with pytest.raises(NotAllowed, match="the inventory lost 2 clients at once: gone-1, gone-2"):
        asked(world)


def test_a_loss_of_clients_that_comes_later_holds_it(world: ClientWorld) -> None:
    request = asked(world)
    lose_clients(world)
    world.work_off(timedelta(0))

    state, message = status(world, request)
    assert state == "held"
    assert message.startswith("the inventory lost 2 clients at once: gone-1, gone-2")
    assert world.passwords() == []
    assert world.state.watch.read(ALERTS).status.clients.keys() >= {"gone-1", "gone-2"}


@pytest.mark.parametrize(
    ("left", "why"), [({}, "is no longer in the inventory"), ({"pcol": {}}, "is only observed now")]
)
def test_a_client_that_leaves_our_hands_ends_it_as_failed(
    world: ClientWorld, left: Mapping[str, Fields], why: str
) -> None:
    request = asked(world)
    world.change_clients({**OTHERS, **left})
    world.work_off()

    assert status(world, request) == ("failed", f"pcol {why}.")


def test_a_request_whose_message_was_lost_is_asked_for_again_by_the_next_tick(world: ClientWorld) -> None:
    request = asked(world)
    world.queue.sent.clear()
    world.tick()

    assert status(world, request)[0] == "done"


def test_while_another_worker_has_the_client_it_waits_and_is_done_then(world: ClientWorld) -> None:
    request = asked(world)
    world.state.clients.take("pcol")
    world.work_off(timedelta(0))
    assert status(world, request)[0] == "queued"
    world.work_off()

    assert status(world, request)[0] == "done"


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 13))
def test_a_worker_killed_anywhere_does_it_once(world: ClientWorld, number: int, moment: Moment) -> None:
    request = asked(world)
    countdown = Countdown("write", number, moment)
    journals: list[Any] = [world.state.clients, world.state.requests]
    for each in journals:
        each.faults = countdown

    for _ in range(3):
        live_on(world)

    assert countdown.struck
    state, message = status(world, request)
    assert state == "done" or "the probe client has not yet proven" in message  # its message was lost with the worker
    assert len(world.passwords()) == 1
    assert world.client_state(FIRST).accepted is not None
