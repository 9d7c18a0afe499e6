"""The admission policy of infra/kubernetes leaves our user one annotation of a workload, and others everything."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from kubernetes import client, config

from infra.local.cloud import PRODUCT
from shared.adapters.kubernetes.rollouts import RESTARTED_FOR, restart_patch
from shared.inventory import Workload
from tests.conftest import RunningStack
from tests.contract.cluster_admin import RELAY
from tests.contract.cluster_administrator import gated_statefulset, namespace_of_its_own

CLUSTER = "ss-dev-00"
STRATEGIC_MERGE = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
FORBIDDEN = 403
KINDS = ("stateful_set", "deployment")

pytestmark = pytest.mark.e2e

type Patch = dict[str, Any] | list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Changing:
    """Who changes a workload: `patch` is the API's method for its kind, bound to a user with every right."""

    namespace: str
    patch: Callable[..., Any]

    def refusal(self, body: Patch, **options: Any) -> str | None:
        """Return the API server's words; None if it takes the change."""
        content_type = JSON_PATCH if isinstance(body, list) else STRATEGIC_MERGE
        try:
            self.patch(RELAY, self.namespace, body, _content_type=content_type, **options)
        except client.ApiException as error:
            if error.status != FORBIDDEN:
                raise
            return str(error.body)
        return None


@dataclass(frozen=True, slots=True)
class Scene:
    """One workload, and two users with every right: ours and another."""

    ours: Changing
    other: Changing


@pytest.fixture(params=KINDS)
def scene(stack: RunningStack, request: pytest.FixtureRequest) -> Iterator[Scene]:
    with scene_of(stack, request.param) as scene:
        yield scene


@pytest.fixture(params=KINDS, scope="module")
def untouched(stack: RunningStack, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A scene for changes that are refused, or tried in a dry run, to which admission policies apply as well."""
    with scene_of(stack, request.param) as scene:
        yield scene


@contextmanager
def scene_of(stack: RunningStack, kind: str) -> Iterator[Scene]:
    kubeconfig = stack.folder / "kubeconfigs" / f"{CLUSTER}.yaml"

    def changing(user: str, namespace: str) -> Changing:
        api = config.new_client_from_config(str(kubeconfig))
        api.set_default_header("Impersonate-User", user)
        api.set_default_header("Impersonate-Group", "system:masters")
        return Changing(namespace, getattr(client.AppsV1Api(api), f"patch_namespaced_{kind}"))

    with namespace_of_its_own(kubeconfig, CLUSTER, PRODUCT.object_id) as admin:
        admin.apps.create_namespaced_deployment(admin.namespace, deployment())
        yield Scene(changing(PRODUCT.object_id, admin.namespace), changing("somebody-else", admin.namespace))


def deployment() -> dict[str, Any]:
    workload = gated_statefulset()
    del workload["spec"]["serviceName"], workload["spec"]["podManagementPolicy"]
    return workload


def template(**parts: Any) -> Patch:
    return {"spec": {"template": parts}}


def container(**fields: Any) -> Patch:
    return template(spec={"containers": [{"name": "exim"} | fields]})


CHANGES = {
    "image": (container(image="evil"), "spec.template.spec"),
    "command": (container(command=["sh"]), "spec.template.spec"),
    "environment": (container(env=[{"name": "A", "value": "B"}]), "spec.template.spec"),
    "volume": (template(spec={"volumes": [{"name": "host", "hostPath": {"path": "/"}}]}), "spec.template.spec"),
    "another container": (template(spec={"containers": [{"name": "x", "image": "x"}]}), "spec.template.spec"),
    "replicas": ({"spec": {"replicas": 0}}, "spec.replicas"),
    "a field that was not there": ({"spec": {"minReadySeconds": 9}}, "spec.minReadySeconds"),
    "a label of the pods": (template(metadata={"labels": {"x": "y"}}), "spec.template.metadata.labels"),
    "another annotation of the pods": (
        template(metadata={"annotations": {RESTARTED_FOR: "a cause", "x": "y"}}),
        "annotation x of the pod template",
    ),
    "a label of the workload": ({"metadata": {"labels": {"x": "y"}}}, "metadata.labels"),
    "an annotation of the workload": ({"metadata": {"annotations": {"x": "y"}}}, "metadata.annotations"),
    "two at once": (
        {"spec": {"replicas": 0, "template": {"spec": {"hostNetwork": True}}}},
        "spec.replicas, spec.template.spec",
    ),
}


@pytest.mark.parametrize(("patch", "named"), CHANGES.values(), ids=CHANGES)
def test_our_user_changes_nothing_else(untouched: Scene, patch: Patch, named: str) -> None:
    refused = untouched.ours.refusal(patch)

    assert refused is not None
    assert f"annotation {RESTARTED_FOR} of a pod template and nothing else. This would change {named}" in refused


def test_our_user_keeps_no_workload_from_being_deleted(untouched: Scene) -> None:
    refused = untouched.ours.refusal({"metadata": {"finalizers": ["x/y"]}})

    assert refused is not None
    assert "This would change metadata.finalizers" in refused


def test_our_user_takes_nothing_away(scene: Scene) -> None:
    assert scene.other.refusal(template(metadata={"annotations": {"x": "y"}})) is None

    refused = scene.ours.refusal([{"op": "remove", "path": "/spec/template/metadata/annotations"}])

    assert refused is not None
    assert "This would change annotation x of the pod template" in refused


def test_our_restarts_pass_with_other_annotations_there_or_not(scene: Scene) -> None:
    assert scene.ours.refusal(restart_patch("one")) is None
    assert scene.other.refusal(template(metadata={"annotations": {"x": "y"}})) is None
    assert scene.ours.refusal(restart_patch("two")) is None


@pytest.mark.parametrize("patch", [patch for patch, _ in CHANGES.values()], ids=CHANGES)
def test_other_users_are_not_stopped(untouched: Scene, patch: Patch) -> None:
    assert untouched.other.refusal(patch, dry_run="All") is None


def test_the_ports_own_restart_passes_with_the_role_alone(stack: RunningStack) -> None:
    kubeconfig = stack.folder / "kubeconfigs" / f"{CLUSTER}.yaml"
    with namespace_of_its_own(kubeconfig, CLUSTER, PRODUCT.object_id, "sync-none") as admin:
        stack.ports.clusters.restart(CLUSTER, Workload(admin.namespace, "statefulset", RELAY), "a cause")

        assert admin.restarts() == 1
