"""Every public name on one line each: `python -m infra.local.public_names > docs/public-names.txt`.

Public is what other people's files, programs, queries and rules refer to, and what a release reads that an earlier one
wrote. Each name is taken from where the product has it; nothing is listed here by hand.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import msgspec
from typer.main import get_command

from functions.telemetry import export_logs_if_enabled
from relaykeeper.cli import app
from relaykeeper.exit_codes import ExitCode
from relaykeeper.verify.prometheus import METRICS
from shared import compose
from shared.adapters.kubernetes.clusters import FIELD_MANAGER
from shared.adapters.kubernetes.rollouts import RESTARTED_FOR
from shared.adapters.storage.history import DAY_BLOB
from shared.adapters.storage.journals import SUFFIX, BlobJournals
from shared.api.http import ProblemDetails, ProblemKind
from shared.api.openapi import openapi_document
from shared.api.operations import OPERATIONS
from shared.domain.alerting.alert import ALERT_NAMES, Alert
from shared.domain.audit import AuditRecord
from shared.domain.certificates.vault_tags import our_tags
from shared.domain.clients.stored_password import CLIENT_TAG, FOR_PROBE, USE_TAG
from shared.domain.metrics import GAUGES
from shared.domain.object_ref import NAMELESS, ObjectKind, ObjectRef, certificate_ref
from shared.domain.requests import STAMP
from shared.domain.serving.tls_secret import SecretAnnotation, owner_label
from shared.errors import ConfigError
from shared.inventory.model import Inventory
from shared.inventory.relays import Certificate
from shared.log_context import FIELD_NAMES
from shared.messages import WireMessage
from shared.schema_number import schema_of
from shared.settings import read_access, read_settings
from shared.workflows.pauses import PAUSES
from shared.workflows.watch import ALERTS

ROOT = Path(__file__).parents[2]

PUBLISHED = ROOT / "docs" / "public-names.txt"

COMMAND = "make generate"

HEADER = f"""\
# Every public name, made by `{COMMAND}`; a test holds this file in step with the code.
# Additions are free; in a journal, which is read and written again, they raise its schema.
# A removal or a change needs a major version and a migration.
# `*` is a name that somebody gives, `[]` each element of a list, `=` one of the values that are allowed.
"""

ANY, VALUE = "*", " = "

type Json = Mapping[str, Any]


def public_names() -> str:
    """Return the text of the golden file."""
    sections: Mapping[str, Iterable[str]] = {
        "alerts": alerts(),
        "api": api(),
        "clusters": clusters(),
        "command": commands(),
        "functions and queues": functions(),
        "inventory": keys(Inventory.model_json_schema()),
        "log fields": FIELD_NAMES,
        "metrics": metrics(),
        "problems": problems(),
        "settings": settings(),
        "storage": storage(),
        "vault tags": [*our_tags(Certificate.model_construct(issuer=ANY)), CLIENT_TAG, f"{USE_TAG} = {FOR_PROBE}"],
    }
    parts = (f"\n[{name}]\n" + "".join(f"{line}\n" for line in sorted(set(lines))) for name, lines in sections.items())
    return HEADER + "".join(parts)


def differences(before: str, after: str) -> str:
    """Say which names are gone and which are new, and what that means; empty if the texts are the same."""
    gone, new = names_in(before) - names_in(after), names_in(after) - names_in(before)
    said = [
        *(["Removed or changed, which needs a major version and a migration:", *sorted(gone)] if gone else []),
        *(["Added, which is free, but raises the schema of a journal:", *sorted(new)] if new else []),
    ]
    if not said and before == after:
        return ""
    return "\n".join([f"{PUBLISHED.relative_to(ROOT)} is not what the code says; `{COMMAND}` writes it.", *said])


def names_in(text: str) -> set[str]:
    """Return each name with its section."""
    section, names = "", set[str]()
    for line in text.splitlines():
        if line.startswith("["):
            section = line
        elif line and not line.startswith("#"):
            names.add(f"{section} {line}")
    return names


def alerts() -> Iterator[str]:
    """Yield names, and the labels that an alert may have, by the kind of its object."""
    yield from ALERT_NAMES
    now = datetime(2026, 1, 1, tzinfo=UTC)
    about = [ObjectRef(kind, ANY) for kind in get_args(ObjectKind) if kind not in NAMELESS]
    alert = Alert(name="Test", urgency="page", message="", since=now, cluster=ANY, detail=ANY)
    yield from (f"label {label}" for object_ in about for label in replace(alert, object=object_).labels)


def commands() -> Iterator[str]:
    """Yield the exit codes, and each command with its arguments and options."""
    yield from (f"exit code{VALUE}{code.value}" for code in ExitCode)
    yield from command_names(get_command(app), "relaykeeper")


def command_names(command: Any, words: str) -> Iterator[str]:
    yield words
    for parameter in command.params:
        yield from (f"{words} {name}" for name in parameter.opts if name.startswith("--"))
    for name, each in getattr(command, "commands", {}).items():
        yield from command_names(each, f"{words} {name}")


def metrics() -> Iterator[str]:
    yield from METRICS
    for gauge in GAUGES:
        yield gauge.name
        yield from (f"{gauge.name} label {label}" for label in gauge.labels)


def problems() -> Iterator[str]:
    for kind in ProblemKind:
        yield f"{kind.type} {kind.status} {kind.title}"
    yield from (f"member {key}" for key in keys(ProblemDetails.model_json_schema()))


def api() -> Iterator[str]:
    """Yield each operation with its parameters, and the members that it reads and returns."""
    document = openapi_document(OPERATIONS)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield from (f"{method.upper()} {path}{part}" for part in operation_names(operation, document))


def operation_names(operation: Json, document: Json) -> Iterator[str]:
    yield f" operation {operation['operationId']}"
    for each in operation["parameters"]:
        parameter = resolved(each, document)
        yield f" {parameter['in']} {parameter['name']}"
        yield from (f" {parameter['in']} {line}" for line in keys(parameter["schema"], document, parameter["name"]))
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from (f" body {key}" for key in keys(content["schema"], document))
    for status, response in operation["responses"].items():
        yield f" {status}"
        if "$ref" not in response:  # those that are shared are problems
            yield from (f" {status} header {header}" for header in response["headers"])
            for content in response["content"].values():
                yield from (f" {status} {key}" for key in keys(content["schema"], document))


def storage() -> Iterator[str]:
    """Yield containers, blobs, and what stands in each blob, record and message."""
    yield from (f"container {container}" for container in (compose.CONTAINER, compose.HISTORY))
    named = {"watch": ALERTS, "pauses": PAUSES, "requests": f"{STAMP}-{ANY}", "ended": f"{STAMP}-{ANY}"}
    for folder, kind in journals():
        yield from persisted(f"{compose.CONTAINER}/{folder}/{named.get(folder, ANY)}{SUFFIX}", kind)
    yield from persisted(f"{compose.HISTORY}/{DAY_BLOB}", AuditRecord)
    yield from persisted(f"message in {compose.QUEUE}", WireMessage)


def journals() -> Iterator[tuple[str, type]]:
    """Yield folder and type of each kind of journal, from the calls in compose.py."""
    for node in ast.walk(tree(compose.__file__)):
        match node:
            case ast.Call(func=ast.Name(id=made), args=[_, ast.Constant(value=str(folder)), ast.Name(id=kind), *_]):
                if made == BlobJournals.__name__:
                    yield folder, getattr(compose, kind)


def persisted(where: str, kind: type) -> Iterator[str]:
    yield f"{where} schema = {schema_of(kind)}"
    yield from (f"{where} {member}" for member in members(msgspec.inspect.type_info(kind)))


def members(kind: msgspec.inspect.Type, at: str = "") -> Iterator[str]:
    """Yield the dotted path of each member of a persisted type, as `keys` does of a schema."""
    match kind:
        case msgspec.inspect.DataclassType(fields=fields):
            for field in fields:
                path = f"{at}.{field.encode_name}" if at else field.encode_name
                yield path
                yield from members(field.type, path)
        case msgspec.inspect.UnionType(types=types):
            for each in types:
                yield from members(each, at)
        case msgspec.inspect.DictType(value_type=value):
            yield from members(value, f"{at}.{ANY}")
        case msgspec.inspect.VarTupleType(item_type=item):
            yield from members(item, f"{at}[]")


def clusters() -> Iterator[str]:
    """Yield what we write into objects of a cluster besides the files."""
    owner = owner_label(certificate_ref(ANY))
    yield f"Secret annotation {owner}"
    yield from (f"Secret annotation {owner} {key}" for key in keys(msgspec.json.schema(SecretAnnotation)))
    yield f"Secret field manager {owner}"
    yield f"workload field manager {FIELD_MANAGER}"
    yield f"pod template annotation {RESTARTED_FOR}"


def functions() -> Iterator[str]:
    """Yield each function of a timer or queue by its name, and each queue; those of HTTP are named as operations."""
    for node in ast.walk(tree(ROOT / "functions" / "triggers.py")):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                match decorator:
                    case ast.Call(func=ast.Attribute(attr=trigger), keywords=given):
                        yield f"{trigger} {node.name}"
                        yield from (
                            f"queue {ast.literal_eval(each.value)}" for each in given if each.arg == "queue_name"
                        )


def tree(file: str | Path) -> ast.Module:
    return ast.parse(Path(file).read_text(encoding="utf-8"))


class RecordingEnvironment(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__(given)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def settings() -> Iterator[str]:
    """Yield what the settings' readers ask an environment for, and our own that are read elsewhere."""
    for reader in (read_settings, read_access, export_logs_if_enabled):
        environment = RecordingEnvironment({"RELAYKEEPER_EASY_AUTH": "true"})
        with suppress(ConfigError):
            reader(environment)
        yield from environment.names
    for folder in ("functions", "relaykeeper", "shared"):
        for file in (ROOT / folder).rglob("*.py"):
            yield from re.findall(r'"(RELAYKEEPER_[A-Z_]+)"', file.read_text(encoding="utf-8"))


