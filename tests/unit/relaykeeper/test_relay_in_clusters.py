"""A relay of the inventory is found in its clusters, with what its vault says that it should present."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from relaykeeper.relay.in_clusters import find_relay
from shared.compose_relays import compose_relay_systems
from shared.domain.clients.relay_checks import ReplicaCheck
from shared.errors import NotFound, PermanentError, TransientError
from shared.workflows.examine import RelayToExamine
from shared.workflows.expected_server import RelaySystems
from tests.fakes.inventory import HOST, INTERNAL, Fields, small_inventory
from tests.workflows.client_world import CLIENTS, SECRET, client_world
from tests.workflows.world import World, new_world

A, B = "ss-dev-00", "ss-dev-01"


class Finding:
    """A world in which the relay serves its first certificate, looked at by the command."""

    def __init__(self, relay: Fields | None = None) -> None:
        self.world: World = new_world(relay)
        for cluster in (A, B):
            self.world.clusters.services[cluster, "mailrelay", "mailrelay"] = f"{cluster}.example.net"
        self.world.tick()
        self.systems = RelaySystems.of(self.world.ports)

    @property
    def thumbprint(self) -> str:
        """The newest version's."""
        stored = self.world.vault.latest(self.world.certificate)
        assert stored is not None
        return stored.leaf.thumbprint

    def find(
        self, name: str = "dev", cluster: str | None = None, server_name: str | None = None
    ) -> tuple[RelayToExamine, Sequence[ReplicaCheck]]:
        return find_relay(self.systems, name, cluster, server_name)


def test_each_ready_replica_is_examined_on_each_port_for_the_newest_version() -> None:
    finding = Finding({"ports": [25, 587, "8465/465"]})
    relay, checks = finding.find()

    assert [(probe.pod, probe.port, probe.implicit) for probe in relay.probes] == [
        (f"{cluster}/mailrelay-{replica}", port, port == 8465)
        for cluster in (A, B)
        for replica in (0, 1)
        for port in (25, 587, 8465)
    ]
    assert {probe.sni for probe in relay.probes} == {HOST}
    assert relay.expected.name == HOST
    assert relay.expected.thumbprints == {finding.thumbprint}
    assert relay.expected.roots == finding.world.trust_roots.trusted
    assert [(each.replica, each.check.status) for each in checks] == [(A, "ok"), (B, "ok")]


def test_a_server_name_chooses_the_certificate_that_has_it() -> None:
    finding = Finding()
    relay, _ = finding.find(server_name="dev-in.mail.example.net")

    internal = finding.world.vault.latest(finding.world.inventory.certificates[INTERNAL])
    assert internal is not None
    assert relay.expected.name == "dev-in.mail.example.net"
    assert relay.expected.thumbprints == {internal.leaf.thumbprint}

    with pytest.raises(PermanentError, match=r"relay dev serves no certificate for www\.example\.net, only for"):
        finding.find(server_name="www.example.net")


def test_one_cluster_can_be_examined_alone() -> None:
    relay, checks = Finding().find(cluster=B)
    assert {probe.pod.partition("/")[0] for probe in relay.probes} == {B}
    assert [each.replica for each in checks] == [B]


@pytest.mark.parametrize(("name", "cluster"), [("dve", None), ("dev", "ss-dev-02")])
def test_a_name_that_the_inventory_has_not_is_answered_with_what_may_be_meant(name: str, cluster: str | None) -> None:
    with pytest.raises(NotFound, match=r"Did you mean (dev|ss-dev-01)"):
        Finding().find(name, cluster)


def test_behind_a_service_one_replica_of_those_is_examined_per_port() -> None:
    relay, _ = Finding({"service": "mailrelay", "ports": ["8025/25"]}).find()
    assert [(probe.pod, probe.address, probe.port) for probe in relay.probes] == [
        (f"{cluster}/Service mailrelay, one of 2", f"{cluster}.example.net", 25) for cluster in (A, B)
    ]


def test_whom_the_relay_refuses_mail_for_is_taken_from_the_inventory() -> None:
    fields = {"refuses_unauthenticated": "postmaster@example.org", "unauthenticated_sender": "a@example.net"}
    relay, _ = Finding(fields).find()
    assert (relay.recipient, relay.sender) == ("postmaster@example.org", "a@example.net")
    assert relay.clients == {}


def test_a_cluster_that_does_not_answer_is_a_check_beside_the_others() -> None:
    finding = Finding()
    finding.world.clusters.unreachable.add(A)
    relay, checks = finding.find()

    assert [(each.replica, each.check.status, each.check.reason) for each in checks] == [
        (A, "unknown", "ClusterNotRead"),
        (B, "ok", "AllReplicasReady"),
    ]
    assert {probe.pod.partition("/")[0] for probe in relay.probes} == {B}


