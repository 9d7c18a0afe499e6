"""The fake relays' pods live through a delivery as real ones do."""

from datetime import timedelta
from pathlib import Path

import pytest

from shared.domain.certificates.certificate import Thumbprint
from shared.domain.serving.probe import Probe
from shared.inventory import Workload
from tests.fakes.clock import FakeClock
from tests.fakes.inventory import small_inventory
from tests.fakes.kubernetes import FakeClusters
from tests.fakes.smtp import FakeProber
from tests.wire.smtp.servers import Shown

CLUSTER = "ss-dev-00"
WORKLOAD = Workload("mailrelay", "statefulset", "mailrelay")
PROJECTION, START = timedelta(seconds=60), timedelta(seconds=2)
OLD, NEW = "old.example.net", "new.example.net"


class Delivery:
    """A cluster whose relay serves an old certificate, and a new one to give it."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.clusters = FakeClusters(small_inventory(), self.clock, projection=PROJECTION, start=START)
        self.relays = FakeProber(self.clusters)
        self.running = self.clusters.running[CLUSTER, WORKLOAD]
        self.old, self.new = Shown(OLD, folder), Shown(NEW, folder)

    def give(self, shown: Shown) -> None:
        self.clusters.edit(CLUSTER, "mailrelay", "relay-tls", {"default.pem": shown.pem})

    def served(self) -> list[Thumbprint | str]:
        pods = self.clusters.pods(CLUSTER, WORKLOAD)
        answers = self.relays.probe([Probe(pod.name, pod.address or "", 25, None) for pod in pods])
        return [answer.thumbprint or answer.failure for answer in answers]


@pytest.fixture
def delivery(tmp_path: Path) -> Delivery:
    """A delivery after its first Secret has come and the pods have started."""
    delivery = Delivery(tmp_path)
    delivery.give(delivery.old)
    delivery.clock.advance(START + timedelta(minutes=1))
    return delivery


def test_pods_wait_for_their_first_secret(tmp_path: Path) -> None:
    delivery = Delivery(tmp_path)
    delivery.clock.advance(timedelta(hours=1))

    assert delivery.served() == ["connection refused"] * 2
    assert not delivery.clusters.rollout(CLUSTER, WORKLOAD).done

    delivery.give(delivery.old)
    delivery.clock.advance(START)
    assert delivery.served() == [delivery.old.thumbprint] * 2
    assert delivery.clusters.rollout(CLUSTER, WORKLOAD).done


def test_pods_pick_a_new_file_up_when_it_was_projected(delivery: Delivery) -> None:
    delivery.clock.advance(timedelta(minutes=5))
    delivery.give(delivery.new)

    delivery.clock.advance(PROJECTION - timedelta(seconds=1))
    assert delivery.served() == [delivery.old.thumbprint] * 2
    delivery.clock.advance(timedelta(seconds=1))
    assert delivery.served() == [delivery.new.thumbprint] * 2


def test_a_deaf_pod_needs_a_restart(delivery: Delivery) -> None:
    delivery.running.deaf.add("mailrelay-1")
    delivery.give(delivery.new)
    delivery.clock.advance(timedelta(hours=1))
    assert delivery.served() == [delivery.new.thumbprint, delivery.old.thumbprint]

    delivery.clusters.restart(CLUSTER, WORKLOAD, "a cause")
    assert delivery.served() == ["connection refused"] * 2
    delivery.clock.advance(START)
    assert delivery.served() == [delivery.new.thumbprint] * 2


def test_a_restarted_pod_has_another_address(delivery: Delivery) -> None:
    before = delivery.clusters.pods(CLUSTER, WORKLOAD)
    delivery.clusters.restart(CLUSTER, WORKLOAD, "a cause")

    assert {pod.address for pod in before}.isdisjoint(pod.address for pod in delivery.clusters.pods(CLUSTER, WORKLOAD))


def test_pods_that_break_at_a_restart_stay_broken(delivery: Delivery) -> None:
    delivery.running.broken = True
    assert delivery.served() == [delivery.old.thumbprint] * 2

    delivery.clusters.restart(CLUSTER, WORKLOAD, "a cause")
    delivery.clock.advance(timedelta(hours=1))

    assert all("CrashLoopBackOff" in pod.reason for pod in delivery.clusters.pods(CLUSTER, WORKLOAD))
    assert not delivery.clusters.rollout(CLUSTER, WORKLOAD).done
