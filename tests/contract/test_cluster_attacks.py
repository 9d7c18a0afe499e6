"""With our token alone, and every right of our Roles, an attacker gets nothing more from Kubernetes' own controllers.

Garbage collector and token controller run. A stranger with the same Roles, whom no policy holds back, shows that each
attack would work.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config

from infra.local.cloud import PRODUCT
from shared.adapters.kubernetes.rollouts import RESTARTED_FOR, restart_patch
from shared.domain.object_ref import ObjectRef
from shared.domain.serving.cluster_policy import PolicyProbe
from shared.domain.serving.place_observation import FieldOwner
from shared.domain.serving.tls_secret import SecretApply, owner_label
from shared.inventory import Workload
from tests.conftest import RunningStack
from tests.contract.cluster_admin import RELAY, SECRET
from tests.contract.cluster_administrator import Administrator, namespace_of_its_own
from tests.contract.polling import until

CLUSTER = "ss-dev-00"
STRANGER = "somebody-else"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
OWNERLESS = {"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "11111111-2222-3333-4444-555555555555"}
TOKEN_TYPE = "kubernetes.io/service-account-token"  # noqa: S105
TOKEN_OF = "kubernetes.io/service-account.name"  # noqa: S105
OURS = "relaykeeper/certificate.dev"
CLIENTS = "relay-clients"

pytestmark = pytest.mark.e2e

type Body = dict[str, Any] | list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Attacker:
    """Somebody with one user's rights in a namespace, and the Secret there that they are after."""

    namespace: str
    api: client.ApiClient
    target: str = SECRET

    @property
    def core(self) -> client.CoreV1Api:
        return client.CoreV1Api(self.api)

    @property
    def apps(self) -> client.AppsV1Api:
        return client.AppsV1Api(self.api)

    def secret(self, body: Body, content_type: str = MERGE, **options: Any) -> object:
        patch = self.core.patch_namespaced_secret
        return patch(self.target, self.namespace, body, _content_type=content_type, **options)

    def apply(self, manager: str = OURS, kind: str = "Opaque", *, force: bool = False, **metadata: Any) -> object:
        """Apply the Secret, with one file of ours."""
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": self.target, **metadata},
            "type": kind,
            "data": {"a.pem": "QQ=="},
        }
        return self.secret(body, APPLY, field_manager=manager, force=force)

    def workload(self, body: Body, content_type: str = MERGE, **options: Any) -> object:
        return self.apps.patch_namespaced_stateful_set(
            RELAY, self.namespace, body, _content_type=content_type, **options
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """Our identity and a stranger with the same Roles, in a namespace where a powerful service account lives."""

    admin: Administrator
    ours: Attacker
    stranger: Attacker


@pytest.fixture
def scene(stack: RunningStack) -> Iterator[Scene]:
    kubeconfig = stack.folder / "kubeconfigs" / f"{CLUSTER}.yaml"
    with namespace_of_its_own(kubeconfig, CLUSTER, PRODUCT.object_id, "sync-secret") as admin:
        admin.grant("sync-secret", STRANGER)
        admin.core.create_namespaced_service_account(admin.namespace, {"metadata": {"name": "powerful"}})
        yield Scene(
            admin,
            attacker(kubeconfig, PRODUCT.object_id, admin.namespace),
            attacker(kubeconfig, STRANGER, admin.namespace),
        )


def attacker(kubeconfig: Path, user: str, namespace: str) -> Attacker:
    api = config.new_client_from_config(str(kubeconfig))
    api.set_default_header("Impersonate-User", user)
    return Attacker(namespace, api)


def outcome(attack: Callable[..., object], *arguments: object, **options: object) -> str:
    """Return `accepted`, `policy` where ours refused, or what else did."""
    try:
        attack(*arguments, **options)
    except client.ApiException as error:
        words = str(error.body)
        return "policy" if "Policy version 2: Relaykeeper may" in words else f"{error.status}: {words}"
    return "accepted"


def become_powerful(scene: Scene, who: Attacker) -> str | None:
    """Return the token of the powerful account, or None where a step was refused."""
    scene.admin.delete_secret()
    who.apply()
    if outcome(who.secret, {"metadata": {"ownerReferences": [OWNERLESS]}}) != "accepted":
        return None
    until(lambda: not scene.admin.has_secret())
    who.apply(OURS, TOKEN_TYPE, annotations={TOKEN_OF: "powerful"})
    until(lambda: "token" in (scene.admin.core.read_namespaced_secret(SECRET, scene.admin.namespace).data or {}))
    return str(who.core.read_namespaced_secret(SECRET, who.namespace).data["token"])


def test_without_the_policy_the_rights_on_one_secret_become_any_service_account(scene: Scene) -> None:
    assert become_powerful(scene, scene.stranger)


def test_with_it_each_step_of_that_is_refused(scene: Scene) -> None:
    assert become_powerful(scene, scene.ours) is None

    scene.admin.delete_secret()
    asked = outcome(scene.ours.apply, OURS, TOKEN_TYPE, annotations={TOKEN_OF: "powerful"})

    assert asked == "policy"
    assert not scene.admin.has_secret()


CREATIONS: Mapping[str, Callable[[Attacker], object]] = {
    "type of a bootstrap token": partial(Attacker.apply, kind="bootstrap.kubernetes.io/token"),
    "type of a Helm release": partial(Attacker.apply, kind="helm.sh/release.v1"),
    "owner": lambda who: who.apply(ownerReferences=[OWNERLESS]),
    "finalizer": lambda who: who.apply(finalizers=["x/y"]),
    "label": lambda who: who.apply(labels={"sealedsecrets.bitnami.com/sealed-secrets-key": "active"}),
    "generateName": lambda who: who.apply(generateName="x-"),
    "annotation of another": lambda who: who.apply(annotations={"reflector.v1.k8s.emberstack.com/reflects": "a/b"}),
    "annotation that looks like ours": lambda who: who.apply(annotations={"relaykeeper.example/x": "y"}),
    "immutable": lambda who: who.secret(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}, "immutable": True},
        APPLY,
        field_manager=OURS,
    ),
}


