"""The shape of each value: pydantic judges, and its verdicts are put into our words."""

import re
from collections.abc import Iterator

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.domain.inventory.addresses import AcmeIssuer, Cluster, Vault, Zone
from shared.domain.inventory.model import Inventory
from shared.domain.inventory.paths import Path
from shared.domain.inventory.raw import Finding, Tree, advice, entries, near
from shared.domain.inventory.scalars import Unquoted
from shared.domain.inventory.wishes import Certificate, Relay, Serves

_NAME = "name"
_LONGEST_SHOWN = 100
_ENTRY: dict[str | int, type[BaseModel]] = {
    "vaults": Vault,
    "issuers": AcmeIssuer,
    "zones": Zone,
    "clusters": Cluster,
    "certificates": Certificate,
    "relays": Relay,
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
            yield Finding(_path(error["loc"]), _sentence(error))


def _path(loc: Path) -> Path:
    """The place in the document: an entry's name is its key, and pydantic marks the key of a mapping by `[key]`."""
    if loc[-1] == "[key]" or (len(loc) == len(("section", "entry", _NAME)) and loc[-1] == _NAME):
        return loc[:-1]
    return loc


def _keys(loc: Path) -> list[str]:
    """The keys allowed beside the last one of `loc`."""
    match loc:
        case (_,):
            model: type[BaseModel] = Inventory
        case (section, _, _):
            model = _ENTRY[section]
        case _:
            model = Serves
    return [key for key in model.model_fields if key != _NAME]


def _meant(loc: Path) -> Path | None:
    meant = near(str(loc[-1]), _keys(loc))
    return (*loc[:-1], meant) if meant else None


def _sentence(error: ErrorDetails) -> str:  # noqa: C901, one flat table
    value, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "is missing, and there is no default"
        case "extra_forbidden":
            key = str(error["loc"][-1])
            return f"unknown key {key}; {advice(key, _keys(error['loc']))}"
        case "string_type":
            return f"must be text{_instead(value)}"
        case "int_type":
            return f"must be a whole number{_instead(value)}"
        case "tuple_type":
            return f"must be a list, in square brackets or with a dash before each item{_instead(value)}"
        case "model_type" | "mapping_type" | "dict_type":
            return f"must be a mapping of keys to values{_instead(value)}"
        case "too_short" | "string_too_short":
            return "is empty; at least one entry is needed"
        case "greater_than_equal":
            return f"must be at least {context['ge']}, not {value}"
        case "less_than_equal":
            return f"must be at most {context['le']}, not {value}"
        case "literal_error":
            return f"{_shown(error)} is not allowed; {advice(str(value), re.findall("'([^']+)'", context['expected']))}"
        case "value_error":
            return f"{_shown(error)} {context['error']}"
    return f"{error['msg']}, not {_shown(error)}"


def _shown(error: ErrorDetails) -> str:
    """The wrong value as a sentence may hold it: short, and no key or password that was pasted by mistake."""
    text = str(error["input"])
    if error["loc"][-1] == "account_key":
        return "this text"
    if not text or "@" in text or not text.isprintable():
        return "this text" if text else "an empty text"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _instead(value: object) -> str:
    match value:
        case None:
            return "; it is empty"
        case dict():
            return ", not a mapping"
        case list():
            return ", not a list"
        case Unquoted():
            return f', and YAML takes {value} for a {value.kind}; text goes in quotes: "{value}"'
        case int():
            return f', and YAML takes {value} for a number; text goes in quotes: "{value}"'
        case str():
            return ", not text"
    return ""
