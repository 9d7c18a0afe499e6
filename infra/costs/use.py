"""What an estate uses in a month: what was counted in an hour, what a renewal takes, and what runs whatever it does."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

HOST_JSON = Path(__file__).parents[2] / "host.json"

HOURS = 730
"""Of a month, as Azure counts."""

RENEWALS = 1
"""Of a certificate in a month: more than with 90 days of life, and about as many as with the 47 of 2029."""

LISTED_AT_ONCE = 25
"""Objects in one answer of Key Vault (`maxresults`)."""

BLOB_READS, BLOB_WRITES, QUEUE, VAULT = "blob_reads", "blob_writes", "queue_operations", "vault_operations"

OPERATIONS: Mapping[str, Mapping[str, int]] = {
    "read": {BLOB_READS: 1},
    "names": {BLOB_WRITES: 1},
    "lease": {BLOB_READS: 3},
    "lease.write": {BLOB_WRITES: 1},
    "lease.renew": {BLOB_READS: 1},
    "history.append": {BLOB_WRITES: 1},
    "queue.send": {QUEUE: 3},
}
"""What the calls of the ports are billed as (`shared/adapters/storage`). Listing costs as much as writing; a lease is
taken, read and given back, which are billed like reads; a message is sent, received and deleted."""

FREE = frozenset({"authority", "clock", "clusters", "dns", "notifier", "prober", "trust_roots"})
"""Ports that reach nothing that Azure bills by operation; calls of Azure DNS are those of Azure Resource Manager."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How often each port was called, as `port.method`: in an hour without work, and for one renewal."""

    certificates: int
    ticks: int
    watches: int
    hour: Counter[str]
    renewal: Counter[str]


def billed(calls: Counter[str], objects: int) -> Counter[str]:
    """Return calls of the ports as the operations that Azure bills. Raises KeyError for one that it does not know."""
    total: Counter[str] = Counter()
    for call, times in calls.items():
        port, _, method = call.rpartition(".")
        if port in FREE:
            continue
        if port == "vault":
            total[VAULT] += times * (2 * ceil(objects / LISTED_AT_ONCE) if method == "entries" else 1)
            continue
        known = OPERATIONS[method if port.startswith("state.") else call]
        for meter, number in known.items():
            total[meter] += number * times
    return total


def monthly_use(counted: Counted, assumed: Mapping[str, float]) -> Counter[str]:
    """Return what the estate uses in a month, by meter."""
    renewals = RENEWALS * counted.certificates
    in_an_hour, by_a_renewal = billed(counted.hour, counted.certificates), billed(counted.renewal, counted.certificates)
    use: Counter[str] = Counter({meter: number * HOURS for meter, number in in_an_hour.items()})
    use += Counter({meter: number * renewals for meter, number in by_a_renewal.items()})
    looks = counted.hour["queue.send"] * HOURS + counted.renewal["queue.send"] * renewals
    ticks, watches = counted.ticks * HOURS, counted.watches * HOURS
    calls = round(HOURS * 3600 / assumed["seconds_between_scrapes"])
    use["executions"] = ticks + watches + looks + calls
    seconds = (
        ticks * assumed["seconds_of_a_tick"]
        + watches * (3 + assumed["seconds_of_a_watch_and_object"] * counted.certificates)
        + looks * assumed["seconds_of_a_look"]
        + calls * assumed["seconds_of_a_call"]
    )
    use["gb_seconds"] = round(seconds * assumed["gigabytes_of_an_instance"])
    use[QUEUE] += round(HOURS * 3600 / polling_seconds()) * 2
    use[BLOB_WRITES] += round(assumed["host_blob_writes_an_hour"] * HOURS)
    use[BLOB_READS] += 2 * calls
    return use


def polling_seconds() -> float:
    """Return how often the host looks into each of the two queues at most, in seconds between two looks."""
    text: str = json.loads(HOST_JSON.read_text(encoding="utf-8"))["extensions"]["queues"]["maxPollingInterval"]
    hours, minutes, seconds = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + seconds