def test_our_identity_makes_no_secret_that_means_something_to_others(scene: Scene) -> None:
    found = {name: outcome(attack, scene.ours) for name, attack in CREATIONS.items()}

    assert found == dict.fromkeys(CREATIONS, "policy")
    assert not scene.admin.has_secret()


def claim(manager: str, fields: Mapping[str, Any], operation: str = "Apply") -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }


CHANGES: Mapping[str, Body] = {
    "owner": {"metadata": {"ownerReferences": [OWNERLESS]}},
    "finalizer": {"metadata": {"finalizers": ["x/y"]}},
    "label": {"metadata": {"labels": {"x": "y"}}},
    "a label that was there": {"metadata": {"labels": {"app": "other"}}},
    "labels away": {"metadata": {"labels": None}},
    "annotation": {"metadata": {"annotations": {"x": "y"}}},
    "an annotation that was there": {"metadata": {"annotations": {"cert-manager.io/x": "z"}}},
    "annotation away": {"metadata": {"annotations": {"cert-manager.io/x": None}}},
    "a token's annotation": {"metadata": {"annotations": {TOKEN_OF: "powerful"}}},
    "immutable": {"immutable": True},
    "immutable with stringData": {"immutable": True, "stringData": {"a.pem": "x"}},
    "claims reset": {"metadata": {"managedFields": [{}]}},
    "claims of labels in another's name": {
        "metadata": {"managedFields": [claim("flux", {"f:metadata": {"f:labels": {"f:app": {}}}})]}
    },
    "claims of annotations in another's name": {
        "metadata": {"managedFields": [claim("flux", {"f:metadata": {"f:annotations": {"f:cert-manager.io/x": {}}}})]}
    },
    "claim of immutable": {"metadata": {"managedFields": [claim("flux", {"f:immutable": {}})]}},
}


def test_our_identity_changes_nothing_of_a_secret_but_data_and_our_annotations(scene: Scene) -> None:
    scene.admin.core.create_namespaced_secret(
        scene.admin.namespace,
        {
            "metadata": {
                "name": SECRET,
                "labels": {"app": "relay"},
                "annotations": {"cert-manager.io/x": "y", "relaykeeper/x": "1"},
                "finalizers": ["relaykeeper.test/kept"],
            }
        },
    )
    try:
        found = {name: outcome(scene.ours.secret, body) for name, body in CHANGES.items()}
        found["dry run"] = outcome(scene.ours.secret, {"immutable": True}, dry_run="All")
        accepted = {
            "data": outcome(scene.ours.secret, {"stringData": {"b.pem": "x"}}, field_manager=OURS),
            "our annotation": outcome(scene.ours.secret, {"metadata": {"annotations": {"relaykeeper/x": "2"}}}),
            "our annotation away": outcome(scene.ours.secret, {"metadata": {"annotations": {"relaykeeper/x": None}}}),
            "applied": outcome(scene.ours.apply),
        }
    finally:
        scene.admin.core.patch_namespaced_secret(SECRET, scene.admin.namespace, {"metadata": {"finalizers": None}})

    assert found == dict.fromkeys(found, "policy")
    assert accepted == dict.fromkeys(accepted, "accepted")


def test_the_clients_secret_takes_each_clients_part_and_nothing_else(scene: Scene, stack: RunningStack) -> None:
    clusters, namespace = stack.ports.clusters, scene.admin.namespace
    labels = {user: owner_label(ObjectRef("client", user)) for user in ("pcol", "sscs")}
    for user, label in labels.items():
        annotations = {label: '{"version": "1"}'}
        part = SecretApply(namespace, CLIENTS, "Opaque", {user: b"0" * 64}, annotations, label, None)
        clusters.apply(CLUSTER, part)

    seen = clusters.secret(CLUSTER, namespace, CLIENTS)
    ours = replace(scene.ours, target=CLIENTS)
    changes = ("owner", "finalizer", "label", "annotation", "a token's annotation", "immutable")
    refused = {name: outcome(ours.secret, CHANGES[name]) for name in changes}

    assert seen is not None
    assert seen.annotations == dict.fromkeys(labels.values(), '{"version": "1"}')
    assert seen.owners == {user: (FieldOwner(label, applied=True),) for user, label in labels.items()}
    assert refused == dict.fromkeys(refused, "policy")


