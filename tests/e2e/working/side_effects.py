"""Everything that workers may have done to other systems, counted at those systems."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import CertificateClient
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient

from infra.local.demo.counts import acme_requests, count
from shared.azure import KEY_VAULT_OPTIONS, STORAGE_OPTIONS
from shared.compose import CONTAINER, QUEUE
from tests.e2e.conftest import DEV, Fleet

ONE_RENEWAL = {"orders": 1, "finalized": 1, "versions": 1}
"""What one renewal takes; see `SideEffects.issued_since`. No answers: Pebble reuses one authorization in a hundred."""


def journals(fleet: Fleet) -> dict[str, str]:
    """Return each journal's ETag."""
    with (
        DefaultAzureCredential() as credential,
        ContainerClient(
            fleet.stack.addresses.blob_service, CONTAINER, credential=credential, **STORAGE_OPTIONS
        ) as container,
    ):
        return {blob.name: blob.etag for blob in container.list_blobs()}


def messages(fleet: Fleet) -> int:
    """Return how many messages the queue holds, delayed ones as well."""
    with (
        DefaultAzureCredential() as credential,
        QueueClient(fleet.stack.addresses.queue_service, QUEUE, credential=credential, **STORAGE_OPTIONS) as queue,
    ):
        return int(queue.get_queue_properties().approximate_message_count or 0)


def versions(fleet: Fleet, certificate: str) -> list[str]:
    """Return every version that the vault `dev` has of a certificate."""
    with (
        DefaultAzureCredential() as credential,
        CertificateClient(fleet.stack.addresses.vault("dev"), credential, **KEY_VAULT_OPTIONS) as client,
    ):
        return [str(version.version) for version in client.list_properties_of_certificate_versions(certificate)]


@dataclass(frozen=True, slots=True)
class SideEffects:
    """Requests are counted whether they were granted or not; two equal values mean that nothing was even tried."""

    orders: int
    answers: int
    finalized: int
    vault_writes: int
    txt_writes: int
    versions: int
    secrets: Mapping[str, str]
    templates: Mapping[str, int]
    journals: Mapping[str, str]
    messages: int

    @classmethod
    def of(cls, fleet: Fleet) -> "SideEffects":
        logs = fleet.stack.logs
        counts = count(logs, fleet.stack.folder / "kubeconfigs", [cluster.name for cluster in fleet.clusters])
        return cls(
            orders=counts.orders,
            answers=len(acme_requests(logs, "/chalZ/")),
            finalized=len(acme_requests(logs, "/finalize-order/")),
            vault_writes=len(writes(logs / "vault.log")),
            txt_writes=len(writes(logs / "azuredns.log")),
            versions=len(versions(fleet, DEV)),
            secrets=counts.secrets,
            templates=counts.templates,
            journals=journals(fleet),
            messages=messages(fleet),
        )

    def issued_since(self, before: "SideEffects") -> dict[str, int]:
        """Return what was asked of authority and vault between two moments, and granted."""
        return {
            "orders": self.orders - before.orders,
            "finalized": self.finalized - before.finalized,
            "versions": self.versions - before.versions,
        }


def writes(log: Path, path: str = "") -> list[int]:
    """Return how a stand-in answered the writes to paths that contain `path`, by its log."""
    entries = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [e["status"] for e in entries if e.get("method", "GET") != "GET" and path in e["path"]]
