"""The OpenAPI 3.1 document, made of the same types that read calls and write answers.

https://spec.openapis.org/oas/v3.1.1.html
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from inspect import getdoc
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from shared.api.correlation import CORRELATION
from shared.api.description.preface import DESCRIPTION, HEADERS, LOCATIONS, PARAMETERS, SCHEMES, SECURITY, SERVERS, TAGS
from shared.api.description.problems import name_of, problem_responses, problems
from shared.api.exchange import JSON
from shared.api.fields import Nothing
from shared.api.operation import Operation
from shared.api.parsing import LARGEST_BODY
from shared.api.problem import ProblemDetails
from shared.version import RELEASE

type Operations = tuple[Operation[Any, Any], ...]

SCHEMAS = "#/components/schemas/{model}"


class Untitled(GenerateJsonSchema):
    """Members have no title: it would be their name once more."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 pydantic gives it
        return False


def document(operations: Operations) -> Mapping[str, Any]:
    """Describe the operations."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(f"/api/{operation.path}", {})[operation.method.lower()] = described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Relaykeeper", "version": RELEASE, "description": DESCRIPTION.strip()},
        "servers": SERVERS,
        "tags": TAGS,
        "paths": paths,
        "components": {
            "schemas": schemas(operations),
            "responses": problem_responses(operations, reference(ProblemDetails)),
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "securitySchemes": SCHEMES,
        },
    }


def schemas(operations: Operations) -> Mapping[str, Any]:
    """Return every model's schema: of bodies as they are read, of answers as they are written."""
    wanted: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [(ProblemDetails, "serialization")]
    for operation in operations:
        wanted += [(type(each), "serialization") for each in operation.answers.values() if not isinstance(each, str)]
        wanted += [(operation.body, "validation")] if operation.body is not Nothing else []
    _, made = models_json_schema(wanted, ref_template=SCHEMAS, schema_generator=Untitled)
    return dict(sorted(made["$defs"].items()))


def described(operation: Operation[Any, Any]) -> Mapping[str, Any]:
    refused = {
        str(status): {"$ref": f"#/components/responses/{name_of(kinds)}"}
        for status, kinds in problems(operation).items()
    }
    about: dict[str, Any] = {
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
        "responses": dict(sorted([*answers(operation), *refused.items()])),
    }
    if operation.body is not Nothing:
        about["requestBody"] = {
            "description": f"JSON in UTF-8, at most {LARGEST_BODY:,} bytes; no member besides these, none twice.",
            "required": True,
            "content": {JSON: {"schema": reference(operation.body), "example": operation.examples["body"]}},
        }
    return about


def path_parameters(operation: Operation[Any, Any]) -> Iterator[Mapping[str, Any]]:
    for name, each in operation.parameters.items():
        schema = {"type": "string", "pattern": each.pattern}
        about = {"description": each.description, "required": True, "schema": schema, "example": each.example}
        yield {"name": name, "in": "path", **about}


def query_parameters(operation: Operation[Any, Any]) -> Iterator[Mapping[str, Any]]:
    shape = operation.query.model_json_schema(ref_template=SCHEMAS, schema_generator=Untitled)
    for name, schema in shape["properties"].items():
        about = {"name": name, "in": "query", "required": name in shape.get("required", ()), "schema": given(schema)}
        yield {**about, "description": schema["description"], "example": operation.examples[name]}


def given(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a parameter may be where it is given: a query has no null, which comes last."""
    default = {"default": schema["default"]} if schema.get("default") is not None else {}
    bare = schema.get("anyOf", [schema])[0]
    return {key: value for key, value in bare.items() if key not in ("description", "default")} | default


def answers(operation: Operation[Any, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for status, answer in operation.answers.items():
        headers: dict[str, Any] = {CORRELATION: {"$ref": f"#/components/headers/{CORRELATION}"}}
        if status in LOCATIONS:
            headers["location"] = LOCATIONS[status]
        if isinstance(answer, str):
            schema = {"type": "object" if answer == JSON else "string"}
            content = {answer: {"schema": schema, "example": operation.examples["answer"]}}
            yield str(status), {"description": HTTPStatus(status).phrase, "headers": headers, "content": content}
        else:
            content = {JSON: {"schema": reference(type(answer)), "example": answer.model_dump(mode="json")}}
            yield str(status), {"description": getdoc(answer), "headers": headers, "content": content}


def reference(model: type[BaseModel]) -> Mapping[str, str]:
    return {"$ref": SCHEMAS.format(model=model.__name__)}
