"""What a relay accepts stays in a client's file, and only a login with the newest file proves that it is there."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import chain

import pytest

from shared.domain.clients.client_file import LineContent
from shared.domain.clients.login_journal import LoginStop
from shared.workflows.observe import Look
from shared.workflows.observe_clients import observe_clients
from tests.fakes.kubernetes import Replica
from tests.workflows.client_world import CLIENTS, SECRET, ClientWorld, client_world
from tests.workflows.test_brought_files import BROUGHT, bring
from tests.workflows.test_observe_clients import BY_CSI, CLASS, list_objects, secrets
from tests.workflows.test_on_board import OLD, accepted, line_of, own_logins
from tests.workflows.world import FIRST, SECOND, A, B


@pytest.fixture
def settled() -> ClientWorld:
    """A world in which both clients are accepted everywhere."""
    world = client_world()
    world.tick()
    return world


def annotate(world: ClientWorld, **changed: object) -> None:
    """Change what the annotation of pcol's file says, as who may edit the Secret can."""
    annotations = world.clusters.secrets[A, "mailrelay", SECRET].annotations
    [key] = [each for each in annotations if each.endswith("client.pcol")]
    annotations[key] = json.dumps({**json.loads(annotations[key]), **changed})


def pcol(**fields: object) -> dict[str, dict[str, object]]:
    return {**{name: dict(each) for name, each in CLIENTS.items()}, "pcol": {"mode": "manage", **fields}}


def test_passwords_stay_when_user_and_secret_change_at_once(settled: ClientWorld) -> None:
    before = settled.client_files(A)["pcol"]
    settled.vault.store("dev", "other", OLD)
    settled.change_clients(pcol(user="pcol2", secret="other"))  # noqa: S106 its name
    settled.tick()
    assert settled.client_files(A)["pcol"] == before
    assert "the file has passwords of dev/pcol" in (settled.client_state(FIRST).error or "")


def test_the_file_of_a_former_user_stays_as_somebody_edited_it(settled: ClientWorld) -> None:
    settled.clusters.secrets[A, "mailrelay", SECRET].data["pcol"] += line_of(OLD)
    before = settled.client_files(A)["pcol"]
    settled.change_clients(pcol(user="pcol2"))
    settled.tick()
    assert settled.client_files(A)["pcol"] == before
    assert "the file pcol was edited" in (settled.client_state(FIRST).error or "")


def test_nobody_is_told_to_delete_a_file_that_nothing_writes_again(settled: ClientWorld) -> None:
    settled.clusters.secrets[A, "mailrelay", SECRET].data["pcol"] += line_of(OLD)
    settled.change_clients(pcol(mode="observe"))
    [seen] = [each for each in observe_clients(Look("full"), settled.ports) if each.client.name == "pcol"]
    steps = {str(place): each.step for place, each in seen.places.items()}
    assert "Set mode: manage for it; then" in getattr(steps[FIRST], "message", "")


def test_a_purged_secret_is_not_made_again_while_a_relay_accepts_its_password(settled: ClientWorld) -> None:
    before = settled.client_files(A)["pcol"]
    del settled.vault.secrets["dev", "pcol"]
    settled.tick()
    assert settled.passwords() == []
    assert settled.client_files(A)["pcol"] == before
    assert "may be in use" in (settled.client_journal().attempt.error or "")


@pytest.mark.parametrize("secret", [SECRET, "other-clients"])
def test_a_secret_that_is_made_again_takes_older_passwords_too(settled: ClientWorld, secret: str) -> None:
    [made] = settled.passwords()
    settled.vault.store("dev", "pcol", OLD)
    settled.tick()
    del settled.clusters.secrets[A, "mailrelay", SECRET]
    settled.change_clients(CLIENTS, {"clients": {"secret": secret}})
    settled.tick()
    held = settled.clusters.secrets[A, "mailrelay", secret]
    assert held.data["pcol"] == line_of(OLD) + line_of(made.value)


