"""A StatefulSet's rollout is done no sooner than `kubectl rollout status` says so."""

from typing import Any

import pytest

from shared.adapters.kubernetes.rollouts import statefulset_rollout

ROLLED = {
    "observedGeneration": 3,
    "replicas": 2,
    "readyReplicas": 2,
    "updatedReplicas": 2,
    "currentRevision": "relay-b",
    "updateRevision": "relay-b",
}
SERVING: dict[str, Any] = {"readinessProbe": {}, "lifecycle": {"preStop": {}}}
ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}


def statefulset(strategy: dict[str, Any] = ROLLING, replicas: int = 2, **status: Any) -> dict[str, Any]:
    template: dict[str, Any] = {"spec": {"containers": [SERVING]}}
    spec = {"replicas": replicas, "updateStrategy": strategy, "template": template}
    return {"metadata": {"generation": 3}, "spec": spec, "status": ROLLED | status}


def partition(first: int) -> dict[str, Any]:
    return {"type": "RollingUpdate", "rollingUpdate": {"partition": first}}


def test_all_pods_ready_with_the_newest_template_is_done() -> None:
    seen = statefulset_rollout(statefulset())

    assert (seen.replicas, seen.done) == (2, True)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ({"observedGeneration": 2}, "waiting for the StatefulSet's update to be observed"),
        ({"readyReplicas": 1}, "waiting for 1 pod to be ready"),
        ({"updatedReplicas": 1}, "waiting for the rollout to finish: 1 out of 2 new pods have been updated"),
        ({"currentRevision": "relay-a"}, "waiting for the rollout to finish: 2 pods at revision relay-b"),
    ],
)
def test_it_is_not_done_while_anything_is_behind(status: dict[str, Any], message: str) -> None:
    seen = statefulset_rollout(statefulset(**status))

    assert (seen.done, seen.message) == (False, message)


def test_counters_that_are_absent_count_as_zero() -> None:
    fresh = statefulset()
    fresh["status"] = {"replicas": 0, "observedGeneration": 3}

    assert statefulset_rollout(fresh).message == "waiting for 2 pods to be ready"


def test_a_statefulset_that_no_controller_has_seen_is_not_done() -> None:
    fresh = statefulset(replicas=0)
    fresh["status"] = {"replicas": 0}

    assert not statefulset_rollout(fresh).done


def test_a_partition_holds_the_pods_below_it_back_and_is_done_without_them() -> None:
    half_way = statefulset(partition(1), updatedReplicas=1, currentRevision="relay-a")

    assert statefulset_rollout(half_way).done
    assert not statefulset_rollout(statefulset(partition(1), updatedReplicas=0, currentRevision="relay-a")).done


def test_a_partition_beyond_the_replicas_leaves_nothing_to_wait_for() -> None:
    assert statefulset_rollout(statefulset(partition(5), updatedReplicas=0, currentRevision="relay-a")).done


def test_on_delete_is_done_when_all_are_ready_and_says_who_gets_the_template() -> None:
    seen = statefulset_rollout(statefulset({"type": "OnDelete"}, updatedReplicas=0, currentRevision="relay-a"))

    assert seen.done
    assert seen.message == (
        "rolled out: 0 of 2 pods have the newest template; "
        "with updateStrategy OnDelete the others get it when somebody deletes them"
    )
    assert not statefulset_rollout(statefulset({"type": "OnDelete"}, readyReplicas=1)).done


@pytest.mark.parametrize(
    ("strategy", "lacks"),
    [
        (ROLLING, ()),
        ({}, ()),
        ({"type": "OnDelete"}, ("updateStrategy RollingUpdate",)),
        (partition(1), ("partition 0",)),
    ],
)
def test_a_strategy_by_which_a_restart_leaves_pods_out_is_named(
    strategy: dict[str, Any], lacks: tuple[str, ...]
) -> None:
    assert statefulset_rollout(statefulset(strategy)).missing == lacks


def test_the_template_is_reported() -> None:
    seen = statefulset()
    mount = {"name": "tls", "subPath": "tls.crt"}
    seen["spec"]["template"]["spec"] = {
        "volumes": [{"name": "tls", "secret": {"secretName": "relay-tls"}}],
        "containers": [{"volumeMounts": [mount]}],
    }

    assert statefulset_rollout(seen).subpath_secrets == {"relay-tls"}
    assert statefulset_rollout(seen).missing == ("readinessProbe", "preStop")


def test_replicas_that_nobody_gave_are_one() -> None:
    seen = statefulset(readyReplicas=1, updatedReplicas=1)
    del seen["spec"]["replicas"]

    assert statefulset_rollout(seen).replicas == 1
