"""What a node asks of its cluster's API server."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from infra.local.node.podspec import PodSpec
from infra.local.node.status import HOST_ADDRESS, Json, timestamp, unscheduled

TIMEOUT = (5, 20)
"""Seconds to connect, and to wait for an answer."""

PAUSE = 0.2
"""Seconds before a request is made again that the API server did not take."""

GONE = (404, 409)
"""Not there any more, or another object of that name is (its uid is part of each write)."""

OVERLOADED = (429, 500, 503, 504)

MERGE_PATCH: dict[str, Any] = {"_content_type": "application/merge-patch+json", "_request_timeout": TIMEOUT}

log = logging.getLogger(__name__)


class ClusterApi:
    """Writes of a node; each is repeated until the API server has taken it."""

    def __init__(self, kubeconfig: Path) -> None:
        self._client = config.new_client_from_config(str(kubeconfig))
        self._client.configuration.proxy = None
        self.core = client.CoreV1Api(self._client)
        self.custom = client.CustomObjectsApi(self._client)

    async def register(self, node: str) -> None:
        """Make the Node object, or take over the one that is there, and report it Ready."""
        ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
        status = {"conditions": [ready], "addresses": [{"type": "InternalIP", "address": HOST_ADDRESS}]}
        await accepted(lambda: self.core.create_node({"metadata": {"name": node}}, _request_timeout=TIMEOUT))
        await accepted(lambda: self.core.patch_node_status(node, {"status": status}, **MERGE_PATCH))

    async def bind(self, pod: Any, node: str) -> None:
        """Assign a pod (its V1ObjectMeta) to the node, as a scheduler would."""
        binding = {"metadata": {"name": pod.name, "uid": pod.uid}, "target": {"kind": "Node", "name": node}}
        await accepted(
            # Its answer is a Status, which the client cannot read as the Binding that its schema promises.
            lambda: self.core.create_namespaced_pod_binding(
                pod.name, pod.namespace, binding, _preload_content=False, _request_timeout=TIMEOUT
            )
        )

    async def unschedulable(self, pod: Any) -> None:
        """Report of a pod (its V1ObjectMeta) that no node takes it, as a scheduler would."""
        body = {"metadata": {"uid": pod.uid}, "status": {"conditions": [unscheduled(timestamp())]}}
        await accepted(lambda: self.core.patch_namespaced_pod_status(pod.name, pod.namespace, body, **MERGE_PATCH))

    async def report(self, pod: PodSpec, status: Json) -> None:
        body = {"metadata": {"uid": pod.uid}, "status": status}
        await accepted(lambda: self.core.patch_namespaced_pod_status(pod.name, pod.namespace, body, **MERGE_PATCH))

    async def warn(self, pod: PodSpec, reason: str, message: str) -> None:
        """Make an Event, which `kubectl describe pod` shows."""
        event = {
            "metadata": {"generateName": f"{pod.name}."},
            "involvedObject": {"kind": "Pod", "namespace": pod.namespace, "name": pod.name, "uid": pod.uid},
            "type": "Warning",
            "reason": reason,
            "message": message,
            "source": {"component": "kubelet"},
        }
        await accepted(lambda: self.core.create_namespaced_event(pod.namespace, event, _request_timeout=TIMEOUT))

    async def put_custom(self, group: str, version: str, namespace: str, plural: str, body: Json) -> None:
        """Make a custom object, or change the one of that name."""
        where, name = (group, version, namespace, plural), body["metadata"]["name"]

        def put() -> None:
            try:
                self.custom.create_namespaced_custom_object(*where, body, _request_timeout=TIMEOUT)
            except ApiException as refusal:
                if refusal.status != 409:
                    raise
                self.custom.patch_namespaced_custom_object(*where, name, body, **MERGE_PATCH)

        await accepted(put)

    async def remove(self, pod: PodSpec) -> None:
        """Delete the pod with no grace period: its containers have ended."""
        body = {"gracePeriodSeconds": 0, "preconditions": {"uid": pod.uid}}
        await accepted(
            lambda: self.core.delete_namespaced_pod(pod.name, pod.namespace, body=body, _request_timeout=TIMEOUT)
        )


async def accepted(write: Callable[[], object]) -> None:
    """Repeat a write until the API server answers it, be it that what it is about is gone. Raises on other refusals."""
    logged = False
    while True:
        try:
            await asyncio.to_thread(write)
        except ApiException as refusal:
            if refusal.status in GONE or "NamespaceTerminating" in str(refusal.body):
                return
            if refusal.status not in OVERLOADED:
                raise
            trouble = f"{refusal.status} {refusal.reason}"
        except HTTPError as error:
            trouble = type(error).__name__
        else:
            return
        if not logged:
            log.info("API server does not take a write (%s), asking until it does", trouble)
        logged = True
        await asyncio.sleep(PAUSE)
