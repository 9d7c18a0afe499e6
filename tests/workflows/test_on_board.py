"""A client is on-boarded: its password is made, its file is written cluster by cluster, and logins prove it."""

from datetime import timedelta
from hashlib import sha256

import pytest

from shared.domain.alerting.notification import WatchJournal
from shared.domain.client_status import ClientStatus
from shared.domain.clients.login import PLAIN_AT_ONCE
from shared.domain.status import FleetStatus
from shared.workflows.lost_clients import confirm_removal
from shared.workflows.watch import ALERTS
from tests.workflows.asked_requests import ANNA
from tests.workflows.client_world import CLIENTS, SECRET, ClientWorld, client_world
from tests.workflows.world import FIRST, SECOND, A, B

OLD = "an-old-password-of-pcol-0000001"


def line_of(password: str) -> bytes:
    """Return the line of a relay's file that takes a password."""
    return f"{sha256(password.encode()).hexdigest()}\n".encode()


def own_logins(world: ClientWorld, client: str = "pcol") -> list[str]:
    """Return the pod of each login with a client's own password."""
    return [login.probe.pod for login in world.prober.logged_in if login.user == client]


@pytest.fixture
def world() -> ClientWorld:
    """A world in which nothing happened yet."""
    return client_world()


@pytest.fixture
def settled(world: ClientWorld) -> ClientWorld:
    """A world in which both clients are accepted everywhere."""
    world.tick()
    assert world.client_journal().made is not None
    return world


def accepted(world: ClientWorld, place: str, client: str = "pcol") -> tuple[str, str, int] | None:
    """Return version, reason and number of replicas of what is accepted at a place."""
    found = world.client_state(place, client).accepted
    return None if found is None else (found.version, found.reason, found.replicas)


def test_a_new_client_gets_a_password_that_every_replica_accepts(world: ClientWorld) -> None:
    world.tick()
    [made] = world.passwords()
    assert len(made.value) == 32
    assert made.value.isalnum()
    for cluster, place in ((A, FIRST), (B, SECOND)):
        assert world.client_files(cluster)["pcol"] == line_of(made.value)
        assert accepted(world, place) == (made.version, "AcceptedByLogin", 2)


def test_its_own_password_is_used_once_per_replica_and_never_again(world: ClientWorld) -> None:
    world.tick()
    pods = [f"{cluster}/mailrelay-{number}" for cluster in (A, B) for number in (0, 1)]
    assert sorted(own_logins(world)) == pods
    made = world.client_journal().made
    assert made is not None
    assert made.handed_out is not None
    for _ in range(3):
        world.tick()
    assert sorted(own_logins(world)) == pods


def test_a_second_cluster_gets_nothing_before_the_first_has_accepted_it(world: ClientWorld) -> None:
    world.tick()
    events = [(each.event, each.place) for each in world.history.records if each.target == "client/pcol" and each.place]
    assert events == [("secret", FIRST), ("accepted", FIRST), ("secret", SECOND), ("accepted", SECOND)]


def test_a_settled_client_costs_a_tick_no_write_and_no_login(settled: ClientWorld) -> None:
    records, logins = len(settled.history.records), len(settled.prober.logged_in)
    settled.tick()
    assert (len(settled.history.records), len(settled.prober.logged_in)) == (records, logins)
    assert len(settled.passwords("probe")) <= 6


def test_the_probe_client_has_a_new_password_wherever_another_file_changed(settled: ClientWorld) -> None:
    before = settled.versions_in_file(A, "probe")
    settled.change_clients({**CLIENTS, "late": {"mode": "manage"}})
    settled.tick()
    assert settled.versions_in_file(A, "probe") != before
    assert accepted(settled, FIRST, "late") == (settled.passwords("late")[0].version, "AcceptedByLogin", 2)
    assert len(own_logins(settled)) == 4


