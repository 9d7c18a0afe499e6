"""The Roles of infra/kubernetes are enough for every method, and each verb that is missing is named."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest

from infra.local.cloud import PRODUCT
from shared.domain.serving.tls_secret import SecretApply
from shared.errors import PermanentError
from shared.inventory import Workload
from shared.ports import Clusters
from tests.conftest import RunningStack
from tests.contract.cluster_admin import RELAY, SECRET
from tests.contract.cluster_administrator import Administrator, namespace_of_its_own
from tests.contract.polling import until

CLUSTER = "ss-dev-00"
CLIENTS = "relay-clients"

pytestmark = pytest.mark.e2e


@dataclass(frozen=True, slots=True)
class Entered:
    """A namespace in which our identity has certain rights."""

    clusters: Clusters
    admin: Administrator

    @property
    def workload(self) -> Workload:
        return Workload(self.admin.namespace, "statefulset", RELAY)

    def read_secret(self) -> object:
        return self.clusters.secret(CLUSTER, self.admin.namespace, SECRET)

    def apply(self) -> None:
        part = SecretApply(
            self.admin.namespace,
            SECRET,
            "Opaque",
            {"a.pem": b"A"},
            {"relaykeeper/certificate.a": "1"},
            "relaykeeper/certificate.a",
            None,
        )
        self.clusters.apply(CLUSTER, part)

    def release(self) -> None:
        """Drop the claims of whoever edits the Secret just now."""
        self.admin.edit({"b.pem": "B"})
        seen = self.clusters.secret(CLUSTER, self.admin.namespace, SECRET)
        assert seen is not None
        self.clusters.release(CLUSTER, self.admin.namespace, SECRET, seen, [seen.owners["b.pem"][0].name])

    def list_pods(self) -> object:
        return self.clusters.pods(CLUSTER, self.workload)

    def read_rollout(self) -> object:
        return self.clusters.rollout(CLUSTER, self.workload)

    def restart(self) -> None:
        self.clusters.restart(CLUSTER, self.workload, "a cause")

    def read_mounts(self) -> object:
        """Read them once there is a pod: before, nobody asks for its mounts."""
        until(lambda: self.list_pods() != ())
        return self.clusters.mounts(CLUSTER, self.workload)

    def read_provider_class(self) -> object:
        return self.clusters.provider_objects(CLUSTER, self.admin.namespace, CLIENTS)

    def find_service(self) -> object:
        return self.clusters.service_address(CLUSTER, self.admin.namespace, RELAY)


@pytest.fixture
def enter(stack: RunningStack) -> Callable[..., AbstractContextManager[Administrator]]:
    """Return a context with the rights of these folders of infra/kubernetes."""
    kubeconfig = stack.folder / "kubeconfigs" / f"{CLUSTER}.yaml"
    return lambda *pieces: namespace_of_its_own(kubeconfig, CLUSTER, PRODUCT.object_id, *pieces)


@pytest.fixture
def entered(stack: RunningStack, enter: Callable[..., AbstractContextManager[Administrator]]) -> Iterator[Entered]:
    with enter("sync-secret", "service", "csi") as admin:
        admin.serve(RELAY, "10.0.0.9")
        yield Entered(stack.ports.clusters, admin)


def test_with_exactly_these_rights_every_method_works(entered: Entered) -> None:
    entered.apply()
    entered.apply()
    assert entered.read_secret() is not None
    entered.release()
    entered.restart()
    assert entered.admin.restarts() == 1
    entered.list_pods()
    entered.read_rollout()
    assert entered.find_service() == "10.0.0.9"
    assert entered.read_mounts() == ()
    assert entered.read_provider_class() is None


def test_what_the_inventory_does_not_name_stays_shut(entered: Entered) -> None:
    namespace = entered.admin.namespace

    with pytest.raises(PermanentError, match="the right to get secrets other is missing"):
        entered.clusters.secret(CLUSTER, namespace, "other")
    with pytest.raises(PermanentError, match="the right to patch statefulsets other is missing"):
        entered.clusters.restart(CLUSTER, Workload(namespace, "statefulset", "other"), "a cause")
    with pytest.raises(PermanentError, match="the right to get services other is missing"):
        entered.clusters.service_address(CLUSTER, namespace, "other")
    with pytest.raises(PermanentError, match="the right to get secretproviderclasses other is missing"):
        entered.clusters.provider_objects(CLUSTER, namespace, "other")


def test_without_secrets_pods_are_seen_and_restarted_and_no_secret_is_read_or_written(
    stack: RunningStack, enter: Callable[..., AbstractContextManager[Administrator]]
) -> None:
    with enter("sync-none") as admin:
        entered = Entered(stack.ports.clusters, admin)

        entered.restart()
        assert admin.restarts() == 1
        until(lambda: entered.list_pods() != ())
        entered.read_rollout()
        with pytest.raises(PermanentError, match="the right to get secrets relay-tls is missing"):
            entered.read_secret()
        with pytest.raises(PermanentError, match="the right to patch secrets relay-tls is missing"):
            entered.apply()
        with pytest.raises(PermanentError, match="the right to get services mailrelay is missing"):
            entered.find_service()


@pytest.mark.parametrize(
    ("verb", "resource", "act", "named"),
    [
        ("get", "secrets", Entered.read_secret, "get secrets relay-tls"),
        ("get", "secrets", Entered.release, "get secrets relay-tls"),
        ("patch", "secrets", Entered.apply, "patch secrets relay-tls"),
        ("patch", "secrets", Entered.release, "patch secrets relay-tls"),
        ("list", "pods", Entered.list_pods, "list pods"),
        ("list", "pods", Entered.read_rollout, "list pods"),
        ("get", "statefulsets", Entered.read_rollout, "get statefulsets mailrelay"),
        ("patch", "statefulsets", Entered.restart, "patch statefulsets mailrelay"),
        ("get", "services", Entered.find_service, "get services mailrelay"),
        ("list", "secretproviderclasspodstatuses", Entered.read_mounts, "list secretproviderclasspodstatuses"),
        ("get", "secretproviderclasses", Entered.read_provider_class, "get secretproviderclasses relay-clients"),
    ],
)
def test_a_verb_that_is_missing_is_named(
    entered: Entered, verb: str, resource: str, act: Callable[[Entered], object], named: str
) -> None:
    entered.apply()
    entered.admin.revoke(verb, resource)

    until(lambda: f"the right to {named} is missing" in refusal(entered, act))
    assert refusal(entered, act).endswith("Bind the Role of infra/kubernetes to it.")


def test_a_secret_that_may_not_be_made_is_named(entered: Entered) -> None:
    entered.admin.revoke("create", "secrets")

    def is_named() -> bool:
        entered.admin.delete_secret()
        return "the right to create secrets relay-tls is missing" in refusal(entered, Entered.apply)

    until(is_named)


def refusal(entered: Entered, act: Callable[[Entered], object]) -> str:
    """Return why it is refused; empty if it is not, for a Role takes a moment to change."""
    try:
        act(entered)
    except PermanentError as error:
        return str(error)
    return ""
