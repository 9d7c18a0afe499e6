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
from shared.api.auth import Role
from shared.api.handler import CORRELATION, Operation
from shared.api.http import JSON, PROBLEM_JSON, ProblemDetails, ProblemKind
from shared.api.parsing import NoInput
from shared.version import RELEASE

PREFACE = """
Relaykeeper renews mail relays' TLS certificates, and is done when every replica of every relay serves the new one. It
brings the passwords of SMTP clients to the relays, and is done when every replica accepts them.

**Changes.** A renewal, a rollback, a release or a delivery becomes a *request*: it uses the same queue and the same
lease as the schedule, and the response is 202 with a `Location`. GET that until `state` is `done` or `failed`, every
few seconds at first. A request like an open one joins it, so a second call has no second effect. Every other change
takes effect before the response. Each needs a reason, which the history keeps together with the caller.

**Terms.** A *version* is a version of the certificate, or of the client's secret, in Key Vault. A *thumbprint* is the
SHA-256 of the leaf's DER in lower-case hex. A *place* is a relay in a cluster, written `relay@cluster`. A *tick* is a
run of the renewal timer, a *watch* a run of the timer that observes and alerts. Times are RFC 3339 with an offset, in
UTC. Texts called `reason`, `message`, `error` or `detail` are for people and may quote other systems: show them, do not
parse them.

**Problems** are `application/problem+json` (RFC 9457) with a stable `type`. 429 and 503 say in `Retry-After` when to
retry; no other problem is worth retrying unchanged. The platform answers a path or method that is not listed here with
404, without a body.

**Compatibility.** Members may be added to responses; existing ones keep their names and meanings. Responses must not be
cached.
"""

SERVERS = ({"url": "/", "description": "The function app that serves this document"},)

TAGS: Sequence[Mapping[str, str]] = (
    {"name": "certificates", "description": "Their state, and what people may request for them."},
    {"name": "clients", "description": "Services that log in to relays: where each is accepted. Never a password."},
    {"name": "relays", "description": "Their clients, which logins they took, and what their replicas answer."},
    {"name": "requests", "description": "What people requested, and its progress."},
    {"name": "pauses", "description": "The kill switch: what is not changed for a while."},
    {"name": "ticks", "description": "A tick that is asked for, where the timer does not fire."},
    {"name": "plan", "description": "What the next tick would do."},
    {"name": "plans", "description": "What an inventory would change that is not deployed yet."},
    {"name": "history", "description": "Who did what, when and why."},
    {"name": "metrics", "description": "For Prometheus."},
    {"name": "health", "description": "For probes."},
    {"name": "openapi.json", "description": "This description."},
    {"name": "alerts", "description": "What the last watch found, and a test of the routes to people."},
)

SECURITY: Mapping[Role, Any] = {
    "reader": [{"entra": ["reader"]}, {"key": []}],
    "operator": [{"entra": ["operator"]}, {"key": []}],
    "ticker": [{"entra": ["ticker"]}, {"key": []}],
}

SCHEMES = {
    "entra": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "With Easy Auth on: a token of Entra ID for this app, with the app role `reader`, `operator` or "
        "`ticker`; an operator is a reader and a ticker too.",
    },
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "x-functions-key",
        "description": "With Easy Auth off: a function key, in this header only; in the URL (`?code=`) it is refused. "
        "It does not say who calls, so changes are refused unless the setting "
        "RELAYKEEPER_KEYS_MAY_CHANGE is true.",
    },
}

PARAMETERS = {
    "correlation": {
        "name": CORRELATION,
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "example": "change-1234",
        "description": "Your own id for this call: 8 to 64 letters, digits, `.`, `_` or `-`; any other is replaced by "
        "a new one. Without it, `x-ms-client-request-id` or the trace id of `traceparent` is taken.",
    }
}

HEADERS = {
    CORRELATION: {
        "description": "The call's id in log lines and audit records: the caller's own if it sent one. Missing only if "
        "the platform itself responds.",
        "schema": {"type": "string"},
        "example": "change-1234",
    },
    "retry-after": {
        "description": "Seconds after which to retry.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
        "example": 30,
    },
    "www-authenticate": {
        "description": "Missing if the platform itself responds.",
        "schema": {"type": "string"},
        "example": "Bearer",
    },
}

LOCATIONS: Mapping[int, Any] = {
    201: {
        "description": "URL of the new resource, relative to this host. DELETE ends it; the list contains it.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/api/pauses/0a1b2c3d4e5f",
    },
    202: {
        "description": "URL of the request, relative to this host. GET it to follow its progress to the end.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/api/requests/20261122T120000Z-0a1b2c3d",
    },
}

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

PROBLEM_NOTES: Mapping[int, str] = {
    401: " A missing or wrong function key is answered by the platform itself: 401 without a body.",
    413: " The description of the operation's body says how many bytes are read.",
    429: " Retry after `Retry-After` seconds.",
    503: " Retry after `Retry-After` seconds.",
}
PROBLEM_HEADERS: Mapping[int, tuple[str, ...]] = {
    401: ("www-authenticate",),
    429: ("retry-after",),
    503: ("retry-after",),
}


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
