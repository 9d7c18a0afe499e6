"""An API operation, and the path of every call through it: authorize, parse, run, respond."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel

from shared.api.auth import Role, authorize
from shared.api.http import HttpProblem, HttpRequest, HttpResponse, ProblemKind, to_problem
from shared.api.parsing import LARGEST_BODY, NoInput, WithReason, read_body, read_query
from shared.domain.audit import Trigger
from shared.errors import RelaykeeperError, Unforeseen
from shared.guard import guard
from shared.log_context import step
from shared.ports import Ports
from shared.text import printable_line

log = logging.getLogger("relaykeeper.api")

type Compose = Callable[[Mapping[str, str]], Ports]

COMMON_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
CORRELATION = "x-correlation-id"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
"""https://www.w3.org/TR/trace-context/#traceparent-header"""


@dataclass(frozen=True, slots=True)
class ApiRequest[B: BaseModel = NoInput, Q: BaseModel = NoInput]:
    """An authorized, parsed call, on the caller's behalf (`trigger`). `ports()` composes the ports."""

    path: Mapping[str, str]
    body: B
    query: Q
    trigger: Trigger
    ports: Callable[[], Ports]


@dataclass(frozen=True, slots=True)
class PathParameter:
    """A parameter in a path. `pattern` is for the description alone: a value of any other form is unknown (404)."""

    description: str
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path. The function's route, the call's handling and the OpenAPI document follow from it.

    `id` is the function's name too; `path` is the function's route below /api, with its `parameters`. A caller needs
    `role`; None: anybody may call. `responses` gives for each status the model of the body, or its media type.
    `problems` are the kinds of problem beside those that every operation can end with. `largest_body` is in bytes.
    """

    id: str
    method: Literal["GET", "POST", "DELETE"]
    path: str
    summary: str
    description: str
    role: Role | None
    run: Callable[[ApiRequest[Any, Any]], HttpResponse]
    responses: Mapping[int, type[BaseModel] | str]
    body: type[BaseModel] = NoInput
    query: type[BaseModel] = NoInput
    parameters: Mapping[str, PathParameter] = field(default_factory=dict)
    problems: tuple[ProblemKind, ...] = ()
    largest_body: int = LARGEST_BODY


def handle(
    operation: Operation, request: HttpRequest, environment: Mapping[str, str], compose: Compose
) -> HttpResponse:
    """Respond to a call, whatever happens. The response and every log line have the call's correlation id."""
    correlation = correlation_of(request.headers)
    with step(correlation=correlation):
        try:
            with guard(f"answering {operation.id}"):
                response = operation.run(parse_call(operation, request, correlation, environment, compose))
        except HttpProblem as problem:
            response = problem_response(operation, problem, correlation)
        except Unforeseen as failure:
            bug = HttpProblem(ProblemKind.BUG, f"{failure} under the correlation {correlation}")
            response = problem_response(operation, bug, correlation)
        except RelaykeeperError as failure:
            response = problem_response(operation, to_problem(failure), correlation)
    return replace(response, headers={**COMMON_HEADERS, **response.headers, CORRELATION: correlation})


def correlation_of(headers: Mapping[str, str]) -> str:
    """Return the first valid one of x-correlation-id, x-ms-client-request-id, traceparent's trace id; else a new id."""
    for header in (CORRELATION, "x-ms-client-request-id"):
        if WELL_FORMED.fullmatch(headers.get(header, "")):
            return headers[header]
    traced = TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return traced[1] if traced is not None else uuid4().hex


def parse_call(
    operation: Operation, request: HttpRequest, correlation: str, environment: Mapping[str, str], compose: Compose
) -> ApiRequest[Any, Any]:
    """Authorize a call, then parse it. Raises HttpProblem if it is not allowed, or not valid."""
    actor = authorize(operation.role, request, environment)
    query = read_query(request, operation.query)
    body = NoInput() if operation.body is NoInput else read_body(request, operation.body, operation.largest_body)
    reason = next((given.reason for given in (body, query) if isinstance(given, WithReason)), "")
    trigger = Trigger(actor, reason, correlation)
    return ApiRequest(request.path, body, query, trigger, lambda: compose(environment))


def problem_response(operation: Operation, problem: HttpProblem, correlation: str) -> HttpResponse:
    """Log a problem and return its response. The log level is ERROR only where the caller is not the cause."""
    level = logging.ERROR if problem.kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO
    log.log(level, "%s: %s %s", operation.id, problem.kind.status, printable_line(problem.detail))
    return problem.response(correlation)
