"""What `ports.Clusters` promises, kept by the fake and by a real API server."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from infra.local.cloud import PRODUCT
from shared.domain.serving.place_observation import FieldOwner, Pod, Rollout, SecretSnapshot
from shared.domain.serving.tls_secret import SecretApply
from shared.errors import PermanentError, TransientError
from shared.inventory import Workload
from shared.ports import Clusters
from tests.contract.cluster_admin import SECRET, Admin, FakeAdmin
from tests.contract.cluster_administrator import namespace_of_its_own
from tests.contract.polling import until
from tests.fakes.clock import FakeClock
from tests.fakes.inventory import small_inventory
from tests.fakes.kubernetes import FakeClusters

CLUSTER = "ss-dev-00"
OURS = "relaykeeper/certificate.dev-mail-example-net"


@dataclass(frozen=True, slots=True)
class Bench:
    """The port, and the others who work in the same namespace."""

    clusters: Clusters
    admin: Admin

    @property
    def workload(self) -> Workload:
        return Workload(self.admin.namespace, "statefulset", "mailrelay")

    def seen(self) -> SecretSnapshot:
        seen = self.look()
        assert seen is not None
        return seen

    def pods(self) -> tuple[Pod, ...]:
        return self.clusters.pods(self.admin.cluster, self.workload)

    def rollout(self) -> Rollout:
        return self.clusters.rollout(self.admin.cluster, self.workload)

    def look(self) -> SecretSnapshot | None:
        return self.clusters.secret(self.admin.cluster, self.admin.namespace, SECRET)

    def release(self, seen: SecretSnapshot, *owners: str) -> None:
        self.clusters.release(self.admin.cluster, self.admin.namespace, SECRET, seen, owners)

    def apply(
        self, files: Mapping[str, str], manager: str = OURS, seen: SecretSnapshot | None = None, *, kind: str = "Opaque"
    ) -> None:
        part = SecretApply(
            namespace=self.admin.namespace,
            name=SECRET,
            type=kind,
            files={file: content.encode() for file, content in files.items()},
            annotations={manager: "1"},
            field_manager=manager,
            resource_version=seen.resource_version if seen else None,
        )
        self.clusters.apply(self.admin.cluster, part)


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.e2e)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "fake":
        clock = FakeClock()
        fake = FakeClusters(small_inventory(), clock)
        yield Bench(fake, FakeAdmin(fake, clock, CLUSTER))
        return
    stack = request.getfixturevalue("stack")
    kubeconfig = stack.folder / "kubeconfigs" / f"{CLUSTER}.yaml"
    with namespace_of_its_own(kubeconfig, CLUSTER, PRODUCT.object_id, "sync-secret", "service") as admin:
        yield Bench(stack.ports.clusters, admin)


def test_a_secret_that_does_not_exist_is_none(bench: Bench) -> None:
    assert bench.look() is None


def test_an_applied_secret_is_ours_and_seen_without_its_values(bench: Bench) -> None:
    bench.apply({"tls.crt": "certificate", "tls.key": "key"})

    seen = bench.seen()

    assert seen.digests == {name: sha256(text) for name, text in (("tls.crt", "certificate"), ("tls.key", "key"))}
    assert seen.owners == dict.fromkeys(("tls.crt", "tls.key"), (FieldOwner(OURS, applied=True),))
    assert (seen.type, seen.immutable, seen.controllers, seen.annotations) == ("Opaque", False, (), {OURS: "1"})


def test_applying_again_replaces_files_and_drops_those_that_are_no_longer_ours(bench: Bench) -> None:
    bench.apply({"tls.crt": "old", "tls.key": "old"})

    bench.apply({"tls.crt": "new"}, seen=bench.seen())

    assert bench.seen().digests == {"tls.crt": sha256("new")}


def test_two_certificates_share_a_secret_each_with_its_own_files(bench: Bench) -> None:
    bench.apply({"a.pem": "a"}, "relaykeeper/certificate.a")
    bench.apply({"b.pem": "b"}, "relaykeeper/certificate.b", bench.seen())
    bench.apply({"a.pem": "a2"}, "relaykeeper/certificate.a", bench.seen())

    assert bench.seen().digests == {"a.pem": sha256("a2"), "b.pem": sha256("b")}
    assert bench.seen().annotations == {"relaykeeper/certificate.a": "1", "relaykeeper/certificate.b": "1"}


def test_a_secret_that_changed_since_it_was_read_is_not_written(bench: Bench) -> None:
    bench.apply({"tls.crt": "old"})
    read = bench.seen()
    bench.apply({"other.crt": "x"}, "relaykeeper/certificate.other", read)

    with pytest.raises(TransientError):
        bench.apply({"tls.crt": "new"}, seen=read)

    assert bench.seen().digests["tls.crt"] == sha256("old")


def test_another_tools_field_is_left_alone_and_its_owner_named(bench: Bench) -> None:
    bench.admin.apply_as("kustomize-controller", {"tls.crt": "theirs"})

    assert bench.seen().owners == {"tls.crt": (FieldOwner("kustomize-controller", applied=True),)}
    with pytest.raises(PermanentError, match=r"tls\.crt belongs to kustomize-controller"):
        bench.apply({"tls.crt": "ours"}, seen=bench.seen())
    assert bench.seen().digests == {"tls.crt": sha256("theirs")}


def test_a_hand_edit_is_seen_stands_in_the_way_and_can_be_released(bench: Bench) -> None:
    bench.apply({"tls.crt": "ours", "tls.key": "ours"})
    bench.admin.edit({"tls.crt": "edited"})

    assert bench.seen().owners["tls.crt"] == (FieldOwner("kubectl-edit", applied=False),)
    with pytest.raises(PermanentError, match="kubectl-edit"):
        bench.apply({"tls.crt": "new", "tls.key": "new"}, seen=bench.seen())

    bench.release(bench.seen(), "kubectl-edit")
    assert bench.seen().digests == {"tls.crt": sha256("edited"), "tls.key": sha256("ours")}

    bench.apply({"tls.crt": "new", "tls.key": "new"}, seen=bench.seen())
    assert bench.seen().digests == {"tls.crt": sha256("new"), "tls.key": sha256("new")}
    assert bench.seen().owners["tls.crt"] == (FieldOwner(OURS, applied=True),)


def test_a_secret_that_a_person_created_again_can_be_released_as_a_whole(bench: Bench) -> None:
    bench.admin.edit({"tls.crt": "restored"})
    [made] = bench.seen().owners["tls.crt"]

    bench.release(bench.seen(), made.name)
    bench.apply({"tls.crt": "new"}, seen=bench.seen())

    assert bench.seen().owners == {"tls.crt": (FieldOwner(OURS, applied=True),)}


def test_claims_are_not_dropped_from_a_secret_that_changed(bench: Bench) -> None:
    bench.apply({"tls.crt": "ours"})
    read = bench.seen()
    bench.admin.edit({"tls.crt": "edited"})

    with pytest.raises(TransientError):
        bench.release(read, "kubectl-edit")

    assert bench.seen().owners["tls.crt"] == (FieldOwner("kubectl-edit", applied=False),)


def refuses(bench: Bench, words: str, act: Callable[[], None]) -> None:
    before = bench.seen()
    with pytest.raises(PermanentError, match=words):
        act()
    assert bench.seen() == before


def test_a_secrets_type_cannot_change(bench: Bench) -> None:
    files = {"tls.crt": "ours", "tls.key": "ours"}
    bench.apply(files)

    refuses(bench, "type.*immutable", lambda: bench.apply(files, seen=bench.seen(), kind="kubernetes.io/tls"))


def test_an_immutable_secret_is_seen_as_such_and_not_changed(bench: Bench) -> None:
    bench.apply({"tls.crt": "ours"})
    bench.admin.seal()

    assert bench.seen().immutable
    refuses(bench, "immutable", lambda: bench.apply({"tls.crt": "new"}, seen=bench.seen()))


def test_pods_come_by_name_with_what_keeps_them_from_being_ready(bench: Bench) -> None:
    until(lambda: [pod.name for pod in bench.pods()] == ["mailrelay-0", "mailrelay-1"])
    until(lambda: all(pod.reason and not pod.ready and not pod.failing for pod in bench.pods()))


def test_a_workload_that_does_not_exist_has_no_pods_and_no_rollout(bench: Bench) -> None:
    absent = Workload(bench.admin.namespace, "statefulset", "absent")

    assert bench.clusters.pods(bench.admin.cluster, absent) == ()
    with pytest.raises(PermanentError, match="absent"):
        bench.clusters.rollout(bench.admin.cluster, absent)


def test_a_rollout_counts_the_replicas_that_should_be_ready_and_names_those_that_are_not(bench: Bench) -> None:
    until(lambda: "waiting for 2 pods to be ready (pod mailrelay-0: " in bench.rollout().message)

    assert (bench.rollout().replicas, bench.rollout().done) == (2, False)
    assert "; pod mailrelay-1: " in bench.rollout().message


def test_a_pod_that_crashes_is_failing_and_is_named_with_its_container(bench: Bench) -> None:
    bench.admin.crash("mailrelay-1")

    [other, crashed] = bench.pods()

    assert (other.failing, crashed.failing, crashed.ready) == (False, True, False)
    assert crashed.reason.startswith("container exim: CrashLoopBackOff: back-off 5m0s")
    assert f"pod mailrelay-1: {crashed.reason}" in bench.rollout().message


def test_a_pod_that_hangs_in_termination_is_no_replica_but_what_the_rollout_waits_for(bench: Bench) -> None:
    bench.admin.hang("mailrelay-1")

    assert [pod.name for pod in bench.pods()] == ["mailrelay-0"]
    assert not bench.rollout().done
    assert "pod mailrelay-1 is terminating since 20" in bench.rollout().message

    bench.admin.let_go()
    until(lambda: [pod.name for pod in bench.pods()] == ["mailrelay-0", "mailrelay-1"])


def test_a_secret_that_is_mounted_by_sub_path_is_fixed(bench: Bench) -> None:
    assert bench.rollout().subpath_secrets == frozenset()

    bench.admin.mount_by_sub_path()

    assert bench.rollout().subpath_secrets == {SECRET}


def test_what_the_pod_template_lacks_is_named(bench: Bench) -> None:
    assert bench.rollout().missing == ()

    bench.admin.remove_probe_and_hook()

    assert bench.rollout().missing == ("readinessProbe", "preStop")


def test_a_services_load_balancer_has_an_address(bench: Bench) -> None:
    bench.admin.serve("mailrelay", "10.0.0.9")

    assert bench.clusters.service_address(bench.admin.cluster, bench.admin.namespace, "mailrelay") == "10.0.0.9"


@pytest.mark.parametrize("exists", [True, False])
def test_a_service_without_an_address_needs_a_person(bench: Bench, exists: bool) -> None:
    if exists:
        bench.admin.serve("mailrelay", None)

    with pytest.raises(PermanentError, match=f"address of Service {bench.admin.namespace}/mailrelay in ss-dev-00"):
        bench.clusters.service_address(bench.admin.cluster, bench.admin.namespace, "mailrelay")


def test_a_restart_for_the_same_cause_changes_nothing(bench: Bench) -> None:
    for cause in ("one", "one", "two"):
        bench.clusters.restart(bench.admin.cluster, bench.workload, cause)

    assert bench.admin.restarts() == 2


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
