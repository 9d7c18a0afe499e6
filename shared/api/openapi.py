"""The OpenAPI 3.1 document, made from the operations and from the models that parse calls and render responses.

https://spec.openapis.org/oas/v3.1.1.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from inspect import getdoc
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from shared.api import openapi_examples as examples
from shared.api.handler import CORRELATION, Operation
from shared.api.http import JSON, PROBLEM_JSON, ProblemDetails, ProblemKind
from shared.api.openapi_texts import (
    HEADERS,
    LOCATIONS,
    PARAMETERS,
    PREFACE,
    PROBLEM_HEADERS,
    PROBLEM_NOTES,
    SCHEMES,
    SECURITY,
    SERVERS,
    TAGS,
)
from shared.api.parsing import NoInput
from shared.version import RELEASE

SCHEMAS = "#/components/schemas/{model}"

ANY_CALL = (ProblemKind.INVALID, ProblemKind.BUG)
CALL_WITH_ROLE = (
    ProblemKind.UNAUTHENTICATED,
    ProblemKind.FORBIDDEN,
    ProblemKind.CONFIGURATION,
    ProblemKind.BLOCKED,
    ProblemKind.UNAVAILABLE,
)
CALL_WITH_BODY = (ProblemKind.TOO_LARGE, ProblemKind.MEDIA_TYPE)


def openapi_document(operations: Sequence[Operation]) -> Mapping[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(f"/api/{operation.path}", {})[operation.method.lower()] = path_item(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Relaykeeper", "version": RELEASE, "description": PREFACE.strip()},
        "servers": SERVERS,
        "tags": TAGS,
        "paths": paths,
        "components": {
            "schemas": schemas(operations),
            "responses": problem_responses(operations),
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "securitySchemes": SCHEMES,
        },
    }


def path_item(operation: Operation) -> Mapping[str, Any]:
    problems = {
        str(status): {"$ref": f"#/components/responses/{problem_name(kinds)}"}
        for status, kinds in problems_by_status(operation).items()
    }
    item: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "tags": [operation.path.partition("/")[0]],
        "security": SECURITY[operation.role] if operation.role is not None else [],
        "parameters": [
            *path_parameters(operation),
            *query_parameters(operation),
            *({"$ref": f"#/components/parameters/{each}"} for each in PARAMETERS),
        ],
        "responses": dict(sorted([*responses(operation), *problems.items()])),
    }
    if operation.body is not NoInput:
        item["requestBody"] = {
            "description": f"JSON in UTF-8, at most {operation.largest_body:,} bytes; no other member, none twice.",
            "required": True,
            "content": {JSON: {"schema": reference(operation.body), "example": examples.BODIES[operation.id]}},
        }
    return item


def path_parameters(operation: Operation) -> Iterator[Mapping[str, Any]]:
    for name, parameter in operation.parameters.items():
        yield {
            "name": name,
            "in": "path",
            "description": parameter.description,
            "required": True,
            "schema": {"type": "string", "pattern": parameter.pattern},
            "example": examples.PARAMETERS[operation.id][name],
        }


def query_parameters(operation: Operation) -> Iterator[Mapping[str, Any]]:
    model = operation.query.model_json_schema(ref_template=SCHEMAS, schema_generator=NoTitles)
    for name, schema in model["properties"].items():
        yield {
            "name": name,
            "in": "query",
            "required": name in model.get("required", ()),
            "schema": without_null(schema),
            "description": schema["description"],
            "example": examples.PARAMETERS[operation.id][name],
        }


def without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of a parameter that is present: a query has no null, which is the last of `anyOf`."""
    default = {"default": schema["default"]} if schema.get("default") is not None else {}
    bare = schema.get("anyOf", [schema])[0]
    return {key: value for key, value in bare.items() if key not in ("description", "default")} | default


def responses(operation: Operation) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for status, body in operation.responses.items():
        headers: dict[str, Any] = {CORRELATION: {"$ref": f"#/components/headers/{CORRELATION}"}}
        if status in LOCATIONS:
            headers["location"] = LOCATIONS[status]
        example = examples.RESPONSES[operation.id][status]
        if isinstance(body, str):
            content = {body: {"schema": {"type": "object" if body == JSON else "string"}, "example": example}}
            description: str | None = HTTPStatus(status).phrase
        else:
            content = {JSON: {"schema": reference(body), "example": example.model_dump(mode="json")}}
            description = getdoc(body)
        yield str(status), {"description": description, "headers": headers, "content": content}


def problems_by_status(operation: Operation) -> Mapping[int, tuple[ProblemKind, ...]]:
    """Return the kinds of problem with which an operation can end, by status: 500 has two."""
    kinds = [*ANY_CALL, *operation.problems]
    kinds += CALL_WITH_ROLE if operation.role is not None else ()
    kinds += CALL_WITH_BODY if operation.body is not NoInput else ()
    return {
        status: tuple(kind for kind in ProblemKind if kind in kinds and kind.status == status)
        for status in sorted({kind.status for kind in kinds})
    }


def problem_responses(operations: Iterable[Operation]) -> Mapping[str, Any]:
    found = {kinds for operation in operations for kinds in problems_by_status(operation).values()}
    return {problem_name(kinds): describe_problem(kinds) for kinds in sorted(found, key=problem_name)}


def problem_name(kinds: Iterable[ProblemKind]) -> str:
    """Return the name of a problem response among the document's components."""
    return "-or-".join(kind.slug for kind in kinds)


def describe_problem(kinds: tuple[ProblemKind, ...]) -> Mapping[str, Any]:
    status = kinds[0].status
    meaning = "; ".join(f"{kind.title} (`{kind.type}`)" for kind in kinds)
    headers = (CORRELATION, *PROBLEM_HEADERS.get(status, ()))
    values = {
        kind.slug: {"value": json.loads(examples.PROBLEMS[kind].response(examples.CORRELATION_ID).body)}
        for kind in kinds
    }
    return {
        "description": f"{meaning}.{PROBLEM_NOTES.get(status, '')}",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {PROBLEM_JSON: {"schema": reference(ProblemDetails), "examples": values}},
    }


def schemas(operations: Sequence[Operation]) -> Mapping[str, Any]:
    """Return every model's schema: of bodies as they are parsed, of responses as they are rendered."""
    wanted: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [(ProblemDetails, "serialization")]
    for operation in operations:
        wanted += [(body, "serialization") for body in operation.responses.values() if not isinstance(body, str)]
        wanted += [(operation.body, "validation")] if operation.body is not NoInput else []
    _, made = models_json_schema(wanted, ref_template=SCHEMAS, schema_generator=NoTitles)
    return dict(sorted(made["$defs"].items()))


class NoTitles(GenerateJsonSchema):
    """Generates no title for a member: it would only repeat the name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 pydantic passes it
        return False


def reference(model: type[BaseModel]) -> Mapping[str, str]:
    return {"$ref": SCHEMAS.format(model=model.__name__)}
