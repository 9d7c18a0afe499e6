"""The administrator of a real cluster, and a namespace to do a test's work in."""

import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kubernetes import client, config

from infra.local.cluster import rights
from infra.local.csi.install import put_class
from infra.local.csi.objects import GROUP, STATUSES, VERSION, pod_status
from tests.contract.cluster_admin import RELAY, SECRET
from tests.contract.polling import until

HANGS = "relaykeeper/contract"
TLS = {"name": "tls", "secret": {"secretName": SECRET}}


class Administrator:
    """Acts on a cluster with its kubeconfig."""

    def __init__(self, kubeconfig: Path, cluster: str, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.api = api = config.new_client_from_config(str(kubeconfig))
        self.core = client.CoreV1Api(api)
        self.apps = client.AppsV1Api(api)
        self.custom = client.CustomObjectsApi(api)
        self.rbac = client.RbacAuthorizationV1Api(api)
        self.reviews = client.AuthorizationV1Api(api)

    def grant(self, piece: str, user: str) -> None:
        """Give the user the rights of one folder of infra/kubernetes, and wait until the API server knows them."""
        objects = tuple(rights(piece, user))
        for each in objects:
            each["metadata"]["name"] += f"-{user}"
            if each["kind"] == "RoleBinding":
                each["roleRef"]["name"] += f"-{user}"
        for each in objects:
            if each["kind"] == "Role":
                self.rbac.create_namespaced_role(self.namespace, each)
            else:
                self.rbac.create_namespaced_role_binding(self.namespace, each)
        until(lambda: all(self.allows(user, rule) for each in objects for rule in each.get("rules", ())))

    def allows(self, user: str, rule: Mapping[str, Any]) -> bool:
        """Say whether the user has the first right of a Role's rule."""
        asked = {
            "namespace": self.namespace,
            "verb": rule["verbs"][0],
            "group": rule["apiGroups"][0],
            "resource": rule["resources"][0],
            "name": rule.get("resourceNames", [""])[0],
        }
        review = self.reviews.create_subject_access_review({"spec": {"user": user, "resourceAttributes": asked}})
        return bool(review.status.allowed)

    def revoke(self, verb: str, resource: str) -> None:
        """Take one right out of every Role."""
        for role in self.rbac.list_namespaced_role(self.namespace).items:
            for rule in role.rules:
                if resource in rule.resources:
                    rule.verbs.remove(verb)
            role.rules = [rule for rule in role.rules if rule.verbs]
            self.rbac.replace_namespaced_role(role.metadata.name, self.namespace, role)

    def delete_secret(self) -> None:
        """Delete the Secret if it is there."""
        if self.has_secret():
            self.core.delete_namespaced_secret(SECRET, self.namespace)

    def has_secret(self) -> bool:
        listed = self.core.list_namespaced_secret(self.namespace).items
        return any(secret.metadata.name == SECRET for secret in listed)

    def edit(self, data: Mapping[str, str]) -> None:
        body = {"metadata": {"name": SECRET}, "data": in_base64(data)}
        if self.has_secret():
            self.core.patch_namespaced_secret(SECRET, self.namespace, body, field_manager="kubectl-edit")
        else:
            self.core.create_namespaced_secret(self.namespace, body, field_manager="kubectl-create")

    def apply_as(self, manager: str, data: Mapping[str, str]) -> None:
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}, "data": in_base64(data)}
        self.core.patch_namespaced_secret(
            SECRET, self.namespace, body, field_manager=manager, _content_type="application/apply-patch+yaml"
        )

    def seal(self) -> None:
        self.core.patch_namespaced_secret(SECRET, self.namespace, {"immutable": True}, field_manager="kubectl-edit")

    def restarts(self) -> int:
        return int(self.apps.read_namespaced_stateful_set(RELAY, self.namespace).metadata.generation) - 1

    def crash(self, pod: str) -> None:
        """Report it as a kubelet does; there is none, for the pods are gated."""
        self.wait_for(pod)
        container = {
            "name": "exim",
            "image": "mailrelay:4.96",
            "imageID": "",
            "ready": False,
            "restartCount": 5,
            "state": {
                "waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}
            },
        }
        conditions = [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "False"}]
        self.core.patch_namespaced_pod_status(
            pod, self.namespace, {"status": {"conditions": conditions, "containerStatuses": [container]}}
        )

    def hang(self, pod: str) -> None:
        self.wait_for(pod)
        self.core.patch_namespaced_pod(pod, self.namespace, {"metadata": {"finalizers": [HANGS]}})
        self.core.delete_namespaced_pod(pod, self.namespace)

    def wait_for(self, pod: str) -> None:
        until(lambda: any(each.metadata.name == pod for each in self.core.list_namespaced_pod(self.namespace).items))

    def let_go(self) -> None:
        for pod in self.core.list_namespaced_pod(self.namespace).items:
            if pod.metadata.finalizers:
                body = [{"op": "remove", "path": "/metadata/finalizers"}]
                self.core.patch_namespaced_pod(pod.metadata.name, self.namespace, body)

    def mount_by_sub_path(self) -> None:
        mount = {"name": "tls", "mountPath": "/etc/relay/tls/tls.crt", "subPath": "tls.crt"}
        self.change_template(volumes=[TLS], containers=[{"name": "exim", "volumeMounts": [mount]}])

    def remove_probe_and_hook(self) -> None:
        self.change_template(containers=[{"name": "exim", "readinessProbe": None, "lifecycle": None}])

    def change_template(self, **spec: Any) -> None:
        self.apps.patch_namespaced_stateful_set(RELAY, self.namespace, {"spec": {"template": {"spec": spec}}})

    def list_objects(self, provider_class: str, secrets: Mapping[str, str]) -> None:
        put_class(self.api, self.namespace, provider_class, "dev", secrets)

    def mount(self, pod: str, provider_class: str, versions: Mapping[str, str]) -> None:
        self.wait_for(pod)
        uid = self.core.read_namespaced_pod(pod, self.namespace).metadata.uid
        status = pod_status(self.namespace, pod, uid, provider_class, versions)
        self.custom.create_namespaced_custom_object(GROUP, VERSION, self.namespace, STATUSES, status)

    def serve(self, service: str, address: str | None) -> None:
        spec = {"type": "LoadBalancer", "ports": [{"port": 25}], "selector": {"app": RELAY}}
        self.core.create_namespaced_service(self.namespace, {"metadata": {"name": service}, "spec": spec})
        if address is not None:
            status = {"loadBalancer": {"ingress": [{"ip": address}]}}
            self.core.patch_namespaced_service_status(service, self.namespace, {"status": status})