def test_in_mode_observe_nothing_is_made_written_or_tried() -> None:
    world = client_world({"pcol": {}}, {"probe_client": None})
    world.vault.store("dev", "pcol", OLD)
    world.tick()
    assert world.client_files(A) == {}
    assert world.prober.logged_in == []
    assert world.state.clients.content == {}
    assert len(world.passwords()) == 1


def test_an_existing_password_is_used_as_it_is_and_never_for_a_login(world: ClientWorld) -> None:
    stored = world.vault.store("dev", "pcol", OLD)
    world.tick()
    assert [each.version for each in world.passwords()] == [stored.version]
    assert stored.tags == {}
    assert world.client_files(B)["pcol"] == line_of(OLD)
    assert accepted(world, SECOND) == (stored.version, "AcceptedByProbe", 2)
    assert own_logins(world) == []


def test_a_relay_that_compares_passwords_gets_them_as_they_are() -> None:
    world = client_world(relay={"clients": {"secret": SECRET, "content": "password"}})
    world.vault.store("dev", "pcol", OLD)
    world.handle_client()
    assert world.client_files(A)["pcol"] == f"{OLD}\n".encode()


def test_a_password_that_somebody_disabled_is_not_replaced(world: ClientWorld) -> None:
    world.vault.store("dev", "pcol", OLD)
    world.vault.disable("dev", "pcol")
    world.tick()
    assert len(world.passwords()) == 1
    assert "disabled" in (world.client_journal().attempt.error or "")


def test_a_deleted_password_that_holds_the_name_is_named_with_its_end(world: ClientWorld) -> None:
    world.vault.store("dev", "pcol", OLD)
    world.vault.delete("dev", "pcol")
    world.tick()
    error = world.client_journal().attempt.error or ""
    assert "deleted" in error
    assert "recover" in error
    assert "pcol" not in world.client_files(A)


def test_what_a_relay_accepts_stays_beside_a_newer_password(settled: ClientWorld) -> None:
    [made] = settled.passwords()
    newer = settled.vault.store("dev", "pcol", OLD)
    settled.tick()
    assert settled.versions_in_file(A) == (newer.version, made.version)
    assert settled.client_files(A)["pcol"] == line_of(OLD) + line_of(made.value)
    assert accepted(settled, SECOND) == (newer.version, "AcceptedByProbe", 2)


def test_a_client_with_a_new_user_name_is_accepted_by_its_former_one_too(settled: ClientWorld) -> None:
    before = settled.client_files(A)["pcol"]
    settled.change_clients({**CLIENTS, "pcol": {"mode": "manage", "user": "pcol2"}})
    settled.tick()
    assert settled.client_files(A)["pcol"] == settled.client_files(A)["pcol2"] == before


def test_passwords_of_a_former_secret_stay_until_a_person_decides(settled: ClientWorld) -> None:
    before = settled.client_files(A)["pcol"]
    settled.vault.store("dev", "other", OLD)
    settled.change_clients({**CLIENTS, "pcol": {"mode": "manage", "secret": "other"}})
    settled.tick()
    assert settled.client_files(A)["pcol"] == before
    assert "the file has passwords of dev/pcol" in (settled.client_state(FIRST).error or "")


def test_a_probe_client_with_a_new_user_name_settles(settled: ClientWorld) -> None:
    settled.change_clients({**CLIENTS, "probe": {"mode": "manage", "user": "other-probe"}})
    settled.tick()
    assert set(settled.client_files(A)) == {"pcol", "jobs", "other-probe"}
    versions = len(settled.passwords("probe"))
    settled.tick()
    assert len(settled.passwords("probe")) == versions


def test_a_client_in_use_never_becomes_a_probe_client(settled: ClientWorld) -> None:
    before = settled.client_files(A)["pcol"]
    settled.change_clients(CLIENTS, {"probe_client": "pcol"})
    settled.tick()
    assert settled.client_files(A)["pcol"] == before
    assert len(settled.passwords()) == 1
    assert "may be in use" in (settled.client_state(FIRST).error or "")