@pytest.mark.parametrize("value", ["long-enough-and-generated-01\n", "x\nlong-enough-and-generated-01"])
def test_a_password_with_a_line_break_is_not_written_as_several(value: str) -> None:
    world = client_world(relay={"clients": {"secret": SECRET, "content": "password"}})
    world.vault.store("dev", "pcol", value)
    world.tick()
    assert "pcol" not in world.client_files(A)
    assert "has a line break" in (world.client_state(FIRST).error or "")


@pytest.mark.parametrize("versions", [["../jobs"], [""], [f"{number:032x}" for number in range(300)]])
def test_an_annotation_that_names_what_is_no_version_has_nothing_read(
    settled: ClientWorld, versions: list[str]
) -> None:
    before = settled.client_files(A)["pcol"]
    annotate(settled, versions=versions)
    settled.vault.store("dev", "pcol", OLD)
    settled.tick()
    assert settled.client_files(A)["pcol"] == before
    assert "was not written for this client" in (settled.client_state(FIRST).error or "")


def test_a_probe_client_whose_journal_is_lost_proves_nothing_with_the_password_in_its_file() -> None:
    world = client_world(relay={"clusters": [A]})
    world.tick()
    before = world.versions_in_file(A, "probe")
    world.vault.store("dev", "pcol", OLD)
    del world.state.clients.content["probe"]
    world.tick()
    assert world.versions_in_file(A, "probe") != before


def test_a_replica_that_was_not_ready_is_not_said_to_accept_it_until_it_is_asked() -> None:
    world = client_world()
    world.running(A).held_up["mailrelay-1"] = "CreateContainerError"
    world.tick()
    [made] = world.passwords()
    assert accepted(world, FIRST) == (made.version, "AcceptedByLogin", 1)
    world.running(A).held_up.clear()
    world.tick()
    probed = [login.probe.pod for login in world.prober.logged_in if login.user == "relay-probe"]
    assert f"{A}/mailrelay-1" in probed
    assert accepted(world, FIRST) == (made.version, "AcceptedByLogin", 2)
    assert f"{A}/mailrelay-1" not in own_logins(world)


@pytest.mark.parametrize("why", ["no replica is left", "logins are stopped"])
def test_a_place_where_nothing_can_be_proven_is_given_up_until_the_next_tick(settled: ClientWorld, why: str) -> None:
    pods = settled.running(A).pods
    if why == "no replica is left":
        pods.clear()
    else:
        stop = LoginStop(settled.clock.now(), "3 logins in a row got 535")
        settled.state.logins.content["dev"] = replace(settled.logins, stopped=stop)
        pods.append(Replica(A, "mailrelay-2", "10.0.9.9", settled.clock.now()))
        settled.clock.advance(timedelta(minutes=1))
    settled.tick(timedelta(hours=1))
    assert "has not yet proven" in (settled.client_state(FIRST).error or "")
    assert settled.queue.sent == []


def test_a_full_secret_is_said_and_the_files_that_are_there_stay(settled: ClientWorld) -> None:
    held = settled.clusters.secrets[A, "mailrelay", SECRET]
    held.annotations["notes"] = ""
    held.annotations["notes"] = "x" * (256 * 1024 - sum(map(len, chain.from_iterable(held.annotations.items()))))
    before, written = settled.client_files(A), held.version
    settled.vault.store("dev", "pcol", OLD)
    settled.change_clients({**CLIENTS, "late": {"mode": "manage"}})
    settled.tick()
    assert (settled.client_files(A), held.version) == (before, written)
    error = settled.client_state(FIRST, "late").error or ""
    assert f"Secret mailrelay/{SECRET} in {A} is full" in error
    assert "Kubernetes takes 262,144" in error
    assert "is full" in (settled.client_state(FIRST).error or "")
    assert "late" in settled.client_files(B)


