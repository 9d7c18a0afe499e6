"""Where a relay is asked: the ports of its pods, and the addresses in front of it."""

import ipaddress
from collections.abc import Iterator

from shared.inventory.names import valid
from shared.inventory.raw import Finding, Tree, entries, items, mapping
from shared.inventory.reading import relay_port


def same_pod_port(tree: Tree) -> Iterator[Finding]:
    """Ports of the pods that are listed twice, though not in the same words."""
    for name, relay in entries(tree, "relays"):
        owners: dict[int, object] = {}
        for position, item in items(relay.get("ports")):
            if valid(relay_port, item):
                pod = relay_port(item).pod
                owner = owners.setdefault(pod, item)
                if owner != item:
                    message = f"port {pod} of the pods is listed already, as {owner}; allowed is once"
                    yield Finding(("relays", name, "ports", position), message)


def sender_without_recipient(tree: Tree) -> Iterator[Finding]:
    """Senders of mail that is offered to nobody."""
    for name, relay in entries(tree, "relays"):
        if "unauthenticated_sender" in relay and "refuses_unauthenticated" not in relay:
            message = "is pointless without refuses_unauthenticated, the recipient; give both or neither"
            yield Finding(("relays", name, "unauthenticated_sender"), message)


def idle_resolvers(tree: Tree) -> Iterator[Finding]:
    """Resolvers of a front whose host is an address."""
    for name, relay in entries(tree, "relays"):
        for position, front in items(relay.get("front")):
            host = mapping(front).get("host")
            if isinstance(host, str) and valid(ipaddress.ip_address, host) and "resolver" in mapping(front):
                message = f"has nothing to resolve, for {host} is an address; leave it out"
                yield Finding(("relays", name, "front", position, "resolver"), message)
