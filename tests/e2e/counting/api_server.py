"""What an API server was asked for, by its own metrics.

https://kubernetes.io/docs/reference/instrumentation/metrics/ (apiserver_request_total)
"""

import re
import ssl
import time
import urllib.request
from collections import Counter

from kubernetes import client, config
from kubernetes.client import ApiException

from infra.local.cluster import Cluster
from tests.e2e.counting.log_barrier import wait_for_trace

NAMED = frozenset({"namespace", "resource"})
"""The scopes in which we ask. The controllers and the node follow whole clusters."""

WORKLOADS = frozenset({"secrets", "pods", "statefulsets", "deployments", "replicasets", "controllerrevisions"})


PATIENCE = 60.0
"""Seconds."""


def asked(cluster: Cluster) -> Counter[str]:
    """Return how often each verb met each resource of a namespace, as `GET secrets`, everything so far included."""
    wait_for_trace(
        lambda: counts(cluster)["GET configmaps"], lambda: read_config_map(cluster), f"{cluster.url}/metrics"
    )
    return Counter({what: times for what, times in counts(cluster).items() if what.split()[1] in WORKLOADS})


def asked_when_quiet(cluster: Cluster) -> Counter[str]:
    """Return the same once nothing was asked for a second: a namespace of an earlier test may still be in deletion."""
    deadline = time.monotonic() + PATIENCE
    before = asked(cluster)
    while True:
        time.sleep(1)
        now = asked(cluster)
        if now == before:
            return now
        assert time.monotonic() < deadline, f"{cluster.name} is asked all the time: {now - before}"
        before = now


def counts(cluster: Cluster) -> Counter[str]:
    counted: Counter[str] = Counter()
    for labels, value in re.findall(r"^apiserver_request_total\{(.*)\} (\S+)$", metrics(cluster), re.MULTILINE):
        label = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        if label["scope"] in NAMED:
            counted[f"{label['verb']} {label['resource']}"] += int(float(value))
    return counted


def metrics(cluster: Cluster) -> str:
    trust = ssl.create_default_context(cafile=cluster.ca)
    trust.load_cert_chain(cluster.admin.certificate, cluster.admin.key)
    with urllib.request.urlopen(f"{cluster.url}/metrics", timeout=10, context=trust) as answer:  # noqa: S310 loopback
        return str(answer.read().decode())


def read_config_map(cluster: Cluster) -> None:
    """Ask for an object that does not exist, of a kind that nobody else reads by name."""
    with config.new_client_from_config(str(cluster.kubeconfig)) as api:
        try:
            client.CoreV1Api(api).read_namespaced_config_map("fence", "default")
        except ApiException as error:
            if error.status != 404:
                raise
