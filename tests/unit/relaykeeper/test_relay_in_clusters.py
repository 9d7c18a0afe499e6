"""A relay of the inventory is found in its clusters, with what its vault says that it should present."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from relaykeeper.relay_in_clusters import find_relay
from shared.compose import RelaySystems, compose_relay_systems
from shared.domain.clients.relay_checks import ReplicaCheck
from shared.errors import NotFound, PermanentError, TransientError
from shared.workflows.examine import RelayToExamine
from tests.fakes.inventory import HOST, INTERNAL, Fields, small_inventory
from tests.workflows.world import World, new_world

A, B = "ss-dev-00", "ss-dev-01"


class Finding:
    """A world in which the relay serves its first certificate, looked at by the command."""

    def __init__(self, relay: Fields | None = None) -> None:
        self.world: World = new_world(relay)
        for cluster in (A, B):
            self.world.clusters.services[cluster, "mailrelay", "mailrelay"] = f"{cluster}.example.net"
        self.world.tick()
        self.systems = RelaySystems(self.world.inventory, self.world.vault, self.world.clusters, self.world.trust_roots)

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
    assert relay.client is None


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


def test_the_systems_of_a_relay_are_composed_without_storage_and_without_asking_any(tmp_path: Path) -> None:
    inventory = small_inventory()
    systems = compose_relay_systems(inventory, tmp_path)
    assert systems.inventory is inventory
    with pytest.raises(PermanentError, match=r"its CA file .*ss-dev-00\.pem cannot be read"):
        systems.clusters.pods(A, inventory.relays["dev"].workload)