def test_replicas_that_are_not_ready_are_named() -> None:
    finding = Finding()
    finding.world.running(A).pods.clear()
    _, checks = finding.find()
    assert [(each.check.status, each.check.reason) for each in checks] == [
        ("failed", "NoReplicaReady"),
        ("ok", "AllReplicasReady"),
    ]


def test_a_certificate_without_a_version_is_a_sentence_that_says_what_to_do() -> None:
    finding = Finding()
    finding.world.vault.versions.clear()
    with pytest.raises(PermanentError, match=r"has no version in vault dev.*Let it be issued first"):
        finding.find()


def test_a_vault_that_does_not_answer_is_its_own_failure() -> None:
    finding = Finding()
    finding.world.vault.faults.before("latest", TransientError("cannot reach vault dev"))
    with pytest.raises(TransientError, match="cannot reach vault dev"):
        finding.find()


class FindingClients:
    """A world in which the relay's probe client has its file in each cluster."""

    def __init__(self, relay: Fields | None = None, probe: Fields | None = None) -> None:
        self.world = client_world({**CLIENTS, "probe": {**CLIENTS["probe"], **(probe or {})}}, relay)
        self.world.tick()

    def find(self) -> tuple[RelayToExamine, Sequence[ReplicaCheck]]:
        return find_relay(RelaySystems.of(self.world.ports), "dev", None, None, as_probe_client=True)

    def why_not(self) -> list[tuple[str, str, str]]:
        """Return replica, reason and message of each check that stands for logins of the probe client."""
        relay, checks = self.find()
        logins = [each for each in checks if each.check.name == "login"]
        assert {pod.partition("/")[0] for pod in relay.clients}.isdisjoint(each.replica for each in logins)
        assert {each.check.status for each in logins} <= {"unknown"}
        return [(each.replica, each.check.reason, each.check.message) for each in logins]


def test_the_probe_client_logs_in_with_the_version_that_its_file_in_each_cluster_holds() -> None:
    finding = FindingClients()
    relay, checks = finding.find()

    values = {str(each.version): each.value for each in finding.world.passwords("probe")}
    assert {pod: (client.user, client.password.reveal_for_auth()) for pod, client in relay.clients.items()} == {
        f"{cluster}/mailrelay-{number}": ("relay-probe", values[finding.world.versions_in_file(cluster, "probe")[0]])
        for cluster in (A, B)
        for number in (0, 1)
    }
    assert len({client.password.reveal_for_auth() for client in relay.clients.values()}) == 2
    assert {each.check.status for each in checks} == {"ok"}


def test_where_something_else_brings_the_files_it_logs_in_with_the_newest_version() -> None:
    finding = FindingClients({"clients": {}})
    marked = {"relaykeeper-use": "probe"}
    newest = finding.world.vault.store("dev", "probe", "a-password-that-somebody-stored", tags=marked)
    relay, _ = finding.find()
    assert {client.password.reveal_for_auth() for client in relay.clients.values()} == {newest.value}


def test_a_relay_without_a_probe_client_says_so_once_per_cluster() -> None:
    finding = FindingClients({"probe_client": None})
    message = "the probe client does not log in: relay dev has no probe_client in the inventory"
    assert finding.why_not() == [(A, "NotTried", message), (B, "NotTried", message)]
    assert len(finding.find()[0].probes) == 4


def test_a_file_of_the_probe_client_that_somebody_edited_is_not_believed() -> None:
    finding = FindingClients()
    finding.world.clusters.edit(A, "mailrelay", SECRET, {"relay-probe": b"0" * 64})
    [(cluster, _, message)] = finding.why_not()
    assert (cluster, "the file relay-probe was edited" in message) == (A, True)


def test_without_the_right_to_a_secret_a_check_says_which() -> None:
    finding = FindingClients()
    finding.world.clusters.faults.before("secret", PermanentError("cannot read Secret: forbidden. Give the role"))
    finding.world.vault.faults.before("password", PermanentError("cannot read dev/probe: access refused"))
    assert [(cluster, message.partition(": ")[2]) for cluster, _, message in finding.why_not()] == [
        (A, "cannot read Secret: forbidden. Give the role"),
        (B, "cannot read dev/probe: access refused"),
    ]


def test_the_systems_of_a_relay_are_composed_without_storage_and_without_asking_any(tmp_path: Path) -> None:
    inventory = small_inventory()
    systems = compose_relay_systems(inventory, tmp_path)
    assert systems.inventory is inventory
    with pytest.raises(PermanentError, match=r"its CA file .*ss-dev-00\.pem cannot be read"):
        systems.clusters.pods(A, inventory.relays["dev"].workload)
