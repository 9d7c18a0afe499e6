"""The systems that can fail: at which request of a renewal, how they are named then, how often they were asked."""

from collections.abc import Callable
from dataclasses import dataclass

import requests

from infra.local.proxy import Proxy, Rule
from infra.local.run_tick import HostLog
from tests.e2e.conftest import DEV
from tests.e2e.faults.world import CLUSTER, World
from tests.wire.refusals import acme_problem, identity_error

JOURNAL = rf"/certificates/{DEV}\.json$"
"""The target of a write of the journal; a lease's has a query."""

type Break = Callable[[World], Callable[[], int]]
"""Let a system fail; what is returned tells how often it was asked since."""


@dataclass(frozen=True, slots=True)
class System:
    """`names`: what an error must name, besides the answer. `most`: how many requests one attempt may cost, with the
    SDK's own few repetitions and its cleaning up. `fails`: how, a name of ANSWERS. `resource`: that of its tokens, if
    it takes any.
    """

    name: str
    names: tuple[str, ...]
    most: int
    break_: Break
    resource: Callable[[World], str] | None = None
    fails: str = "cut"


def cut_by_the_stand_in(listener: Callable[[World], str], method: str, path: str, log: str) -> Break:
    """The connection ends after the effect, by the switch of a stand-in."""

    def break_(world: World) -> Callable[[], int]:
        fault = {"match": f"{method} {path}", "answer": "drop", "after": True}
        requests.post(f"{listener(world)}/_faults", json=fault, timeout=5).raise_for_status()
        requests_since, met = HostLog(world.fleet.stack.logs / f"{log}.log"), list[str]()

        def asked() -> int:
            met.extend(e["path"] for e in requests_since.entries() if e.get("method") == method and path in e["path"])
            return len(met)

        return asked

    return break_


def cut_by_a_proxy(proxy: Callable[[World], Proxy], method: str, target: str) -> Break:
    """The connection ends after the effect, at a proxy."""
    return by_rule(proxy, Rule(method, target, cut=True))


def by_rule(proxy: Callable[[World], Proxy], rule: Rule) -> Break:
    def break_(world: World) -> Callable[[], int]:
        proxy(world).rules.append(rule)
        return lambda: len(proxy(world).met)

    return break_


def while_the_authority_fails(break_: Break) -> Break:
    """A message is put off, as there is something to wait for."""

    def broken(world: World) -> Callable[[], int]:
        world.authority.rules.append(Rule("POST", "/order-plz$", acme_problem(503)))
        return break_(world)

    return broken


VAULT = System(
    "vault",
    (DEV, "vault dev"),
    2,
    cut_by_the_stand_in(
        lambda world: world.fleet.stack.addresses.vault("dev"), "POST", f"/certificates/{DEV}/create", "vault"
    ),
    lambda world: world.fleet.stack.addresses.vault("dev").replace("https://127.", "https://"),
)
DNS = System(
    "dns",
    ("_acme-challenge.", "zone mailrelay.platform.hmcts.net"),
    6,
    cut_by_the_stand_in(lambda world: world.fleet.stack.addresses.arm, "PUT", "/TXT/", "azuredns"),
    lambda _: "https://management.azure.com",
)
AUTHORITY = System(
    "authority",
    ("order", "/order-plz"),
    1,
    cut_by_a_proxy(lambda world: world.authority, "POST", "/order-plz$"),
)
CLUSTERS = System(
    "api-server",
    ("mailrelay", CLUSTER),
    1,
    cut_by_a_proxy(lambda world: world.cluster, "PATCH", "/secrets/relay-tls"),
    lambda _: "6dae42f8-4368-4678-94ff-3960e28e3630",
)
STORAGE = System(
    "storage",
    ("journal", f"certificates/{DEV}.json"),
    9,
    cut_by_a_proxy(lambda world: world.blobs, "PUT", JOURNAL),
    lambda _: "https://storage.azure.com",
)
QUEUE = System(
    "queue",
    (f"message for certificate/{DEV}", "queue work"),
    6,
    while_the_authority_fails(cut_by_a_proxy(lambda world: world.queue, "POST", "/work/messages")),
)
IDENTITY = System(
    "identity",
    ("_acme-challenge.", "zone mailrelay.platform.hmcts.net", "managed identity"),
    3,
    by_rule(
        lambda world: world.identity,
        Rule("GET", r"resource=https://management\.azure\.com", identity_error(500)),
    ),
    fails="500",
)