def test_a_secret_that_asked_is_not_even_given_data(scene: Scene) -> None:
    scene.admin.core.create_namespaced_secret(
        scene.admin.namespace,
        {"metadata": {"name": SECRET, "annotations": {TOKEN_OF: "powerful"}}, "type": TOKEN_TYPE},
    )

    assert outcome(scene.ours.secret, {"stringData": {"b.pem": "x"}}) == "policy"


def test_claims_on_a_workload_are_neither_reset_nor_made_in_anothers_name(scene: Scene) -> None:
    flux = {"metadata": {"name": RELAY}, "apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"replicas": 2}}
    scene.admin.apps.patch_namespaced_stateful_set(
        RELAY, scene.admin.namespace, flux, field_manager="flux", force=True, _content_type=APPLY
    )
    scene.admin.apps.patch_namespaced_stateful_set(
        RELAY, scene.admin.namespace, restart_patch("by hand"), field_manager="kubectl-edit"
    )
    found = scene.admin.apps.read_namespaced_stateful_set(RELAY, scene.admin.namespace)
    fields = scene.admin.apps.api_client.sanitize_for_serialization(found)["metadata"]["managedFields"]
    forged = claim("flux", {"f:spec": {"f:serviceName": {}}}) | {"apiVersion": "apps/v1"}
    dropped = [each for each in fields if each["manager"] != "flux"]
    emptied = [{**each, "fieldsV1": {"f:spec": {"f:paused": {}}}} for each in fields]

    attacks = {
        "reset": [{}],
        "dropped": dropped,
        "forged": [*dropped, forged],
        "one more": [*fields, {**forged, "manager": "helm"}],
        "emptied": emptied,
        "in our name": [*fields, {**forged, "manager": "relaykeeper", "operation": "Update"}],
    }
    outcomes = {
        name: outcome(scene.ours.workload, {"metadata": {"managedFields": entries}})
        for name, entries in attacks.items()
    }

    assert outcomes == dict.fromkeys(attacks, "policy")
    # The annotation itself may be claimed by others: whoever restarted by hand, or applied a copy of the object.
    assert outcome(scene.ours.workload, restart_patch("ours"), field_manager="relaykeeper") == "accepted"


def test_what_no_role_gives_is_refused_as_a_missing_right(scene: Scene) -> None:
    ours, namespace = scene.ours, scene.admin.namespace
    ours.apply()
    scale = {"spec": {"replicas": 0}}
    status = {"status": {"replicas": 9}}
    attacks: Mapping[str, Callable[[], object]] = {
        "post": lambda: ours.core.create_namespaced_secret(namespace, {"metadata": {"name": SECRET}}),
        "post of any name": lambda: ours.core.create_namespaced_secret(namespace, {"metadata": {"generateName": "x"}}),
        "put": lambda: ours.core.replace_namespaced_secret(SECRET, namespace, {"metadata": {"name": SECRET}}),
        "list": lambda: ours.core.list_namespaced_secret(namespace),
        "delete": lambda: ours.core.delete_namespaced_secret(SECRET, namespace),
        "delete of all": lambda: ours.core.delete_collection_namespaced_secret(namespace),
        "scale": lambda: ours.apps.patch_namespaced_stateful_set_scale(RELAY, namespace, scale),
        "status": lambda: ours.apps.patch_namespaced_stateful_set_status(RELAY, namespace, status),
        "another workload": lambda: ours.apps.patch_namespaced_stateful_set(
            "other",
            namespace,
            {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "other"}},
            field_manager="x",
            _content_type=APPLY,
        ),
        "token": lambda: ours.core.create_namespaced_service_account_token("powerful", namespace, {"spec": {}}),
        "exec": lambda: ours.core.connect_get_namespaced_pod_exec(f"{RELAY}-0", namespace, command="sh"),
    }

    outcomes = {name: outcome(attack) for name, attack in attacks.items()}

    assert {name: words.partition(":")[0] for name, words in outcomes.items()} == dict.fromkeys(attacks, "403")
    assert not [words for words in outcomes.values() if "cannot" not in words]


def test_the_watchs_probe_tells_whether_the_policies_hold_us(scene: Scene, stack: RunningStack) -> None:
    namespace, clusters = scene.admin.namespace, stack.ports.clusters

    relay = Workload(namespace, "statefulset", RELAY)
    before = clusters.probe_policy(CLUSTER, relay, SECRET)
    scene.ours.apply()
    after = clusters.probe_policy(CLUSTER, relay, SECRET)

    assert before == (PolicyProbe(f"Secret {namespace}/{SECRET}", None), PolicyProbe(str(relay), 2))
    assert after == (PolicyProbe(f"Secret {namespace}/{SECRET}", 2), PolicyProbe(str(relay), 2))
    assert RESTARTED_FOR not in str(scene.admin.apps.read_namespaced_stateful_set(RELAY, namespace).metadata)