def test_an_existing_password_is_not_taken_for_a_probe_client_s(world: ClientWorld) -> None:
    world.vault.store("dev", "probe", OLD)
    world.tick()
    assert len(world.passwords("probe")) == 1
    assert "may be in use" in (world.client_state(FIRST, "probe").error or "")


def test_a_line_goes_when_a_person_disables_its_version(settled: ClientWorld) -> None:
    settled.vault.disable("dev", "pcol")
    newer = settled.vault.store("dev", "pcol", OLD)
    settled.tick()
    assert settled.versions_in_file(A) == (newer.version,)


@pytest.mark.parametrize("mode", ["manage", "observe"])
def test_a_client_that_leaves_the_inventory_keeps_its_file(settled: ClientWorld, mode: str) -> None:
    before = settled.client_files(A)
    settled.change_clients({"jobs": {"mode": mode}, "probe": CLIENTS["probe"]})
    settled.tick()
    settled.handle_client()
    assert settled.client_files(A)["pcol"] == before["pcol"]
    assert len(settled.passwords()) == 1


def known(world: ClientWorld, *clients: str) -> None:
    """Let the last watch have known these clients."""
    status = FleetStatus(clients=dict.fromkeys(clients, ClientStatus()))
    world.state.watch.content[ALERTS] = WatchJournal(at=world.clock.now(), status=status)


def test_no_client_is_changed_while_an_inventory_lost_several_and_nobody_confirmed_it(world: ClientWorld) -> None:
    known(world, "pcol", "jobs", "one", "two")
    world.tick()
    assert world.client_files(A) == {}
    assert world.passwords() == []
    confirm_removal(frozenset({"one", "two"}), ANNA, world.ports)
    world.tick()
    assert accepted(world, SECOND) is not None
    [record] = [each for each in world.history.records if "confirmed" in each.outcome]
    assert (record.actor, "one, two" in record.outcome) == (ANNA.actor, True)


def test_the_loss_of_one_client_holds_nothing_up(world: ClientWorld) -> None:
    known(world, "pcol", "jobs", "one")
    world.tick()
    assert accepted(world, SECOND) is not None


def test_a_file_that_somebody_else_wrote_is_left_as_it_is_until_it_is_deleted(world: ClientWorld) -> None:
    world.tick()
    held = world.clusters.secrets[A, "mailrelay", SECRET]
    world.clusters.edit(A, "mailrelay", SECRET, {"pcol": line_of(OLD)})
    world.tick()
    assert world.client_files(A)["pcol"] == line_of(OLD)
    assert "edited" in (world.client_state(FIRST).error or "")
    del held.data["pcol"], held.owners["pcol"]
    world.tick()
    assert world.client_files(A)["pcol"] == line_of(world.passwords()[0].value)
    assert world.client_state(FIRST).error is None


def test_a_secret_of_another_manager_is_refused_with_its_name(world: ClientWorld) -> None:
    world.clusters.apply_as("kustomize-controller", A, "mailrelay", SECRET, {"pcol": b"theirs"})
    world.tick()
    assert world.client_files(A) == {"pcol": b"theirs"}
    error = world.client_state(FIRST).error or ""
    assert "pcol" in error


def test_replicas_that_never_get_the_files_stop_the_line_and_the_logins() -> None:
    world = client_world({}, {"probe_client": None})
    world.tick()
    world.running(A).deaf |= {"mailrelay-0", "mailrelay-1"}
    world.change_clients(CLIENTS, {"reload": "none"})
    world.tick(timedelta(hours=2))
    assert world.client_files(B).keys() <= {"relay-probe"}
    assert "535" in (world.client_state(FIRST, "probe").error or "")
    assert "kubectl --context ss-dev-00" in (world.client_state(FIRST, "probe").error or "")
    assert world.running(A).restarts == 0
    assert "has not yet proven" in (world.client_state(FIRST).error or "")
    assert own_logins(world) == []
    for _ in range(4):
        world.tick()
    assert world.logins.stopped is not None
    logins = len(world.prober.logged_in)
    world.tick()
    assert len(world.prober.logged_in) == logins
    assert "resume-logins" in (world.client_state(FIRST, "probe").error or "")


