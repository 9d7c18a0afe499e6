"""HTTP as plain values: a request, a response, and a problem (RFC 9457). docs/api.md lists the kinds of problem."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from pydantic import BaseModel, ConfigDict

from shared.errors import (
    ConfigError,
    JournalNewer,
    LeaseLost,
    LeaseTaken,
    NotAllowed,
    NotFound,
    NotYet,
    NoVersion,
    RateLimited,
    RelaykeeperError,
    TooManyRequests,
    TransientError,
)

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
RETRY_SOON = timedelta(seconds=30)
"""`Retry-After` of a temporary failure that names no time itself."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came in. Names of `headers` are lower case; `path` holds the route's parameters.

    `query` has each parameter as it was sent, repeated ones included.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    path: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response as it goes out."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(document: BaseModel, status: int = 200, location: str | None = None) -> HttpResponse:
    """Return a document as a response; `location` is the URL of the resource that the call created."""
    headers = {} if location is None else {"location": location}
    return HttpResponse(status, to_json(document), headers=headers)


def to_json(document: BaseModel) -> bytes:
    """Return a document as JSON, one member per line, without the members that have their default value."""
    members = document.model_dump(mode="json", exclude_defaults=True)
    return escape_control_chars(json.dumps(members, ensure_ascii=False, indent=2)).encode() + b"\n"


def escape_control_chars(text: str) -> str:
    """Escape each character of JSON text that is not printable, and each half of a surrogate pair.

    Texts of other systems are returned unchanged otherwise. Escaped, they cannot control the reader's terminal, and
    half a surrogate pair does not keep the response from being encoded.
    """
    return "\n".join(
        line if line.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)
        for line in text.split("\n")
    )


class ProblemKind(Enum):
    """Each kind's name in `type`, its status and its title. All three are stable: clients may rely on them."""

    INVALID = ("invalid", 400, "Invalid request")
    UNAUTHENTICATED = ("unauthenticated", 401, "Authentication required")
    FORBIDDEN = ("forbidden", 403, "Forbidden")
    UNKNOWN = ("unknown", 404, "Not found")
    REFUSED = ("refused", 409, "Conflict with the current state")
    TOO_LARGE = ("too-large", 413, "Body too large")
    MEDIA_TYPE = ("media-type", 415, "Unsupported media type")
    TOO_MANY = ("too-many", 429, "Too many requests")
    CONFIGURATION = ("configuration", 500, "Invalid settings or inventory")
    BUG = ("bug", 500, "Internal error")
    BLOCKED = ("blocked", 502, "Upstream request rejected")
    UNAVAILABLE = ("unavailable", 503, "Temporarily unavailable")

    def __init__(self, slug: str, status: int, title: str) -> None:
        self.slug = slug
        self.type = f"urn:relaykeeper:problem:{slug}"
        self.status = status
        self.title = title


class FieldError(BaseModel):
    """One error and its place in the input. Empty members are omitted."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    detail: str
    """What is wrong, as the rest of a sentence that begins with the place's name."""
    pointer: str = ""
    """The place in the body: a JSON Pointer as URI fragment (RFC 6901, section 6), `#` for the whole body."""
    parameter: str = ""
    """The query parameter; in a `configuration` problem the setting, or the path in the inventory."""


class ProblemDetails(BaseModel):
    """Problem details (RFC 9457). Empty members are omitted."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    type: str
    """The kind of problem, `urn:relaykeeper:problem:KIND`: stable, for programs."""
    title: str
    """The kind for people."""
    status: int
    """The status of the response."""
    detail: str
    """What was tried, what stood in the way, what to do."""
    correlation: str
    """The id of this call in log lines and audit records."""
    errors: tuple[FieldError, ...] = ()
    """Every error of the inventory, or the first 100 of a body or a query."""
    near: tuple[str, ...] = ()
    """For an unknown name: at most three similar names that exist."""


@dataclass(eq=False)
class HttpProblem(RelaykeeperError):
    """A problem that ends a call. (Not frozen: Python sets the traceback on it.)"""

    kind: ProblemKind
    detail: str
    errors: tuple[FieldError, ...] = ()
    near: tuple[str, ...] = ()
    retry_after: timedelta | None = None

    def response(self, correlation: str) -> HttpResponse:
        details = ProblemDetails(
            type=self.kind.type,
            title=self.kind.title,
            status=self.kind.status,
            detail=self.detail,
            correlation=correlation,
            errors=self.errors,
            near=self.near,
        )
        return HttpResponse(self.kind.status, to_json(details), PROBLEM_JSON, self.headers())

    def headers(self) -> Mapping[str, str]:
        if self.kind is ProblemKind.UNAUTHENTICATED:
            return {"www-authenticate": "Bearer"}
        if self.retry_after is not None:
            return {"retry-after": str(max(1, math.ceil(self.retry_after.total_seconds())))}
        return {}


def to_problem(failure: RelaykeeperError) -> HttpProblem:
    """Return the problem that tells a caller of a known failure."""
    match failure:
        case NotFound():
            return HttpProblem(ProblemKind.UNKNOWN, str(failure), near=failure.suggestions)
        case NotAllowed() | NoVersion():
            return HttpProblem(ProblemKind.REFUSED, str(failure))
        case ConfigError():
            errors = tuple(FieldError(detail=each.message, parameter=each.path) for each in failure.problems)
            return HttpProblem(ProblemKind.CONFIGURATION, "; ".join(map(str, failure.problems)), errors=errors)
        case TooManyRequests():
            return HttpProblem(ProblemKind.TOO_MANY, str(failure), retry_after=failure.retry_after)
        case RateLimited():
            return HttpProblem(ProblemKind.UNAVAILABLE, str(failure), retry_after=failure.retry_after)
        case NotYet():
            return HttpProblem(ProblemKind.UNAVAILABLE, str(failure), retry_after=failure.wait)
        case TransientError() | JournalNewer() | LeaseTaken() | LeaseLost():
            return HttpProblem(ProblemKind.UNAVAILABLE, str(failure), retry_after=RETRY_SOON)
    return HttpProblem(ProblemKind.BLOCKED, str(failure))
