"""What cannot stand side by side in one inventory."""

from collections.abc import Iterator

from shared.inventory.paths import Path
from shared.inventory.raw import Finding, Tree, entries
from shared.inventory.scalars import Unquoted
from shared.inventory.secret_places import secret_places


def repeated(value: object, path: Path = ()) -> Iterator[Finding]:
    """Items that one list holds twice, anywhere in the tree."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from repeated(child, (*path, key))
    elif isinstance(value, list):
        seen: set[object] = set()
        for position, item in enumerate(value):
            if not isinstance(item, str | int | Unquoted):
                yield from repeated(item, (*path, position))
            elif item in seen:
                yield Finding((*path, position), f"{item} is listed twice; allowed is once")
            else:
                seen.add(item)


def same_address(tree: Tree) -> Iterator[Finding]:
    """Two vaults or two clusters at one address: work done at one would be reported of both."""
    for section, key in (("vaults", "url"), ("clusters", "server"), ("clusters", "kubeconfig")):
        owners: dict[str, str] = {}
        for name, entry in entries(tree, section):
            address = entry.get(key)
            if isinstance(address, str):
                owner = owners.setdefault(address.rstrip("/").lower(), name)
                if owner != name:
                    yield Finding((section, name, key), f"{owner} has this {key} already; each needs its own")


def same_vault_object(tree: Tree) -> Iterator[Finding]:
    """Names that meet in one vault: Key Vault ignores their case, and keeps a secret of each certificate's name."""
    owners: dict[tuple[object, str], str] = {}
    for name, certificate in entries(tree, "certificates"):
        if isinstance(vault := certificate.get("vault"), str):
            owner = owners.setdefault((vault, name.lower()), name)
            if owner != name:
                message = (
                    f"differs from {owner} in case only, which Key Vault ignores; allowed is another name or vault"
                )
                yield Finding(("certificates", name), message)
    for path, reference in secret_places(tree):
        vault, _, secret = reference.partition("/")
        if (vault, secret.lower()) in owners:
            owner = owners[vault, secret.lower()]
            yield Finding(path, f"{reference} is where certificate {owner} keeps its own key; name another secret")
