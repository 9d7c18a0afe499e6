"""A probe client's password is known by its mark: without it nobody replaces it, and nobody logs in with it."""

from datetime import timedelta
from hashlib import sha256

import pytest

from shared.domain.clients.stored_password import is_for_probe
from shared.workflows.plan import plan
from tests.workflows.client_world import CLIENTS, SECRET, ClientWorld, client_world
from tests.workflows.test_http_clients import shown
from tests.workflows.test_observe_clients import BY_CSI, list_objects, secrets
from tests.workflows.test_watch import run_watch
from tests.workflows.test_watch_clients import alerted, by_csi, firing, fresh, mount
from tests.workflows.world import FIRST, A, B

MARK = {"relaykeeper-use": "probe"}
IN_USE = "a-password-that-a-service-has-01"


@pytest.fixture
def settled() -> ClientWorld:
    world = client_world()
    world.tick()
    assert world.client_journal().made is not None
    return world


def test_what_we_make_for_a_probe_client_is_marked_and_nothing_else_is(settled: ClientWorld) -> None:
    assert settled.passwords("probe")
    assert all(is_for_probe(each.tags) for each in settled.passwords("probe"))
    assert not [each for name in ("pcol", "jobs") for each in settled.passwords(name) if is_for_probe(each.tags)]


def test_a_client_in_use_stays_as_it_is_though_its_journal_and_its_file_are_lost(settled: ClientWorld) -> None:
    settled.state.clients.content.clear()
    for cluster in (A, B):
        del settled.clusters.secrets[cluster, "mailrelay", SECRET]
    settled.change_clients({name: CLIENTS[name] for name in ("pcol", "jobs")}, {"probe_client": "pcol"})
    settled.prober.logged_in.clear()

    settled.tick()
    run_watch(settled, times=2)

    assert len(settled.passwords()) == 1
    assert "pcol" not in settled.client_files(A)
    assert [login for login in settled.prober.logged_in if login.user == "pcol"] == []
    assert "is not marked as a probe client's: it may be in use" in (settled.client_state(FIRST).error or "")
    assert shown(settled)["places"][0]["reason"] == "ProbeNotMarked"


def driven(mode: str = "observe") -> ClientWorld:
    """Return a world in which a driver brings the files, and the relay names as probe client one that is in use."""
    world = by_csi({"pcol": {"mode": mode}})
    relay = world.inventory.relays["dev"].model_copy(update={"probe_client": "pcol"})
    world.inventory = world.inventory.model_copy(update={"relays": {"dev": relay}})
    for cluster in (A, B):
        for pod in ("mailrelay-0", "mailrelay-1"):
            world.prober.users[cluster, pod] = {"pcol": world.passwords()[-1].value}
    return world


@pytest.mark.parametrize("mode", ["observe", "manage"])
def test_a_client_in_use_is_not_logged_in_as_a_probe_client_until_a_person_marks_it(mode: str) -> None:
    world = driven(mode)
    world.tick()
    run_watch(world, times=3)

    assert world.prober.logged_in == []
    message = fresh(world, "ClientPasswordUnsound")[0].message
    assert "Name another client, with a new user and a new secret; or, if nobody uses it, mark it" in message
    version = world.passwords()[-1].version
    assert f"secrets/pcol/{version} --tags relaykeeper-use=probe` (this replaces its other tags)" in message
    assert shown(world)["places"][0]["reason"] == "ProbeNotMarked"
    if mode == "observe":
        assert "ProbeNotMarked" in {each.reason for client in plan(world.ports).clients for each in client.would_do}

    world.vault.tag("dev", "pcol", MARK)
    world.tick()
    run_watch(world, times=2)
    assert world.prober.logged_in
    assert {login.user for login in world.prober.logged_in} == {"pcol"}
    assert firing(world) == set()


def test_where_a_driver_brings_the_files_the_password_that_we_make_for_the_probe_client_is_marked() -> None:
    world = client_world({"probe": CLIENTS["probe"]}, {**BY_CSI, "probe_client": "probe"})
    world.tick()
    [made] = world.passwords("probe")
    assert made.tags == {"managed-by": "relaykeeper", "relaykeeper-client": "probe", **MARK}
    for cluster in (A, B):
        list_objects(world, cluster, *secrets("probe"))
        mount(world, cluster)
        for pod in ("mailrelay-0", "mailrelay-1"):
            world.prober.users[cluster, pod] = {"relay-probe": made.value}
    world.tick()
    found = world.client_state(FIRST, "probe").accepted
    assert found is not None
    assert found.reason == "AcceptedByLogin"


def test_a_probe_client_whose_version_lost_its_mark_logs_in_nowhere(settled: ClientWorld) -> None:
    for each in list(settled.passwords("probe")):
        settled.vault.tag("dev", "probe", {}, each.version)
    settled.prober.logged_in.clear()
    run_watch(alerted(settled), times=3)
    assert settled.prober.logged_in == []
    assert "WatchBlind" in firing(settled)
    settled.tick()
    assert "not marked" in (settled.client_state(FIRST, "probe").error or "")


def test_no_relay_gets_a_probe_client_s_password_as_that_of_another_client(settled: ClientWorld) -> None:
    before = settled.versions_in_file(A)
    settled.vault.store("dev", "pcol", IN_USE, tags=MARK)
    settled.tick()
    assert settled.versions_in_file(A) == before
    assert "is marked as a probe client's" in (settled.client_state(FIRST).error or "")
    assert shown(settled)["places"][0]["reason"] == "MarkedForProbe"

    newest = settled.vault.store("dev", "pcol", IN_USE)
    settled.tick()
    assert settled.versions_in_file(A) == (newest.version, *before)
    assert settled.client_files(A)["pcol"].startswith(sha256(IN_USE.encode()).hexdigest().encode())
    assert settled.client_state(FIRST).error is None


def test_a_client_is_not_on_boarded_with_a_password_of_ours_that_somebody_marked() -> None:
    world = client_world({"pcol": CLIENTS["pcol"]}, {"probe_client": None, "window": "Sat 01:00-02:00 UTC"})
    world.tick()
    assert world.client_journal().may_log_in(world.passwords()[0].version)
    world.vault.tag("dev", "pcol", MARK)
    world.clock.advance(timedelta(days=5, hours=13, minutes=30))
    world.tick()
    assert (world.client_files(A), world.prober.logged_in) == ({}, [])
    assert "is marked as a probe client's" in (world.client_state(FIRST).error or "")
    world.vault.tag("dev", "pcol", {})
    world.tick()
    assert "pcol" in world.client_files(A)
