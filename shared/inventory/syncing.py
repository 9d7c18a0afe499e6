"""Whether a relay's files come from us, and what has to be said only then."""

from collections.abc import Iterator

from shared.inventory.raw import Finding, Tree, entries, items, misspelt
from shared.inventory.relays import Relay, Serves


def with_secret(tree: Tree) -> Iterator[Finding]:
    """Secrets that are missing where we write them, and what is superfluous where something else brings the files."""
    for name, relay in entries(tree, "relays"):
        match sync_of(relay):
            case "secret":
                yield from _missing(name, relay)
            case "none":
                yield from _superfluous(name, relay)


def served_twice(tree: Tree) -> Iterator[Finding]:
    """Certificates that one relay lists twice."""
    for name, relay in entries(tree, "relays"):
        served: set[str] = set()
        for position, item in items(relay.get("serves")):
            match item:
                case {"certificate": str(certificate)} if certificate in served:
                    message = f"{certificate} is served already; a relay lists each certificate once"
                    yield Finding(("relays", name, "serves", position, "certificate"), message)
                case {"certificate": str(certificate)}:
                    served.add(certificate)


def sync_of(relay: Tree) -> object:
    """The relay's `sync`, be it right or wrong; None if it is misspelt."""
    return None if misspelt("sync", relay, Relay) else relay.get("sync", Relay.model_fields["sync"].default)


def _missing(name: str, relay: Tree) -> Iterator[Finding]:
    for position, item in items(relay.get("serves")):
        if isinstance(item, dict) and "secret" not in item and not misspelt("secret", item, Serves):
            message = (
                "is missing; name the Secret that we write its files into, or give the relay sync: none if something "
                "else brings them"
            )
            yield Finding(("relays", name, "serves", position, "secret"), message)


def _superfluous(name: str, relay: Tree) -> Iterator[Finding]:
    message = "is pointless with sync: none, by which no Secret is read or written; leave out one of the two"
    for key in ("files", "adopt"):
        if key in relay:
            yield Finding(("relays", name, key), message)
    for position, item in items(relay.get("serves")):
        if isinstance(item, dict) and "secret" in item:
            yield Finding(("relays", name, "serves", position, "secret"), message)