def keys(schema: Json, document: Json | None = None, at: str = "", within: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the dotted path of each key that a JSON Schema describes, and each value of a closed set (`key = value`).

    `document` is what its references point into; `within` are the references that led here.
    """
    document = schema if document is None else document
    if (pointer := schema.get("$ref")) is not None:
        if pointer not in within:
            yield from keys(resolved(schema, document), document, at, (*within, pointer))
        return
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    yield from (f"{at}{VALUE}{value}" for value in values)
    for alternative in [each for word in ("anyOf", "oneOf", "allOf") for each in schema.get(word, ())]:
        yield from keys(alternative, document, at, within)
    for name, inner in schema.get("properties", {}).items():
        path = f"{at}.{name}" if at else name
        yield path
        yield from keys(inner, document, path, within)
    for word, mark in (("additionalProperties", f".{ANY}" if at else ANY), ("items", "[]")):
        if isinstance(inner := schema.get(word), dict):
            yield from keys(inner, document, f"{at}{mark}", within)


def resolved(part: Json, document: Json) -> Json:
    """Return a part of the document, or that to which it refers."""
    found: Any = document
    for step in part["$ref"].removeprefix("#/").split("/") if "$ref" in part else ():
        found = found[step]
    return part if found is document else found


if __name__ == "__main__":
    sys.stdout.write(public_names())
