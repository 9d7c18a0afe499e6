"""What the storage was asked for, by its access log (one line per request, in the Common Log Format)."""

import re
from collections import Counter
from pathlib import Path

from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobClient

from infra.local.loopback import Addresses
from shared.azure import STORAGE_OPTIONS
from shared.compose import CONTAINER
from tests.e2e.counting.log_barrier import wait_for_trace

FENCE = "HEAD fence"


def asked(addresses: Addresses, log: Path) -> Counter[str]:
    """Return how often each blob met each method, as `GET certificates/x.json`, everything so far included."""
    wait_for_trace(lambda: counts(log)[FENCE], lambda: look_for_fence(addresses), f"{log.name} (is it --silent?)")
    return Counter({what: times for what, times in counts(log).items() if what != FENCE})


def counts(log: Path) -> Counter[str]:
    requests = re.findall(rf'"(\w+) /\w+/{CONTAINER}/?([^ ?]*)\S* HTTP/1\.1"', log.read_text())
    return Counter(f"{method} {blob}" for method, blob in requests)


def look_for_fence(addresses: Addresses) -> None:
    with (
        DefaultAzureCredential() as credential,
        BlobClient(addresses.blob_service, CONTAINER, "fence", credential=credential, **STORAGE_OPTIONS) as blob,
    ):
        assert not blob.exists()
