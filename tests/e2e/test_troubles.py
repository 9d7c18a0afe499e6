"""Clusters in trouble of their own: never a quarantine, the line goes on, and a later tick converges."""

import socket
from typing import Any

import pytest

from infra.local.node.behaviour import PROJECTION
from infra.local.run_tick import HostLog
from tests.e2e.breaking.baseline import FIRST, SECOND
from tests.e2e.breaking.broken_relays import image
from tests.e2e.cluster import ClusterByHand
from tests.e2e.conftest import DEV, Fleet, assert_served

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

POD = "mailrelay-1"


@pytest.fixture
def lone(fleet: Fleet) -> Fleet:
    """The relay serves one certificate: another, which wants nothing new, would wait for the pods meanwhile."""
    fleet.change_relay(serves=[{"certificate": DEV, "secret": "relay-tls"}])
    return fleet


def renew_past_the_first_cluster(fleet: Fleet, *words: str) -> None:
    """Renew: the second cluster gets the new version, the first is left alone, and said to be in these words."""
    before, secret = fleet.stored().version, fleet.clusters[0].secret().metadata.resource_version
    fleet.add_a_name()

    fleet.renew()

    assert (fleet.verified(FIRST), fleet.verified(SECOND)) == (before, fleet.stored().version)
    assert fleet.stored().version != before
    assert fleet.clusters[0].secret().metadata.resource_version == secret
    for word in words:
        assert word in (fleet.journal().at(FIRST).error or "")
    assert fleet.journal().quarantine == ()


def assert_a_tick_catches_up(fleet: Fleet) -> None:
    fleet.renew()
    assert_served(fleet)
    assert fleet.verified(FIRST) == fleet.verified(SECOND) == fleet.stored().version
    assert (fleet.journal().at(FIRST).error, fleet.journal().quarantine) == (None, ())


def test_a_pod_that_crash_loops_already_is_given_nothing_new(lone: Fleet) -> None:
    cluster = lone.clusters[0]
    with image(lone, cluster, lambda text: f"{text}\nno configuration\n", POD):
        cluster.wait(lambda: why_waiting(cluster) == "CrashLoopBackOff")
        renew_past_the_first_cluster(lone, POD, "CrashLoopBackOff", f"delete pod {POD}")
    assert_a_tick_catches_up(lone)


def why_waiting(cluster: ClusterByHand) -> str | None:
    """Return the reason for which the pod's container does not run."""
    states = [status.state for pod in replicas(cluster) for status in pod.status.container_statuses or []]
    return next((state.waiting.reason for state in states if state.waiting), None)


def test_somebody_s_rollout_that_fails_its_readiness_probe_is_not_joined(lone: Fleet) -> None:
    cluster = lone.clusters[0]
    before = cluster.pod(POD).metadata.uid
    cluster.patch_template({"readinessProbe": {"tcpSocket": {"port": 2525}}})
    try:
        cluster.wait(lambda: any(p.metadata.uid != before and p.status.phase == "Running" for p in replicas(cluster)))
        generation = cluster.generation()
        renew_past_the_first_cluster(lone, f"{POD} is not Ready", "container exim is not ready")
        assert cluster.generation() == generation
    finally:
        cluster.patch_template({"readinessProbe": {"tcpSocket": {"port": "smtp"}}})
        cluster.force_delete(POD)
    cluster.wait_until_ready()
    assert_a_tick_catches_up(lone)


def replicas(cluster: ClusterByHand) -> list[Any]:
    """Return the pods of that name: none, while it is between two."""
    return [pod for pod in cluster.pods() if pod.metadata.name == POD]


def test_a_draining_node_is_passed_by(lone: Fleet) -> None:
    cluster = lone.clusters[0]
    with cluster.cordoned():
        cluster.evict(POD)
        cluster.wait(lambda: unschedulable(cluster))
        renew_past_the_first_cluster(lone, POD, "Unschedulable", "nodes are available")
    cluster.wait_until_ready()
    assert_a_tick_catches_up(lone)


def unschedulable(cluster: ClusterByHand) -> bool:
    conditions = [condition for pod in replicas(cluster) for condition in pod.status.conditions or []]
    return any(condition.reason == "Unschedulable" for condition in conditions)


def test_a_cluster_whose_api_server_dies_after_the_write_is_caught_up_with(lone: Fleet) -> None:
    cluster, before = lone.clusters[0], lone.stored().version
    with cluster.slowed(PROJECTION, 4):
        written = cluster.secret().metadata.resource_version
        lone.add_a_name()
        lone.tick_until(lambda: cluster.secret().metadata.resource_version != written)
        lone.stack.supervisor.kill("ss-dev-00-apiserver")
        try:
            lone.renew()
        finally:
            lone.stack.supervisor.restart("ss-dev-00-apiserver")
    assert (lone.verified(FIRST), lone.verified(SECOND)) == (before, lone.stored().version)
    assert "ss-dev-00" in (lone.journal().at(FIRST).error or "")
    assert_a_tick_catches_up(lone)


def test_a_pod_that_hangs_in_termination_is_waited_for(lone: Fleet) -> None:
    cluster = lone.clusters[0]
    address, words = cluster.pod(POD).status.pod_ip, HostLog(lone.stack.logs / "host.log")
    lone.change_relay(reload="restart")
    lone.add_a_name()
    with socket.create_connection((address, 25)) as session:
        assert session.recv(512).startswith(b"220 ")
        lone.tick_until(lambda: refuses(address) and lone.journal().attempt.next_attempt is not None)
        assert cluster.pod(POD).metadata.deletion_timestamp
        assert any(f"pod {POD} is terminating since" in entry["message"] for entry in words.entries())
    assert_a_tick_catches_up(lone)


def refuses(address: str) -> bool:
    """Say whether the relay listens no more: its sessions may go on."""
    try:
        socket.create_connection((address, 25), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False
