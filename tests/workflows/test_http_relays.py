"""Relays over HTTP: their clients, which ways of logging in they take, and logins that a person lets go on."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.clients.login import PLAIN_AT_ONCE, WAYS
from shared.domain.clients.login_journal import LoginJournal, LoginStop
from shared.errors import TransientError
from tests.workflows.client_world import ClientWorld, client_world
from tests.workflows.http import operator
from tests.workflows.test_http_description import as_described
from tests.workflows.world import FIRST, SECOND, A

STOPPED = "3 logins in a row got 535, the last at ss-dev-00/mailrelay-0 as relay-probe"

REPLICAS = ["ss-dev-00/mailrelay-0", "ss-dev-00/mailrelay-1", "ss-dev-01/mailrelay-0", "ss-dev-01/mailrelay-1"]


@pytest.fixture
def accepted() -> ClientWorld:
    world = client_world()
    world.tick()
    return world


def shown(world: ClientWorld) -> Any:
    return as_described("show_relay", operator(world).get("/api/relays/dev")).document


def stop_logins(world: ClientWorld) -> None:
    world.state.logins.content["dev"] = LoginJournal(refusals=3, stopped=LoginStop(world.clock.now(), STOPPED))


def resume(world: ClientWorld, name: str = "dev") -> Any:
    return as_described("resume_logins", operator(world).post(f"/api/relays/{name}/resume-logins", reason="repaired"))


def test_a_relay_is_shown_with_its_places_and_clients() -> None:
    found = shown(client_world())

    assert (found["name"], found["places"]) == ("dev", [FIRST, SECOND])
    assert (found["clients"], found["probe_client"]) == (["pcol", "jobs", "probe"], "probe")
    assert (found["login_interval"], found["refusals"], found["stopped"]) == (1, 0, None)
    assert (found["replicas"], found["errors"]) == ([], {})


def test_each_replica_says_which_way_took_a_login_and_when(accepted: ClientWorld) -> None:
    replicas = {each["replica"]: each for each in shown(accepted)["replicas"]}

    assert sorted(replicas) == REPLICAS
    for replica in replicas.values():
        accepted_logins = [each for each in replica["logins"] if each["reason"] == "Accepted"]
        assert accepted_logins
        for login in accepted_logins:
            assert (login["port"], login["message"]) == (25, "235 Authentication succeeded")
            assert login["way"] in map(str, WAYS)
            assert login["at"] <= replica["last"]


def test_a_way_that_a_relay_taints_is_shown_beside_the_one_that_works() -> None:
    world = client_world()
    world.prober.auth_replies[A, "mailrelay-0"] = {PLAIN_AT_ONCE: "435 Unable to authenticate at present"}
    world.tick()
    [replica] = [each for each in shown(world)["replicas"] if each["replica"] == REPLICAS[0]]
    by_way = {each["way"]: each["reason"] for each in replica["logins"]}

    assert by_way[str(PLAIN_AT_ONCE)] == "Tainted"
    assert "Accepted" in by_way.values()


def test_the_list_has_every_relay(accepted: ClientWorld) -> None:
    found = as_described("list_relays", operator(accepted).get("/api/relays")).document
    assert found == {"relays": [shown(accepted)]}


def test_an_unreadable_journal_of_logins_is_listed_under_errors(accepted: ClientWorld) -> None:
    accepted.state.logins.unreadable["dev"] = "somebody else wrote it"
    found = shown(accepted)

    assert "somebody else wrote it" in found["errors"]["logins at relay dev"]
    assert found["clients"] == ["pcol", "jobs", "probe"]


def test_stopped_logins_go_on_when_a_person_says_so() -> None:
    world = client_world({}, {"probe_client": None})
    world.tick()
    world.change_clients({"pcol": {"mode": "manage"}}, {"probe_client": None})
    stop_logins(world)
    world.tick(timedelta(minutes=5))
    assert (shown(world)["stopped"]["message"], shown(world)["refusals"]) == (STOPPED, 3)
    assert world.prober.logged_in == []

    answer = resume(world)
    assert (answer.status, answer.document["stopped"], answer.document["refusals"]) == (200, None, 0)
    assert [sent.message.cause for sent in world.queue.sent] == ["Ada Lovelace let logins at relay dev go on"]
    world.work_off()

    place = world.client_state(FIRST)
    assert place.accepted is not None
    assert place.accepted.reason == "AcceptedByLogin"


def test_who_let_them_go_on_and_why_is_in_the_history(accepted: ClientWorld) -> None:
    stop_logins(accepted)
    resume(accepted)

    record = accepted.history.records[-1]
    assert (record.event, record.target, record.reason) == ("request", "relay/dev", "repaired")
    assert record.outcome == f"logins at relay dev go on; they were stopped: {STOPPED}"
    assert record.actor.name == "Ada Lovelace"


def test_logins_that_are_not_stopped_cannot_go_on(accepted: ClientWorld) -> None:
    before = len(accepted.history.records)
    assert resume(accepted).status == 409
    assert len(accepted.history.records) == before


def test_without_a_record_they_stay_stopped(accepted: ClientWorld) -> None:
    stop_logins(accepted)
    accepted.history.faults.before("append", TransientError("storage is away"))

    assert resume(accepted).status == 503
    assert accepted.logins.stopped is not None


def test_while_a_worker_logs_in_it_is_to_be_tried_again(accepted: ClientWorld) -> None:
    stop_logins(accepted)
    accepted.state.logins.take("dev")
    assert resume(accepted).status == 503


def test_an_unknown_relay_has_near_matches(accepted: ClientWorld) -> None:
    someone = operator(accepted)
    assert as_described("show_relay", someone.get("/api/relays/dex")).document["near"] == ["dev"]
    assert resume(accepted, "dex").status == 404