PLAIN: dict[str, object] = {"clients": {"secret": SECRET, "content": "password"}}


def every_replica_takes(world: ClientWorld, *contents: LineContent) -> None:
    world.prober.compares = {(cluster, f"mailrelay-{number}"): contents for cluster in (A, B) for number in (0, 1)}


def test_lines_change_only_once_the_probe_client_was_accepted_with_such_a_line(settled: ClientWorld) -> None:
    [made] = settled.passwords()
    settled.change_clients(CLIENTS, PLAIN)
    settled.tick(timedelta(hours=1))
    assert settled.client_files(A)["pcol"] == settled.client_files(B)["pcol"] == line_of(made.value)
    assert "each line of the file is a sha256" in (settled.client_state(FIRST).error or "")

    newer = settled.vault.store("dev", "pcol", OLD)
    settled.handle_client()
    assert settled.client_files(A)["pcol"] == line_of(OLD) + line_of(made.value)

    every_replica_takes(settled, "sha256", "password")
    settled.state.logins.content.clear()
    for _ in range(3):
        settled.tick()
    for cluster, place in ((A, FIRST), (B, SECOND)):
        assert settled.client_files(cluster)["pcol"] == f"{OLD}\n{made.value}\n".encode()
        assert accepted(settled, place) == (newer.version, "AcceptedByProbe", 2)
        assert settled.client_state(place).error is None
    assert settled.versions_in_file(A) == (newer.version, made.version)


def test_lines_change_back_to_digests_in_the_same_way() -> None:
    world = client_world(relay=PLAIN)
    every_replica_takes(world, "password")
    world.tick()
    [made] = world.passwords()
    every_replica_takes(world, "password", "sha256")
    world.change_clients(CLIENTS)
    world.tick()
    world.tick()
    assert world.client_files(B)["pcol"] == line_of(made.value)
    written = world.clusters.secrets[A, "mailrelay", SECRET].version
    world.tick()
    assert world.clusters.secrets[A, "mailrelay", SECRET].version == written


def test_without_a_probe_client_lines_stay_what_they_are(settled: ClientWorld) -> None:
    settled.change_clients(CLIENTS, {"probe_client": None})
    settled.tick()
    before = settled.client_files(A)["pcol"]
    settled.change_clients(CLIENTS, {**PLAIN, "probe_client": None})
    settled.tick()
    assert settled.client_files(A)["pcol"] == before
    [seen] = [each for each in observe_clients(Look("full"), settled.ports) if each.client.name == "pcol"]
    assert [getattr(each.step, "reason", "") for each in seen.places.values()] == ["NotProvable", "NotProvable"]


def test_replicas_have_the_time_that_clients_files_take_whoever_brings_the_certificate() -> None:
    world = client_world({}, {**BROUGHT, "probe_client": None})
    world.tick(timedelta(0))
    bring(world, A, B)
    world.work_off()
    world.running(A).deaf |= {"mailrelay-0", "mailrelay-1"}
    world.change_clients(CLIENTS, BROUGHT)
    world.tick(timedelta(minutes=4))
    assert world.logins.refusals > 0


def test_a_replica_that_is_not_ready_has_the_time_of_the_driver_that_brings_clients_files() -> None:
    world = client_world({"pcol": {"mode": "manage"}}, BY_CSI)
    world.tick()
    for cluster in (A, B):
        list_objects(world, cluster, *secrets("pcol"))
        world.clusters.rotate(cluster, world.places[0].relay.workload, CLASS, {"pcol": world.passwords()[-1].version})
        world.running(cluster).held_up |= {"mailrelay-0": "Starting", "mailrelay-1": "Starting"}
    world.tick(timedelta(minutes=14))
    assert world.client_state(FIRST).error is None
    world.work_off(timedelta(minutes=5))
    assert "no replica is Ready" in (world.client_state(FIRST).error or "")