@contextmanager
def namespace_of_its_own(kubeconfig: Path, cluster: str, user: str, *pieces: str) -> Iterator[Administrator]:
    """Make a namespace in which `user` has the rights of these folders of `infra/kubernetes`, and those alone."""
    admin = Administrator(kubeconfig, cluster, f"contract-{secrets.token_hex(4)}")
    admin.core.create_namespace({"metadata": {"name": admin.namespace}})
    try:
        for piece in pieces:
            admin.grant(piece, user)
        admin.apps.create_namespaced_stateful_set(admin.namespace, gated_statefulset())
        yield admin
    finally:
        admin.let_go()
        admin.core.delete_namespace(admin.namespace)


def gated_statefulset() -> dict[str, Any]:
    """Return a workload whose pods exist and never start."""
    labels = {"app": RELAY}
    container = {
        "name": "exim",
        "image": "mailrelay:4.96",
        "ports": [{"containerPort": 25}],
        "readinessProbe": {"tcpSocket": {"port": 25}},
        "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
    }
    pod = {"schedulingGates": [{"name": "relaykeeper/contract"}], "containers": [container]}
    return {
        "metadata": {"name": RELAY},
        "spec": {
            "replicas": 2,
            "serviceName": RELAY,
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def in_base64(data: Mapping[str, str]) -> dict[str, str]:
    return {key: b64encode(value.encode()).decode() for key, value in data.items()}
