"""The OpenAPI 3.1 document, made of the same types that read calls and write answers.

https://spec.openapis.org/oas/v3.1.1.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.api.correlation import CORRELATION
from shared.api.exchange import JSON
from shared.api.fields import Nothing
from shared.api.operation import Operation
from shared.api.principal import Role
from shared.api.problem import PROBLEM_JSON, Kind, ProblemDetails
from shared.release import RELEASE

type Operations = Iterable[Operation[Any, Any]]

SCHEMAS = "#/components/schemas/{model}"

DESCRIPTION = """
Relaykeeper renews mail relays' TLS certificates, and is done when every replica of every relay serves the new one.

What changes something is a request: it goes through the same queue and the same lease as the schedule, and is answered
202 with a `Location` to follow. Each says why, and is kept in the history with who asked. Problems are
`application/problem+json` (RFC 9457) with a stable `type`.
"""

SECURITY: Mapping[Role, Any] = {
    "reader": [{"entra": ["reader"]}, {"key": []}],
    "operator": [{"entra": ["operator"]}, {"key": []}],
}

SCHEMES = {
    "entra": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "With Easy Auth on: a token of Entra ID for this app, with the app role `reader` or `operator`; "
        "an operator may read too.",
    },
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "x-functions-key",
        "description": "With Easy Auth off: a function key, in this header only. It does not say who calls, so what "
        "changes something is refused unless the setting RELAYKEEPER_KEYS_MAY_CHANGE is true.",
    },
}

ALWAYS = (Kind.INVALID, Kind.BUG)
BEHIND_A_DOOR = (Kind.UNAUTHENTICATED, Kind.FORBIDDEN, Kind.CONFIGURATION, Kind.BLOCKED, Kind.UNAVAILABLE)
WITH_A_BODY = (Kind.TOO_LARGE, Kind.MEDIA_TYPE)

HEADERS = {
    CORRELATION: {
        "description": "By which the call's log lines and records are found: the caller's own if it sent one.",
        "schema": {"type": "string"},
    }
}
LOCATION = {"location": {"description": "Where to follow it.", "schema": {"type": "string"}}}
RETRY_AFTER = {"retry-after": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}}


def document(operations: Operations) -> Mapping[str, Any]:
    """Describe the operations."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(f"/api/{operation.path}", {})[operation.method.lower()] = described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Relaykeeper", "version": RELEASE, "description": DESCRIPTION.strip()},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas(operations), "securitySchemes": SCHEMES},
    }


def schemas(operations: Operations) -> Mapping[str, Any]:
    """Return every model's schema: of bodies as they are read, of answers as they are written."""
    wanted: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [(ProblemDetails, "serialization")]
    for operation in operations:
        wanted += [(model, "serialization") for model in operation.answers.values() if not isinstance(model, str)]
        wanted += [(operation.body, "validation")] if operation.body is not Nothing else []
    _, made = models_json_schema(wanted, ref_template=SCHEMAS)
    return dict(sorted(made["$defs"].items()))


def described(operation: Operation[Any, Any]) -> Mapping[str, Any]:
    about: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.path.partition("/")[0]],
        "security": SECURITY[operation.role] if operation.role is not None else [],
        "parameters": [*path_parameters(operation), *query_parameters(operation)],
        "responses": dict(sorted([*answers(operation), *problems(operation)])),
    }
    if operation.body is not Nothing:
        content = {"schema": reference(operation.body), "example": operation.examples["body"]}
        about["requestBody"] = {"required": True, "content": {JSON: content}}
    return about


def path_parameters(operation: Operation[Any, Any]) -> Iterator[Mapping[str, Any]]:
    for name in re.findall(r"\{(\w+)\}", operation.path):
        schema = {"type": "string", "minLength": 1}
        yield {"name": name, "in": "path", "required": True, "schema": schema, "example": operation.examples[name]}


def query_parameters(operation: Operation[Any, Any]) -> Iterator[Mapping[str, Any]]:
    shape = operation.query.model_json_schema(ref_template=SCHEMAS)
    for name, schema in shape["properties"].items():
        about = {"name": name, "in": "query", "required": name in shape.get("required", ()), "schema": given(schema)}
        about["description"] = schema.get("description", "")
        yield {**about, "example": operation.examples[name]} if name in operation.examples else about


def given(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a parameter may be where it is given: a query has no null."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
    bare = kinds[0] if "anyOf" in schema else schema
    return {key: value for key, value in bare.items() if key not in ("title", "description", "default")}


def answers(operation: Operation[Any, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for status, answer in operation.answers.items():
        media = answer if isinstance(answer, str) else JSON
        schema = {"type": "object" if answer == JSON else "string"} if isinstance(answer, str) else reference(answer)
        headers = {**HEADERS, **LOCATION} if status in (HTTPStatus.CREATED, HTTPStatus.ACCEPTED) else HEADERS
        about = {"description": HTTPStatus(status).phrase, "headers": headers}
        yield str(status), {**about, "content": {media: {"schema": schema}}}


def problems(operation: Operation[Any, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return what may stand in the way, by status: of 500 there are two kinds."""
    kinds = [*ALWAYS, *operation.problems]
    kinds += BEHIND_A_DOOR if operation.role is not None else ()
    kinds += WITH_A_BODY if operation.body is not Nothing else ()
    for status in sorted({kind.status for kind in kinds}):
        words = [f"{kind.title} (`{kind.type}`)" for kind in kinds if kind.status == status]
        headers = {**HEADERS, **RETRY_AFTER} if status == HTTPStatus.SERVICE_UNAVAILABLE else HEADERS
        content = {PROBLEM_JSON: {"schema": reference(ProblemDetails)}}
        yield str(status), {"description": "; ".join(words), "headers": headers, "content": content}


def reference(model: type[BaseModel]) -> Mapping[str, str]:
    return {"$ref": SCHEMAS.format(model=model.__name__)}