def test_a_relay_that_taints_one_way_is_asked_in_another(world: ClientWorld) -> None:
    for pod in ("mailrelay-0", "mailrelay-1"):
        for cluster in (A, B):
            world.prober.auth_replies[cluster, pod] = {PLAIN_AT_ONCE: "435 Unable to authenticate at this time"}
    world.tick()
    assert accepted(world, SECOND) is not None
    assert {login.way for login in world.prober.logged_in if login.user == "pcol"} != {PLAIN_AT_ONCE}


def test_a_relay_that_cannot_look_users_up_is_tried_again_later(world: ClientWorld) -> None:
    world.prober.auth_replies[A, "mailrelay-0"] = {PLAIN_AT_ONCE: "454 Temporary authentication failure"}
    world.tick()
    assert "454" in (world.client_state(FIRST, "probe").error or "")
    del world.prober.auth_replies[A, "mailrelay-0"]
    world.tick()
    assert accepted(world, SECOND) is not None


def test_no_password_goes_to_a_server_with_a_foreign_certificate(world: ClientWorld) -> None:
    world.handle_message("dev-in-mail-example-net")
    world.handle_message()
    world.work_off()
    foreign = world.newest_chain()
    world.renew_with_a_stuck_replica(A)
    assert foreign
    logins = len(world.prober.logged_in)
    world.prober.showing[A, "mailrelay-0"] = world.prober.showing[A, "mailrelay-1"] = (b"foreign",)
    world.change_clients(CLIENTS)
    world.handle_client()
    world.work_off()
    assert not [login for login in world.prober.logged_in[logins:] if login.probe.pod.startswith(A)]


@pytest.mark.parametrize(
    "relay",
    [{"window": "Sat 01:00-02:00 UTC"}, {"freeze": [{"until": "2026-12-01T00:00:00Z", "reason": "moving"}]}],
    ids=["window", "freeze"],
)
def test_a_file_waits_for_its_window_and_for_the_end_of_a_freeze(relay: dict[str, object]) -> None:
    world = client_world(relay=relay)
    world.tick()
    assert world.client_files(A) == {}
    world.clock.advance(timedelta(days=9) if "freeze" in relay else timedelta(days=5, hours=13, minutes=30))
    world.tick()
    assert "pcol" in world.client_files(A)


def test_a_second_cluster_waits_until_the_first_has_settled() -> None:
    world = client_world(relay={"settle": 3600})
    world.tick(timedelta(minutes=30))
    assert accepted(world, FIRST) is not None
    assert "pcol" not in world.client_files(B)
    world.work_off(timedelta(hours=2))
    assert accepted(world, SECOND) is not None


def test_behind_a_service_one_of_its_replicas_is_proven_and_that_is_said() -> None:
    world = client_world(relay={"service": "relay-in"})
    for number, cluster in enumerate((A, B)):
        address = world.clusters.services[cluster, "mailrelay", "relay-in"] = f"192.0.2.{number}"
        world.prober.behind[address] = [(cluster, world.places[0].relay.workload)]
    world.tick(timedelta(hours=1))
    found = world.client_state(FIRST).accepted
    assert found is not None
    assert found.one_of
    [said] = {
        each.outcome for each in world.history.records if (each.event, each.target) == ("accepted", "client/pcol")
    }
    assert said == "a login was accepted by one of 2 replicas (behind Service relay-in)"
    assert set(own_logins(world)) == {f"{A}/Service relay-in", f"{B}/Service relay-in"}


def test_a_relay_without_a_probe_client_is_proven_by_the_first_login(world: ClientWorld) -> None:
    world.change_clients({"pcol": {"mode": "manage"}}, {"probe_client": None})
    world.tick()
    assert accepted(world, SECOND) == (world.passwords()[0].version, "AcceptedByLogin", 2)
    assert len([pod for pod in own_logins(world) if pod.startswith(A)]) >= 2
