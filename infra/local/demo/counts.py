"""What a tick cost, counted by the other side: the authority's log, the vault's log, the clusters' resourceVersions."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubernetes import client, config


@dataclass(frozen=True, slots=True)
class Counts:
    """Everything that was ever done to the outside world, up to one moment."""

    orders: int
    vault_writes: int
    secrets: Mapping[str, str]
    templates: Mapping[str, int]

    def since(self, before: "Counts") -> dict[str, int]:
        """Return what was done between two moments."""
        return {
            "orders": self.orders - before.orders,
            "vault_writes": self.vault_writes - before.vault_writes,
            "secret_writes": sum(version != before.secrets.get(name) for name, version in self.secrets.items()),
            "restarts": sum(seen - before.templates.get(name, seen) for name, seen in self.templates.items()),
        }


def count(logs: Path, kubeconfigs: Path, clusters: Sequence[str]) -> Counts:
    secrets: dict[str, str] = {}
    templates: dict[str, int] = {}
    for cluster in clusters:
        with config.new_client_from_config(str(kubeconfigs / f"{cluster}.yaml")) as api:
            for secret in client.CoreV1Api(api).list_secret_for_all_namespaces().items:
                meta = secret.metadata
                secrets[f"{cluster}/{meta.namespace}/{meta.name}"] = f"{meta.uid} {meta.resource_version}"
            for workload in client.AppsV1Api(api).list_stateful_set_for_all_namespaces().items:
                templates[f"{cluster}/{workload.metadata.name}"] = workload.metadata.generation
    return Counts(len(acme_requests(logs, "/order-plz")), vault_writes(logs), secrets, templates)


def acme_requests(logs: Path, path: str = "/") -> list[str]:
    """Return the paths that Pebble's log says were asked for, in their order, of those that begin with `path`."""
    asked = re.findall(r"(?:GET|HEAD|POST) (/\S*) -> calling handler", (logs / "pebble.log").read_text())
    return [found for found in asked if found.startswith(path)]


def vault_writes(logs: Path) -> int:
    lines = (logs / "vault.log").read_text().splitlines()
    entries = [json.loads(line) for line in lines if line.startswith("{")]
    return sum(entry.get("method", "GET") != "GET" and entry["status"] < 400 for entry in entries)


def requests_by_order(logs: Path) -> list[int]:
    """Return how many requests each order took, from reading the directory to downloading the chain."""
    sessions: list[list[str]] = []
    for path in acme_requests(logs):
        if path == "/dir":
            sessions.append([])
        sessions[-1].append(path)
    return [len(session) for session in sessions if "/order-plz" in session]
