"""What others do to a cluster, of which `Clusters` must take notice; done to the fake, or for real."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from shared.domain.serving.place_observation import ProviderObject
from shared.inventory import Workload
from tests.fakes.clock import FakeClock
from tests.fakes.kubernetes import FakeClusters, Running

SECRET = "relay-tls"  # noqa: S105, its name
RELAY = "mailrelay"


class Admin(Protocol):
    """Somebody with every right in one namespace that holds a StatefulSet `mailrelay` of two pods."""

    cluster: str
    namespace: str

    def edit(self, data: Mapping[str, str]) -> None:
        """Change files of the Secret as `kubectl edit` does; make it if there is none."""

    def apply_as(self, manager: str, data: Mapping[str, str]) -> None:
        """Make the Secret as a tool that uses server-side apply."""

    def seal(self) -> None:
        """Make the Secret immutable."""

    def restarts(self) -> int:
        """Count how often the workload got a new pod template."""

    def crash(self, pod: str) -> None:
        """Let the pod's container crash, again and again."""

    def hang(self, pod: str) -> None:
        """Delete a pod that does not end."""

    def let_go(self) -> None:
        """Let it end."""

    def mount_by_sub_path(self) -> None:
        """Mount one file of the Secret, in place of the whole."""

    def remove_probe_and_hook(self) -> None:
        """Take readinessProbe and preStop out of the pod template."""

    def list_objects(self, provider_class: str, secrets: Mapping[str, str]) -> None:
        """Make a SecretProviderClass that lists secrets by the files that they become."""

    def mount(self, pod: str, provider_class: str, versions: Mapping[str, str]) -> None:
        """Report, as the Secrets Store CSI driver, that a pod has these versions of secrets."""

    def serve(self, service: str, address: str | None) -> None:
        """Make a Service whose load balancer has this address, or none yet."""


class FakeAdmin:
    """Acts on the fake."""

    def __init__(self, clusters: FakeClusters, clock: FakeClock, cluster: str) -> None:
        self.clusters = clusters
        self.clock = clock
        self.cluster = cluster
        self.namespace = "mailrelay"

    @property
    def running(self) -> Running:
        return self.clusters.running[self.cluster, Workload(self.namespace, "statefulset", RELAY)]

    def edit(self, data: Mapping[str, str]) -> None:
        self.clusters.edit(self.cluster, self.namespace, SECRET, encoded(data))

    def apply_as(self, manager: str, data: Mapping[str, str]) -> None:
        self.clusters.apply_as(manager, self.cluster, self.namespace, SECRET, encoded(data))

    def seal(self) -> None:
        self.clusters.seal(self.cluster, self.namespace, SECRET)

    def restarts(self) -> int:
        return self.running.restarts

    def crash(self, pod: str) -> None:
        self.running.crashes = lambda name, _: name == pod
        self.edit({"tls.crt": "what it crashes with"})
        self.clock.advance(timedelta(minutes=1))

    def hang(self, pod: str) -> None:
        self.running.hanging.add(pod)

    def let_go(self) -> None:
        self.running.hanging.clear()

    def mount_by_sub_path(self) -> None:
        self.running.fixed.add(SECRET)

    def remove_probe_and_hook(self) -> None:
        self.running.lacks = ("readinessProbe", "preStop")

    def list_objects(self, provider_class: str, secrets: Mapping[str, str]) -> None:
        found = tuple(ProviderObject(name, "secret", file) for file, name in secrets.items())
        self.clusters.csi.classes[self.cluster, self.namespace, provider_class] = found

    def mount(self, pod: str, provider_class: str, versions: Mapping[str, str]) -> None:
        workload = Workload(self.namespace, "statefulset", RELAY)
        self.clusters.rotate(self.cluster, workload, provider_class, versions, [pod])

    def serve(self, service: str, address: str | None) -> None:
        if address is not None:
            self.clusters.services[self.cluster, self.namespace, service] = address


def encoded(data: Mapping[str, str]) -> dict[str, bytes]:
    return {key: value.encode() for key, value in data.items()}
