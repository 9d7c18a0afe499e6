"""The systems that can fail: at which request of a renewal, in which words of their own, how often they were asked."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import requests

from infra.local.hostlog import HostLog
from infra.local.proxy import Proxy
from infra.local.proxy_rules import Reply, Rule
from tests.e2e.conftest import DEV
from tests.e2e.faults.world import CLUSTER, World

RETRY_AFTER = 900
"""Seconds; more than the journal's own first backoff."""

LATE = 4.0
"""Seconds; longer than the impatient host waits."""

JOURNAL = rf"/certificates/{DEV}\.json$"
"""The target of a write of the journal; a lease's has a query."""

WORDS = "a fault that a test has switched on"


@dataclass(frozen=True, slots=True)
class System:
    """`names`: what an error must name, besides the answer. `most`: how many requests one attempt may cost, with the
    SDK's own few repetitions and its cleaning up. `resource`: that of its tokens, if it takes any.
    """

    name: str
    names: tuple[str, ...]
    most: int
    break_: Callable[[World, str], Callable[[], int]]
    resource: Callable[[World], str] | None = None


def stand_in(
    listener: Callable[[World], str], method: str, path: str, log: str
) -> Callable[[World, str], Callable[[], int]]:
    """Faults by the switch of a stand-in."""
    kinds: Mapping[str, Mapping[str, object]] = {
        "slow": {"answer": "slow", "seconds": LATE},
        "cut": {"answer": "drop", "after": True},
        "429": {"answer": 429, "retry_after": RETRY_AFTER},
    }

    def break_(world: World, kind: str) -> Callable[[], int]:
        fault = {"match": f"{method} {path}", **(kinds.get(kind) or {"answer": int(kind)})}
        requests.post(f"{listener(world)}/_faults", json=fault, timeout=5).raise_for_status()
        entries = HostLog(world.estate.stack.logs / f"{log}.log")
        return lambda: sum(entry.get("method") == method and path in entry["path"] for entry in entries.entries())

    return break_


def proxied(
    proxy: Callable[[World], Proxy], method: str, target: str, reply: Callable[[int], Reply]
) -> Callable[[World, str], Callable[[], int]]:
    """Faults by a proxy; `reply` lays a status out as the server does."""

    def break_(world: World, kind: str) -> Callable[[], int]:
        match kind:
            case "slow":
                rule = Rule(method, target, late=LATE)
            case "cut":
                rule = Rule(method, target, cut=True)
            case status:
                rule = Rule(method, target, reply(int(status)))
        proxy(world).rules.append(rule)
        return lambda: len(proxy(world).met)

    return break_


def again(status: int) -> Mapping[str, str]:
    return {"Retry-After": str(RETRY_AFTER)} if status == HTTPStatus.TOO_MANY_REQUESTS else {}


def problem(status: int) -> Reply:
    """RFC 8555, section 6.7."""
    kind = {429: "rateLimited", 500: "serverInternal"}.get(status, "unauthorized")
    document = {"type": f"urn:ietf:params:acme:error:{kind}", "detail": WORDS, "status": status}
    return Reply(status, {"Content-Type": "application/problem+json", **again(status)}, json.dumps(document).encode())


def kubernetes_status(status: int) -> Reply:
    """https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/."""
    right = 'patch resource "secrets" in API group "" in the namespace "mailrelay"'
    forbidden = f'secrets "relay-tls" is forbidden: User "x" cannot {right}'
    document = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": forbidden if status == HTTPStatus.FORBIDDEN else WORDS,
        "reason": HTTPStatus(status).phrase.replace(" ", ""),
        "details": {"name": "relay-tls", "kind": "secrets"},
        "code": status,
    }
    return Reply(status, {"Content-Type": "application/json", **again(status)}, json.dumps(document).encode())


def storage_error(status: int) -> Reply:
    """https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2."""
    code = HTTPStatus(status).phrase.replace(" ", "")
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{WORDS}</Message></Error>"
    headers = {"Content-Type": "application/xml", "x-ms-error-code": code, **again(status)}
    return Reply(status, headers, body.encode())


VAULT = System(
    "vault",
    (DEV, "vault dev"),
    2,
    stand_in(lambda world: world.estate.stack.addresses.vault("dev"), "POST", f"/certificates/{DEV}/create", "vault"),
    lambda world: world.estate.stack.addresses.vault("dev").replace("https://127.", "https://"),
)
DNS = System(
    "dns",
    ("_acme-challenge.", "zone mailrelay.platform.hmcts.net"),
    6,
    stand_in(lambda world: world.estate.stack.addresses.arm, "PUT", "/TXT/", "azuredns"),
    lambda _: "https://management.azure.com",
)
AUTHORITY = System(
    "authority", ("order", "/order-plz"), 1, proxied(lambda world: world.authority, "POST", "/order-plz$", problem)
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
