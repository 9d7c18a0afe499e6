"""A client's own password is used once at each replica, also where a worker is killed in a login with it."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.clients.login import PLAIN_AT_ONCE
from shared.domain.clients.login_journal import LoginJournal, LoginRecord
from shared.domain.object_ref import Version
from tests.workflows.client_world import CLIENTS, ClientWorld, client_world
from tests.workflows.kills import Countdown, Moment, live_on
from tests.workflows.test_on_board import own_logins
from tests.workflows.test_probe_mark import settled
from tests.workflows.test_watch import run_watch
from tests.workflows.test_watch_clients import alerted
from tests.workflows.world import FIRST, A

__all__ = ["settled"]


def unproven(*, relay_has_probe: bool) -> ClientWorld:
    """Return a world with certificates, and one new client."""
    world = client_world({}, {"probe_client": None})
    world.tick()
    probe = {"probe": CLIENTS["probe"]} if relay_has_probe else {}
    world.change_clients({"pcol": CLIENTS["pcol"], **probe}, {"probe_client": "probe" if relay_has_probe else None})
    return world


@pytest.mark.parametrize("moment", ["before", "after"])
def test_where_nothing_else_proves_it_a_lost_answer_is_an_error_that_says_what_to_do(moment: Moment) -> None:
    world = unproven(relay_has_probe=False)
    prober: Any = world.prober
    prober.faults = Countdown("log_in", 1, moment)
    for _ in range(3):
        live_on(world)

    assert len(own_logins(world)) == (2 if moment == "after" else 0)
    error = world.client_state(FIRST).error or ""
    assert f"{A}/mailrelay-0 and {A}/mailrelay-1 with version {world.passwords()[0].version[:8]}" in error
    assert "used once at each replica, so it is not asked again" in error
    assert "Let relay dev have a probe_client" in error

    world.change_clients({"pcol": CLIENTS["pcol"], "probe": CLIENTS["probe"]})
    world.tick()
    found = world.client_state(FIRST).accepted
    assert found is not None
    assert found.reason == "AcceptedByProbe"
    assert len([pod for pod in own_logins(world) if pod.startswith(A)]) == (2 if moment == "after" else 0)


def test_the_logins_of_the_probe_client_hide_none_of_a_client_s_own() -> None:
    journal, version, now = LoginJournal(), Version("1" * 32), client_world().clock.now()
    journal = journal.with_own_login("a/pod", "pcol", version, now)
    way = f"587 {PLAIN_AT_ONCE}"
    journal = journal.with_login("a/pod", now).with_record(
        "a/pod", way, LoginRecord(now, Version("2" * 32), "Accepted", "235")
    )
    assert not journal.may_ask("a/pod", "pcol", version)
    record = LoginRecord(now, version, "Refused", "535")
    journal = journal.with_own_record("a/pod", "pcol", way, record, "Refused")
    assert not journal.may_ask("a/pod", "pcol", version)
    assert journal.may_ask("a/pod", "pcol", Version("3" * 32))
    assert journal.may_ask("a/pod", "jobs", version)
    assert journal.replicas["a/pod"].by_way[way].reason == "Accepted"


def test_own_logins_are_forgotten_once_the_password_is_handed_out_and_not_before(settled: ClientWorld) -> None:
    assert all(each.own for each in settled.logins.replicas.values())
    run_watch(alerted(settled))
    assert not any(each.own for each in settled.logins.replicas.values())

    world = client_world(relay={"settle": 3600})
    world.tick(timedelta(minutes=30))
    run_watch(alerted(world))
    kept = [name for name, each in world.logins.replicas.items() if "pcol" in each.own]
    assert sorted(kept) == [f"{A}/mailrelay-0", f"{A}/mailrelay-1"]
