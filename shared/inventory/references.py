"""Names that must lead somewhere: a certificate's vault and issuer, a relay's clusters, what alerts speak of."""

from collections.abc import Iterator

from shared.inventory import telling
from shared.inventory.addresses import SELF_SIGNED
from shared.inventory.names import valid
from shared.inventory.paths import Path
from shared.inventory.raw import Finding, Tree, advice, entries, items, known, mapping, texts
from shared.inventory.secret_places import secret_places
from shared.inventory.values import secret_reference


def dangling(tree: Tree) -> Iterator[Finding]:
    """Every reference to something that the inventory does not hold."""
    for path, name, section in _references(tree):
        allowed = known(tree, section)
        if not isinstance(name, str) or allowed is None:
            continue
        names = [SELF_SIGNED, *allowed] if section == "issuers" else [*allowed]
        if name not in names:
            yield Finding(path, f"no {section.removesuffix('s')} is called {name}; {advice(name, names)}")


def built_in(tree: Tree) -> Iterator[Finding]:
    """An issuer that takes the name of the built-in one."""
    if SELF_SIGNED in mapping(tree.get("issuers")):
        yield Finding(("issuers", SELF_SIGNED), f"{SELF_SIGNED} is built in; give this issuer another name")


def _references(tree: Tree) -> Iterator[tuple[Path, object, str]]:
    """Each reference: its path, the name it gives, and the section that must hold that name."""
    for name, certificate in entries(tree, "certificates"):
        yield ("certificates", name, "vault"), certificate.get("vault"), "vaults"
        yield ("certificates", name, "issuer"), certificate.get("issuer"), "issuers"
    for path, secret in secret_places(tree):
        if valid(secret_reference, secret):
            yield path, secret_reference(secret).vault, "vaults"
    yield from telling.references(tree)
    for name, relay in entries(tree, "relays"):
        for position, cluster in texts(relay.get("clusters")):
            yield ("relays", name, "clusters", position), cluster, "clusters"
        for position, serves in items(relay.get("serves")):
            yield (
                ("relays", name, "serves", position, "certificate"),
                mapping(serves).get("certificate"),
                "certificates",
            )
