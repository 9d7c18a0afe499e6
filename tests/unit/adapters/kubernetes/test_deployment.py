"""A Deployment's rollout is done no sooner than `kubectl rollout status` says so."""

from typing import Any

import pytest

from shared.adapters.kubernetes.rollouts import deployment_rollout

ROLLED = {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}


def deployment(**status: Any) -> dict[str, Any]:
    serving: dict[str, Any] = {"readinessProbe": {}, "lifecycle": {"preStop": {}}}
    spec = {"replicas": 2, "template": {"spec": {"containers": [serving]}}}
    return {"metadata": {"generation": 3}, "spec": spec, "status": ROLLED | status}


def progressing(reason: str) -> list[dict[str, str]]:
    return [{"type": "Available", "reason": "x"}, {"type": "Progressing", "reason": reason}]


def test_all_pods_available_with_the_newest_template_is_done() -> None:
    seen = deployment_rollout(deployment(conditions=progressing("NewReplicaSetAvailable")))

    assert (seen.replicas, seen.done) == (2, True)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ({"observedGeneration": 2}, "waiting for the Deployment's update to be observed"),
        ({"conditions": progressing("ProgressDeadlineExceeded")}, "the rollout exceeded its progress deadline"),
        ({"updatedReplicas": 1}, "waiting for the rollout to finish: 1 out of 2 new pods have been updated"),
        ({"replicas": 3}, "waiting for the rollout to finish: 1 old pods are pending termination"),
        ({"availableReplicas": 1}, "waiting for the rollout to finish: 1 of 2 updated pods are available"),
    ],
)
def test_it_is_not_done_while_anything_is_behind(status: dict[str, Any], message: str) -> None:
    seen = deployment_rollout(deployment(**status))

    assert (seen.done, seen.message) == (False, message)


def test_counters_that_are_absent_count_as_zero() -> None:
    fresh = deployment()
    fresh["status"] = {"observedGeneration": 3}

    assert (
        deployment_rollout(fresh).message == "waiting for the rollout to finish: 0 out of 2 new pods have been updated"
    )


def test_an_older_missed_deadline_does_not_count_against_a_new_template() -> None:
    seen = deployment_rollout(deployment(observedGeneration=2, conditions=progressing("ProgressDeadlineExceeded")))

    assert seen.message == "waiting for the Deployment's update to be observed"


@pytest.mark.parametrize(
    ("spec", "lacks"),
    [
        ({}, ()),
        ({"strategy": {"type": "RollingUpdate"}}, ()),
        ({"strategy": {"type": "Recreate"}}, ("strategy RollingUpdate",)),
        ({"paused": True}, ("paused false",)),
        ({"template": {"spec": {"containers": [{}]}}}, ("readinessProbe", "preStop")),
    ],
)
def test_what_a_restart_without_failed_sessions_needs_is_named(spec: dict[str, Any], lacks: tuple[str, ...]) -> None:
    seen = deployment()
    seen["spec"] |= spec

    assert deployment_rollout(seen).missing == lacks


def test_a_paused_deployment_says_why_its_rollout_stands_still() -> None:
    paused = deployment(updatedReplicas=0)
    paused["spec"]["paused"] = True

    assert deployment_rollout(paused).message.endswith(
        "0 out of 2 new pods have been updated (the Deployment is paused)"
    )
