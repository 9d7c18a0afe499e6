"""Alerts must arrive: where routes lead, which clusters they cover, what they are signed with."""

from collections.abc import Iterator

from shared.inventory.alerts import Route
from shared.inventory.paths import Path
from shared.inventory.raw import Finding, Tree, advice, entries, mapping, misspelt, texts

SIGNED = "webhook"
SEVERITIES = ("warning", "critical")
OURSELVES = ("relaykeeper",)
"""The service of alerts that concern no relay."""


def references(tree: Tree) -> Iterator[tuple[Path, object, str]]:
    """Each name that alerts give: its path, the name, and the section that must hold it."""
    alerts = mapping(tree.get("alerts"))
    for vault in mapping(alerts.get("unmanaged")):
        yield ("alerts", "unmanaged", vault), vault, "vaults"
    for name, route in entries(alerts, "routes"):
        for label, section in (("cluster", "clusters"), ("certificate", "certificates")):
            yield ("alerts", "routes", name, "match", label), mapping(route.get("match")).get(label), section


def unknown_routes(tree: Tree) -> Iterator[Finding]:
    """A heartbeat for a route that there is not."""
    alerts = mapping(tree.get("alerts"))
    routes = alerts.get("routes", {})
    for position, name in texts(mapping(alerts.get("heartbeat")).get("routes")):
        if isinstance(routes, dict) and name not in routes:
            path = ("alerts", "heartbeat", "routes", position)
            yield Finding(path, f"no route is called {name}; {advice(name, routes)}")


def unmatched(tree: Tree) -> Iterator[Finding]:
    """A label's value that no alert has, which would silence the route."""
    services = [*OURSELVES, *mapping(tree.get("relays"))]
    for name, route in entries(mapping(tree.get("alerts")), "routes"):
        for label, allowed in (("severity", SEVERITIES), ("service", services)):
            value = mapping(route.get("match")).get(label)
            if isinstance(value, str) and value not in allowed:
                path = ("alerts", "routes", name, "match", label)
                yield Finding(path, f"no alert has the {label} {value}; {advice(value, allowed)}")


def unsigned(tree: Tree) -> Iterator[Finding]:
    """A webhook without a key, or a key for what takes no signature."""
    for name, route in entries(mapping(tree.get("alerts")), "routes"):
        path, keyed = ("alerts", "routes", name, "signing_key"), "signing_key" in route
        if route.get("kind") == SIGNED and not keyed and not misspelt("signing_key", route, Route):
            yield Finding(path, "is missing; what a webhook is told is signed, so that nobody else can tell it")
        if route.get("kind") in ("alertmanager", "slack", "teams") and keyed:
            yield Finding(path, f"is for a {SIGNED}; a URL of {route['kind']} is its secret already. Leave it out")


def crowded(tree: Tree) -> Iterator[Finding]:
    """Several URLs where people listen: while one is dead, those at the others would be told again at each watch."""
    for name, route in entries(mapping(tree.get("alerts")), "routes"):
        urls = route.get("urls")
        if route.get("kind") in ("slack", "teams", "webhook") and isinstance(urls, list) and len(urls) > 1:
            path = ("alerts", "routes", name, "urls")
            yield Finding(path, f"has {len(urls)} URLs; give each its own route, so that each fails alone")


def unheard(tree: Tree) -> Iterator[Finding]:
    """Clusters of which no route is told, where there are routes at all."""
    routes = [route for _, route in entries(mapping(tree.get("alerts")), "routes")]
    chosen = [mapping(route.get("match")).get("cluster") for route in routes]
    if not routes or None in chosen:
        return
    for name, relay in entries(tree, "relays"):
        for position, cluster in texts(relay.get("clusters")):
            if cluster not in chosen:
                message = f"{cluster} has relays and no route for alerts; add one, or one without match: cluster"
                yield Finding(("relays", name, "clusters", position), message)
