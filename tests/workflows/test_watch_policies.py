"""The watch alerts for a cluster whose admission policy is missing or older than what infra/kubernetes/policy has."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.alerting.alert import Alert
from shared.domain.object_ref import ObjectRef
from shared.domain.serving.cluster_policy import CURRENT_POLICY, PolicyProbe
from shared.errors import PermanentError
from shared.inventory import Workload
from shared.workflows.health import check_up
from shared.workflows.observe_fleet import probe_cluster
from shared.workflows.watch import ALERTS, watch
from tests.workflows.calls import Calls
from tests.workflows.world import World

A, B = "ss-dev-00", "ss-dev-01"
OTHER = Workload("other", "statefulset", "other")


def run_watch(world: World, times: int = 2) -> None:
    for _ in range(times):
        watch(world.ports)
        world.clock.advance(timedelta(minutes=10))


def firing(world: World) -> list[Alert]:
    return [alert for alert in world.state.watch.read(ALERTS).firing if alert.name == "ClusterPolicyOutdated"]


def cluster_words(world: World, cluster: str) -> str:
    return next(part.message for part in check_up(world.ports).parts if part.name == f"cluster {cluster}")


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (0, "no admission policy holds us back: a forbidden change of Secret mailrelay/relay-tls would be accepted"),
        (1, f"its admission policy for Secret mailrelay/relay-tls has version 1, and {CURRENT_POLICY} is current"),
    ],
)
def test_a_missing_or_older_policy_alerts_for_its_cluster(served: World, version: int, words: str) -> None:
    served.clusters.policies[A] = version

    run_watch(served)

    [alert] = firing(served)
    assert (alert.object, alert.labels["cluster"], alert.severity) == (ObjectRef("cluster", A), A, "warning")
    assert alert.message.startswith(f"{A}: {words}. Apply infra/kubernetes/policy")
    assert words in cluster_words(served, A)
    assert words not in cluster_words(served, B)


def test_a_newer_policy_is_no_fault(served: World) -> None:
    served.clusters.policies[A] = CURRENT_POLICY + 1

    run_watch(served)

    assert firing(served) == []


def test_the_alert_ends_with_the_policy_applied_and_not_while_the_cluster_is_unreachable(served: World) -> None:
    served.clusters.policies[A] = 0
    run_watch(served)
    served.clusters.unreachable.add(A)
    run_watch(served)
    assert [alert.labels["cluster"] for alert in firing(served)] == [A]
    assert "no admission policy" in cluster_words(served, A)

    served.clusters.unreachable.clear()
    served.clusters.policies[A] = CURRENT_POLICY
    run_watch(served)

    assert firing(served) == []
    assert "policy" not in cluster_words(served, A)


def test_an_error_of_the_policy_probe_alerts(served: World) -> None:
    served.clusters.policies[A] = 0
    run_watch(served)
    for _ in range(3 * len(served.inventory.clusters)):
        served.clusters.faults.before("probe_policy", PermanentError("another policy refuses the dry run"))
    run_watch(served, 3)

    blind = [alert for alert in served.state.watch.read(ALERTS).firing if alert.name == "WatchBlind"]
    assert {alert.message for alert in blind} == {"another policy refuses the dry run"}
    assert [alert.labels["cluster"] for alert in firing(served)] == [A]


def test_each_cluster_is_asked_once_however_many_certificates_it_has(served: World) -> None:
    assert len(served.inventory.relays["dev"].serves) > 1
    calls = Calls()
    served.through = calls.recorded

    run_watch(served, 1)

    assert [str(call) for call in calls.made].count("clusters.probe_policy") == 2


def test_another_place_is_asked_where_we_may_change_nothing_at_the_first(served: World) -> None:
    first, second = (replace(place, cluster=A) for place in served.places)
    second = replace(second, relay=second.relay.model_copy(update={"name": "other", "workload": OTHER}))
    asked: list[Workload] = []

    class Clusters:
        def probe_policy(self, _: str, workload: Workload, __: str | None) -> tuple[PolicyProbe, ...]:
            asked.append(workload)
            return (PolicyProbe(str(workload), 0 if workload == OTHER else None),)

    found = probe_cluster([first, second, first], replace(served.ports, clusters=Clusters()))  # type: ignore[arg-type]

    assert asked == [first.relay.workload, OTHER]
    assert found == (PolicyProbe(str(OTHER), 0),)
