"""Where an inventory names secrets."""

from collections.abc import Iterator

from shared.inventory.paths import Path
from shared.inventory.raw import Tree, entries, mapping, texts


def secret_places(tree: Tree) -> Iterator[tuple[Path, str]]:
    """Path and text of each VAULT/SECRET, right or wrong."""
    for path, value in _values(tree):
        if isinstance(value, str):
            yield path, value


def _values(tree: Tree) -> Iterator[tuple[Path, object]]:
    for section, key in (("issuers", "account_key"), ("clusters", "kubeconfig")):
        for name, entry in entries(tree, section):
            yield (section, name, key), entry.get(key)
    alerts = mapping(tree.get("alerts"))
    yield ("alerts", "heartbeat", "ping"), mapping(alerts.get("heartbeat")).get("ping")
    for name, route in entries(alerts, "routes"):
        yield ("alerts", "routes", name, "signing_key"), route.get("signing_key")
        for position, url in texts(route.get("urls")):
            yield ("alerts", "routes", name, "urls", position), url
