"""The shape of each value: pydantic judges, and its verdicts are put into our words."""

from collections.abc import Iterator

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.inventory.addresses import AcmeIssuer, Cluster, Vault, Zone
from shared.inventory.alerts import Alerts, Filter, Heartbeat, Route
from shared.inventory.certificates import Certificate
from shared.inventory.freezes import Freeze
from shared.inventory.model import Inventory
from shared.inventory.paths import Path
from shared.inventory.raw import Finding, Tree, advice, entries, near
from shared.inventory.relays import Front, Relay, Serves
from shared.inventory.sentences import sentence

_NAME = "name"
_ENTRY: dict[str | int, type[BaseModel]] = {
    "vaults": Vault,
    "issuers": AcmeIssuer,
    "zones": Zone,
    "clusters": Cluster,
    "certificates": Certificate,
    "relays": Relay,
}
_ITEM: dict[str | int, type[BaseModel]] = {
    "serves": Serves,
    "front": Front,
    "freeze": Freeze,
    "suspended": Freeze,
    "alerts": Alerts,
    "heartbeat": Heartbeat,
    "routes": Route,
    "unmanaged": Filter,
}


def shaped(tree: Tree) -> Inventory | list[Finding]:
    """The inventory, or everything in the tree that has not the shape it should have."""
    findings = [
        Finding((section, entry, _NAME), "unknown key name; an entry is called by its key")
        for section in _ENTRY
        for entry, content in entries(tree, str(section))
        if _NAME in content
    ]
    try:
        inventory = Inventory.model_validate(_named(tree))
    except ValidationError as refused:
        return findings + list(_findings(refused.errors(include_url=False)))
    return findings or inventory


def _named(tree: Tree) -> Tree:
    """The tree with each entry's key written into it as its name."""
    return {
        section: {name: entry | {_NAME: name} if isinstance(entry, dict) else entry for name, entry in content.items()}
        if section in _ENTRY and isinstance(content, dict)
        else content
        for section, content in tree.items()
    }


def _findings(errors: list[ErrorDetails]) -> Iterator[Finding]:
    misspelt = {_meant(error["loc"]) for error in errors if error["type"] == "extra_forbidden"}
    for error in errors:
        named_otherwise = error["type"] == "missing" and error["loc"] in misspelt
        emptied_by_errors = error["type"] == "too_short" and error["input"]
        if not (named_otherwise or emptied_by_errors):
            unknown = error["type"] == "extra_forbidden"
            yield Finding(_path(error["loc"]), _unknown(error["loc"]) if unknown else sentence(error))


def _path(loc: Path) -> Path:
    """The place in the document: an entry's name is its key, and pydantic marks the key of a mapping by `[key]`."""
    match loc:
        case (section, _, last) if section in _ENTRY and last == _NAME:
            return loc[:-1]
        case (*path, "[key]"):
            return tuple(path)
    return loc


def _keys(loc: Path) -> list[str]:
    """The keys allowed beside the last one of `loc`."""
    match loc:
        case (_,):
            model: type[BaseModel] = Inventory
        case (section, _, _) if section in _ENTRY:
            model = _ENTRY[section]
        case ("alerts", kind, _, _):
            model = _ITEM[kind]
        case _:
            model = next(_ITEM[step] for step in reversed(loc[:-1]) if isinstance(step, str))
    return [key for key in model.model_fields if key != _NAME]


def _unknown(loc: Path) -> str:
    key = str(loc[-1])
    return f"unknown key {key}; {advice(key, _keys(loc))}"


def _meant(loc: Path) -> Path | None:
    meant = near(str(loc[-1]), _keys(loc))
    return (*loc[:-1], meant) if meant else None
