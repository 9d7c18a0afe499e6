"""Every entry of the document validated alone, so that the checks across entries run whatever else is wrong.

pydantic validates the innermost mappings first. Of an entry with wrong fields the right ones are kept, so that one
reading finds every problem; a check names the fields that it needs, and is given the entries in which they are right.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from shared.inventory.model import Inventory
from shared.suggestions import advice, near
from shared.yaml_tree import AmbiguousScalar, Path

type Tree = Mapping[str, object]

_NAME = "name"
_LONGEST_SHOWN = 100
_SECRETS = {"account_key", "kubeconfig", "ping", "secret", "signing_key", "urls"}
"""Fields into which people may paste the secret itself in place of its name."""


class EntryProblem(NamedTuple):
    """A sentence about the value at one path of the document."""

    path: Path
    message: str


class _Entry(NamedTuple):
    """One validated mapping. `unknown` are its fields that are wrong, missing, or misspelt."""

    path: Path
    value: BaseModel
    unknown: set[str]


class _Nested(NamedTuple):
    """The model in a field, and whether the field holds one, a list of them, or a mapping from names to them."""

    model: type[BaseModel]
    kind: Literal["one", "list", "mapping"]


@dataclass(slots=True)
class Entries:
    """What could be read of a document, and what was wrong with the rest."""

    tree: Tree
    findings: list[EntryProblem] = field(default_factory=list)
    inventory: Inventory = field(init=False)
    """The inventory; whole if there are no findings."""
    _entries: dict[type[BaseModel], list[_Entry]] = field(default_factory=dict)
    _unknown: set[Path] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.inventory = cast("Inventory", self._read(Inventory, (), self.tree))

    def each[M: BaseModel](self, model: type[M], *fields: str) -> Iterator[tuple[Path, M]]:
        """Yield path and value of each entry of a kind in which none of `fields` is wrong."""
        for path, value, unknown in self._entries.get(model, ()):
            if unknown.isdisjoint(fields) and isinstance(value, model):
                yield path, value

    def values(self, model: type[BaseModel], key: str) -> Iterator[tuple[Path, Any]]:
        """Yield path and value of one field in each entry of a kind, if right and not None; of a list, each item."""
        for path, entry in self.each(model, key):
            match getattr(entry, key):
                case None:
                    continue
                case tuple() as items:
                    yield from (((*path, key, position), item) for position, item in enumerate(items))
                case value:
                    yield (*path, key), value

    def all_known(self, model: type[BaseModel], *fields: str) -> bool:
        """Say whether `fields` are right in every entry of a kind."""
        return all(entry.unknown.isdisjoint(fields) for entry in self._entries.get(model, ()))

    def names(self, *section: str) -> list[str] | None:
        """Return the names of a section's entries, right or wrong; None if the section is misspelt, missing or none."""
        found: object = self.tree
        for depth, step in enumerate(section, start=1):
            if section[:depth] in self._unknown:
                return None
            found = found.get(step, {}) if isinstance(found, dict) else None
        return list(found) if isinstance(found, dict) else None

    def _read(self, model: type[BaseModel], path: Path, tree: Tree) -> BaseModel:
        unknown: set[str] = set()
        content = dict(tree)
        for key, nested in _nested_models(model).items():
            found_before = len(self.findings)
            if key in content:
                content[key] = self._read_nested(nested, (*path, key), content[key])
            if len(self.findings) > found_before:
                unknown.add(key)
        if _NAME in model.model_fields:
            if _NAME in tree:
                self.findings.append(EntryProblem((*path, _NAME), "unknown key name; an entry is called by its key"))
            content[_NAME] = path[-1]
        try:
            value = model.model_validate(content)
        except ValidationError as refused:
            unknown |= self._note(model, path, refused.errors(include_url=False))
            value = _right_fields(model, content, unknown)
        self._entries.setdefault(model, []).append(_Entry(path, value, unknown))
        return value

    def _read_nested(self, nested: _Nested, path: Path, value: object) -> object:
        """Return the value with its mappings validated; what has another shape stays for the outer model to refuse."""

        def read(step: str | int, item: object) -> object:
            return self._read(nested.model, (*path, step), item) if isinstance(item, dict) else item

        match nested.kind, value:
            case "one", dict():
                return self._read(nested.model, path, value)
            case "mapping", dict():
                return {key: read(key, item) for key, item in value.items()}
            case "list", list():
                return [read(position, item) for position, item in enumerate(value)]
        return value

    def _note(self, model: type[BaseModel], path: Path, errors: list[ErrorDetails]) -> set[str]:
        """Add what is wrong with one entry to the findings; return the fields that are wrong, missing or misspelt."""
        named = _NAME in model.model_fields
        allowed = [key for key in _fields(model) if key != _NAME]
        strangers = [str(error["loc"][0]) for error in errors if error["type"] == "extra_forbidden"]
        misspelt = {meant for stranger in strangers for meant in near(stranger, allowed)[:1]}
        for error in errors:
            key = str(error["loc"][0])
            where = path if named and error["loc"] == (_NAME,) else _without_marks((*path, *error["loc"]))
            if not (_follows_from_another(error) or (error["type"] == "missing" and key in misspelt)):
                stranger = error["type"] == "extra_forbidden"
                message = f"unknown key {key}; {advice(key, allowed)}" if stranger else describe_error(error)
                self.findings.append(EntryProblem(where, message))
            self._unknown.add(where)
        self._unknown.update((*path, key) for key in misspelt)
        return misspelt.union(str(error["loc"][0]) for error in errors)


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by their keys in the document."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


