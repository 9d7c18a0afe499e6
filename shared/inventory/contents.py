"""What a relay's files hold, seen together with their names."""

from collections.abc import Iterator

from shared.inventory.raw import Finding, Tree, entries, mapping
from shared.inventory.syncing import sync_of
from shared.inventory.templates import VERSION
from shared.inventory.writers import bearing, templates


def unfindable(tree: Tree) -> Iterator[Finding]:
    """Files that name the current version where nobody can look for it, or have nothing to name."""
    for name, relay in entries(tree, "relays"):
        if sync_of(relay) != "secret":
            continue
        path = ("relays", name, "files")
        for template, content in templates(relay).items():
            if content == "version" and VERSION in template:
                message = f"names the version in a file that only who knows the version finds; leave {VERSION} out"
                yield Finding((*path, template), message)
        if not bearing(relay) and len(templates(relay)) == len(mapping(relay.get("files"))) > 0:
            yield Finding(path, "hold no certificate; add a bundle, or a chain and a key")
