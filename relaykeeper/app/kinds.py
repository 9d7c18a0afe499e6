"""What `get` and `status` can ask for: its names on the command line, and where the API has it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from relaykeeper.failures import UsageFailure
from shared.suggestions import advice, near
from shared.text import quoted


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object. `GET /api/NAME` has them in `members`, and `keys` are the members by which one is named;
    `distinct` those that only one has together, the first of `keys` unless given.

    `seconds` is how long `--watch` waits before it asks again: longer where the app looks at vaults, clusters and
    replicas to answer.
    """

    name: str
    singular: str
    short: tuple[str, ...]
    keys: tuple[str, ...] = ("name",)
    members: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()
    has_labels: bool = False
    seconds: float = 5.0

    def refer_to(self, document: Mapping[str, Any]) -> str:
        """Return `KIND/NAME` of an object of the API."""
        return f"{self.singular}/{document[self.keys[0]]}"

    def identity_of(self, document: Mapping[str, Any]) -> str:
        """Return what tells an object from all others of its kind, as people read it."""
        others = [str(document[member]) for member in self.distinct[1:] if document[member]]
        return " ".join([self.refer_to(document), *others])

    def items_of(self, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the objects in an answer of the API, in its order."""
        return [item for member in self.members or (self.name,) for item in answer[member]]


SLOWLY = 30.0
"""Seconds: the app makes a handshake with every replica each time."""

CERTIFICATES = Kind("certificates", "certificate", ("certs", "cert"), has_labels=True, seconds=SLOWLY)
CLIENTS = Kind("clients", "client", ("cl",), ("id",), has_labels=True, seconds=SLOWLY)
RELAYS = Kind("relays", "relay", (), has_labels=True)
REQUESTS = Kind("requests", "request", ("req", "reqs"), ("id", "target"), ("open", "ended"))
PAUSES = Kind("pauses", "pause", (), ("id", "scope"))
ALERTS = Kind("alerts", "alert", (), ("name", "object"), distinct=("name", "object", "place"))

KINDS = (CERTIFICATES, CLIENTS, RELAYS, REQUESTS, PAUSES, ALERTS)
OBJECTS = (CERTIFICATES, CLIENTS, RELAYS)
"""What the inventory has, and an operator wants as a whole."""

BY_WORD = {word: kind for kind in KINDS for word in (kind.name, kind.singular, *kind.short)}


def kind_named(word: str) -> Kind:
    """Return the kind that a word on the command line means. Raises UsageFailure."""
    try:
        return BY_WORD[word.lower()]
    except KeyError:
        allowed = advice(word, (kind.name for kind in KINDS))
        raise UsageFailure(f"{quoted(word)} is no kind of object: {allowed}") from None


def choose_named(
    kind: Kind, items: list[dict[str, Any]], names: tuple[str, ...], *, all_exist: bool
) -> list[dict[str, Any]]:
    """Return the objects with these names, all without a name. Raises UsageFailure for a name that none has, if
    `all_exist` is to hold."""
    if not names:
        return items
    for name in names if all_exist else ():
        if not any(is_named(kind, item, name) for item in items):
            raise UsageFailure(unknown(kind.singular, name, [item[key] for item in items for key in kind.keys]))
    return [item for item in items if any(is_named(kind, item, name) for name in names)]


def is_named(kind: Kind, item: Mapping[str, Any], name: str) -> bool:
    return any(item[key] == name for key in kind.keys)


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Say that there is nothing of that name, and which names may have been meant."""
    meant = near(name, known)
    hint = f" Did you mean {' or '.join(meant)}?" if meant else f" relaykeeper get {what} lists what there is."
    return f"there is no {what} {quoted(name)}.{hint}"