@cache
def _nested_models(model: type[BaseModel]) -> dict[str, _Nested]:
    """Return the fields of a model that hold other models, by their keys in the document."""
    found = {}
    for key, info in _fields(model).items():
        inner = _model_in(info.annotation)
        if inner is not None:
            origin: object = get_origin(info.annotation)
            found[key] = _Nested(inner, "mapping" if origin is Mapping else "list" if origin is tuple else "one")
    return found


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for argument in get_args(annotation) if (model := _model_in(argument))), None)


def _right_fields(model: type[BaseModel], content: Tree, unknown: set[str]) -> BaseModel:
    """Return an entry with only its right fields; `model_fields_set` names those that were given, right or wrong."""
    given = set(content).intersection(_fields(model))
    values = {key: _adapter(model, key).validate_python(content[key]) for key in given - unknown}
    return model.model_construct(given, **values)


@cache
def _adapter(model: type[BaseModel], key: str) -> TypeAdapter[Any]:
    return TypeAdapter(_fields(model)[key].rebuild_annotation())


def _follows_from_another(error: ErrorDetails) -> bool:
    """Say whether an error is only there because of another: a list that lost its wrong items, or a default that is
    another field's value."""
    return (error["type"] == "too_short" and bool(error["input"])) or error["type"] == "default_factory_not_called"


def _without_marks(path: Path) -> Path:
    """Return the place in the document; pydantic marks the key of a mapping, when it is the key that is wrong."""
    return path[:-1] if path[-1] == "[key]" else path


def describe_error(error: ErrorDetails) -> str:  # noqa: C901, one flat table
    """Return what is wrong with the value and what is allowed, as a sentence that follows its path."""
    value, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case "empty":
            return "is empty; give it a value, or leave the key out"
        case "missing":
            return "is missing, and there is no default"
        case "string_type":
            return f"must be text{_instead(value)}"
        case "int_type":
            return f"must be a whole number{_instead(value)}"
        case "tuple_type":
            return f"must be a list, in square brackets or with a dash before each item{_instead(value)}"
        case "model_type" | "mapping_type" | "dict_type":
            return f"must be a mapping of keys to values{_instead(value)}"
        case "too_short":
            return "is empty; at least one entry is needed"
        case "too_long":
            return f"has too many entries; at most {context['max_length']} are allowed"
        case "string_too_short":
            return "is empty; some text is needed"
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
    """Return the wrong value as a sentence may hold it: short, and no key or password that was pasted by mistake."""
    text = str(error["input"])
    if not text.strip():
        return "an empty text"
    if _SECRETS.intersection(error["loc"][-2:]) or "@" in text or not text.isprintable():
        return "this text"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _instead(value: object) -> str:
    match value:
        case None:
            return "; it is empty"
        case dict():
            return ", not a mapping"
        case list():
            return ", not a list"
        case AmbiguousScalar():
            return f', and YAML takes {value} for a {value.kind}; text goes in quotes: "{value}"'
        case int():
            return f', and YAML takes {value} for a number; text goes in quotes: "{value}"'
        case str():
            return ", not text"
    return ""
