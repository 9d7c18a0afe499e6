"""Who may edit the clients' Secret, or recover a secret, makes us neither show a password nor use one in use."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from shared.domain.clients.stored_password import StoredPassword
from shared.domain.object_ref import Version
from shared.inventory import SecretReference
from shared.workflows.expected_server import RelaySystems
from shared.workflows.logins import server_of
from shared.workflows.place_to_examine import find_place
from tests.fakes.inventory import Fields
from tests.fakes.kubernetes import Replica
from tests.workflows.client_world import CLIENTS, SECRET, ClientWorld, client_world
from tests.workflows.test_client_files import PLAIN, annotate, every_replica_takes, settled
from tests.workflows.test_on_board import OLD, line_of, own_logins
from tests.workflows.test_probe_mark import MARK
from tests.workflows.test_watch import run_watch
from tests.workflows.world import FIRST, A, B

__all__ = ["settled"]

PROVES_NOTHING: Fields = {"probe_client": None}


@pytest.mark.parametrize(
    ("relay", "claimed"),
    [(PROVES_NOTHING, "password"), ({**PLAIN, **PROVES_NOTHING}, "sha256")],
    ids=["plain", "digest"],
)
def test_an_annotation_does_not_change_what_the_lines_of_a_file_are(relay: Mapping[str, object], claimed: str) -> None:
    world = client_world(relay=dict(relay))
    if claimed == "sha256":
        every_replica_takes(world, "password")
    world.tick()
    before = world.client_files(A)["pcol"]
    annotate(world, content=claimed)
    world.vault.store("dev", "pcol", OLD)
    world.tick()
    assert world.client_files(A)["pcol"] == before
    assert "cannot be shown to have such lines" in (world.client_state(FIRST).error or "")


def test_a_file_that_is_gone_is_made_as_the_inventory_wants_it_whatever_its_annotation_says() -> None:
    world = client_world(relay=PROVES_NOTHING)
    world.tick()
    annotate(world, content="password")
    held = world.clusters.secrets[A, "mailrelay", SECRET]
    del held.data["pcol"], held.owners["pcol"]
    world.tick()
    assert world.passwords()[0].value.encode() not in world.client_files(A).get("pcol", b"")


@pytest.mark.parametrize("manager", ["kubectl-edit", None])
def test_a_probe_client_with_another_user_name_writes_over_no_file_of_that_name(
    settled: ClientWorld, manager: str | None
) -> None:
    held = settled.clusters.secrets[A, "mailrelay", SECRET]
    held.update(manager or "", {"billing": line_of(OLD)})
    if manager is None:
        del held.owners["billing"]
    settled.change_clients({**CLIENTS, "probe": {"mode": "manage", "user": "billing"}})
    settled.tick()
    assert settled.client_files(A)["billing"] == line_of(OLD)
    assert "it has one that may be in use" in (settled.client_state(FIRST, "probe").error or "")


def test_a_password_of_ours_that_somebody_recovered_is_not_used_for_a_login() -> None:
    world = client_world()
    world.vault.store("dev", "pcol", OLD, tags={"managed-by": "relaykeeper", "relaykeeper-client": "pcol"})
    world.vault.delete("dev", "pcol")
    world.clock.advance(timedelta(days=3))
    world.tick()
    world.vault.recover("dev", "pcol")
    world.tick()
    assert world.client_files(B)["pcol"] == line_of(OLD)
    assert own_logins(world) == []


def test_without_a_probe_client_replicas_that_lack_the_file_get_no_login_with_a_client_s_own_password() -> None:
    world = client_world({"pcol": CLIENTS["pcol"]}, PROVES_NOTHING)
    world.tick(timedelta(hours=2))
    assert sorted(own_logins(world)) == [f"{cluster}/mailrelay-{number}" for cluster in (A, B) for number in (0, 1)]


@pytest.mark.parametrize("change", ["another replica", "the Secret is deleted"])
def test_a_replica_is_not_asked_again_though_the_login_journal_is_lost(change: str) -> None:
    world = client_world({"pcol": CLIENTS["pcol"]}, {**PROVES_NOTHING, "settle": 36_000})
    world.tick(timedelta(hours=2))
    asked = own_logins(world)
    assert len(asked) == 2
    world.state.logins.content.clear()
    if change == "another replica":
        world.running(A).pods.append(Replica(A, "mailrelay-2", "10.0.9.9", world.clock.now()))
    else:
        del world.clusters.secrets[A, "mailrelay", SECRET]
    world.tick(timedelta(hours=2))
    again = [f"{A}/mailrelay-2"] if change == "another replica" else []
    assert own_logins(world) == [*asked, *again]
    assert "pcol" in world.client_files(A)


def test_a_mark_makes_no_probe_client_of_one_whose_file_is_an_ordinary_one(settled: ClientWorld) -> None:
    asked, before = own_logins(settled), settled.client_files(A)["pcol"]
    settled.change_clients(CLIENTS, {"probe_client": "pcol"})
    settled.vault.tag("dev", "pcol", MARK)
    settled.tick()
    run_watch(settled, times=3)
    found = find_place(
        settled.places[0],
        server_of(settled.places[0], settled.ports),
        RelaySystems.of(settled.ports),
        as_probe_client=True,
    )
    assert found.client is None
    assert "is no probe client's" in str(found.checks)
    assert own_logins(settled) == asked
    assert settled.client_files(A)["pcol"] == before


def test_a_version_that_is_marked_after_the_last_look_is_not_written(
    settled: ClientWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = settled.client_files(A)["pcol"]
    settled.vault.store("dev", "pcol", OLD)
    read, looks = settled.vault.password, list[SecretReference]()

    def password(ref: SecretReference, version: Version | None = None) -> StoredPassword | None:
        if (ref.name, version) == ("pcol", None):
            looks.append(ref)
            if len(looks) == LOOKS_BEFORE_WRITING + 1:
                settled.vault.tag("dev", "pcol", MARK)
        return read(ref, version)

    monkeypatch.setattr(settled.vault, "password", password)
    settled.handle_client()
    assert len(looks) > LOOKS_BEFORE_WRITING
    assert settled.client_files(A)["pcol"] == before
    assert "is marked as a probe client's" in (settled.client_state(FIRST).error or "")


LOOKS_BEFORE_WRITING = 3
"""How often the newest password is read before it is read to be written: before the lease, under it, at the place."""
