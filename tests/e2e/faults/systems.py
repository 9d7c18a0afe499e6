"""The systems that can fail: at which request of a renewal, how they are named then, how often they were asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import requests

from infra.local.proxy import Proxy, Reply, Rule
from infra.local.run_tick import HostLog
from tests.contract.polling import until
from tests.e2e.conftest import DEV
from tests.e2e.faults.host import PATIENCE
from tests.e2e.faults.replies import RETRY_AFTER, acme_problem, identity_error, kubernetes_status, storage_error
from tests.e2e.faults.world import CLUSTER, World

LATE = PATIENCE + 2
"""Seconds until an answer comes that nobody waits for any more; less than two attempts take."""

TRIES = {"POST": 1, "PUT": 2}
"""How often the SDKs of Azure ask a server that does not answer in time: what is not idempotent, once."""

JOURNAL = rf"/certificates/{DEV}\.json$"
"""The target of a write of the journal; a lease's has a query."""

OWN = timedelta(minutes=3)
"""Somewhat less than the journal's own first backoff."""

ASKED_FOR = {"429": timedelta(seconds=RETRY_AFTER) - OWN, "500": OWN}

type Break = Callable[[World, str], Callable[[], int]]
"""Let a system fail in a way; what is returned tells how often it was asked since."""


@dataclass(frozen=True, slots=True)
class System:
    """`names`: what an error must name, besides the answer. `most`: how many requests one attempt may cost, with the
    SDK's own few repetitions and its cleaning up. `resource`: that of its tokens, if it takes any. `backoff`: the least
    that a failure earns, where issuing fails; one that is not named is for a person to repair and is tried each tick.
    """

    name: str
    names: tuple[str, ...]
    most: int
    break_: Break
    resource: Callable[[World], str] | None = None
    backoff: Mapping[str, timedelta] | None = None


def stand_in(listener: Callable[[World], str], method: str, path: str, log: str) -> Break:
    """Faults by the switch of a stand-in."""
    kinds: Mapping[str, Mapping[str, object]] = {
        "slow": {"answer": "slow", "seconds": LATE, "times": TRIES[method]},
        "cut": {"answer": "drop", "after": True},
        "429": {"answer": 429, "retry_after": RETRY_AFTER},
    }

    def break_(world: World, kind: str) -> Callable[[], int]:
        fault = {"match": f"{method} {path}", **(kinds.get(kind) or {"answer": int(kind)})}
        requests.post(f"{listener(world)}/_faults", json=fault, timeout=5).raise_for_status()
        requests_since, met = HostLog(world.fleet.stack.logs / f"{log}.log"), list[str]()

        def asked() -> int:
            met.extend(e["path"] for e in requests_since.entries() if e.get("method") == method and path in e["path"])
            return len(met)

        def asked_in_the_end() -> int:
            """What was given up is carried out all the same, and not in the middle of the next attempt."""
            until(lambda: asked() >= TRIES[method])
            return len(met)

        return asked_in_the_end if kind == "slow" else asked

    return break_


def proxied(proxy: Callable[[World], Proxy], method: str, target: str, reply: Callable[[int], Reply]) -> Break:
    """Faults by a proxy; `reply` lays a status out as the server does."""

    def break_(world: World, kind: str) -> Callable[[], int]:
        match kind:
            case "slow":
                rule = Rule(method, target, late=LATE, times=max(TRIES.values()))
            case "cut":
                rule = Rule(method, target, cut=True)
            case status:
                rule = Rule(method, target, reply(int(status)))
        proxy(world).rules.append(rule)
        return lambda: len(proxy(world).met)

    return break_


def while_the_authority_fails(break_: Break) -> Break:
    """A message is put off, as there is something to wait for."""

    def broken(world: World, kind: str) -> Callable[[], int]:
        world.authority.rules.append(Rule("POST", "/order-plz$", acme_problem(500)))
        return break_(world, kind)

    return broken


VAULT = System(
    "vault",
    (DEV, "vault dev"),
    2,
    stand_in(lambda world: world.fleet.stack.addresses.vault("dev"), "POST", f"/certificates/{DEV}/create", "vault"),
    lambda world: world.fleet.stack.addresses.vault("dev").replace("https://127.", "https://"),
    backoff=ASKED_FOR,
)
DNS = System(
    "dns",
    ("_acme-challenge.", "zone mailrelay.platform.hmcts.net"),
    6,
    stand_in(lambda world: world.fleet.stack.addresses.arm, "PUT", "/TXT/", "azuredns"),
    lambda _: "https://management.azure.com",
    backoff=ASKED_FOR,
)
AUTHORITY = System(
    "authority",
    ("order", "/order-plz"),
    1,
    proxied(lambda world: world.authority, "POST", "/order-plz$", acme_problem),
    backoff=ASKED_FOR,
)
CLUSTERS = System(
    "api-server",
    ("relay-tls", CLUSTER),
    1,
    proxied(lambda world: world.cluster, "PATCH", "/secrets/relay-tls", kubernetes_status),
    lambda _: "6dae42f8-4368-4678-94ff-3960e28e3630",
)
STORAGE = System(
    "storage",
    ("journal", f"certificates/{DEV}.json"),
    9,
    proxied(lambda world: world.blobs, "PUT", JOURNAL, storage_error),
    lambda _: "https://storage.azure.com",
)
QUEUE = System(
    "queue",
    (f"message for certificate/{DEV}", "queue work"),
    6,
    while_the_authority_fails(proxied(lambda world: world.queue, "POST", "/work/messages", storage_error)),
)
IDENTITY = System(
    "identity",
    ("_acme-challenge.", "zone mailrelay.platform.hmcts.net", "managed identity"),
    3,
    proxied(lambda world: world.identity, "GET", r"resource=https://management\.azure\.com", identity_error),
    backoff={"429": OWN, "500": OWN},
)
