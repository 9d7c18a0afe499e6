"""What stands in the way of an answer, as problem details (RFC 9457). docs/api.md lists the kinds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from pydantic import BaseModel, ConfigDict

from shared.api.exchange import Answer, rendered
from shared.errors import (
    ConfigError,
    LeaseLost,
    LeaseTaken,
    NotAllowed,
    NotFound,
    NotYet,
    RateLimited,
    RelaykeeperError,
    TooManyRequests,
    TransientError,
)

PROBLEM_JSON = "application/problem+json"
SOON = timedelta(seconds=30)
"""When to ask again where nobody named a time."""


class Kind(Enum):
    """Each kind's name in its `type`, its status and its title: they never change."""

    INVALID = ("invalid", 400, "The request is not as it should be")
    UNAUTHENTICATED = ("unauthenticated", 401, "Relaykeeper does not know who asks")
    FORBIDDEN = ("forbidden", 403, "Whoever asks may not do this")
    UNKNOWN = ("unknown", 404, "There is nothing of that name")
    REFUSED = ("refused", 409, "This cannot be done as things stand")
    TOO_LARGE = ("too-large", 413, "The body is too large")
    MEDIA_TYPE = ("media-type", 415, "The body is not of a type that is read here")
    TOO_MANY = ("too-many", 429, "Too many requests are open")
    CONFIGURATION = ("configuration", 500, "Relaykeeper's settings or inventory are wrong")
    BUG = ("bug", 500, "Relaykeeper failed")
    BLOCKED = ("blocked", 502, "Something that Relaykeeper needs refused")
    UNAVAILABLE = ("unavailable", 503, "Something that Relaykeeper needs does not answer")

    def __init__(self, slug: str, status: int, title: str) -> None:
        self.slug = slug
        self.type = f"urn:relaykeeper:problem:{slug}"
        self.status = status
        self.title = title


class Fault(BaseModel):
    """One thing that is wrong, and where. Members that say nothing are left out."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    detail: str
    """What is wrong, to be read on from the name of the place."""
    pointer: str = ""
    """Where in the body: a JSON Pointer as URI fragment (RFC 6901, section 6), `#` for the whole."""
    parameter: str = ""
    """Which parameter of the query; of `configuration` problems, which setting or which path in the inventory."""


class ProblemDetails(BaseModel):
    """Problem details (RFC 9457). Members that say nothing are left out."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    type: str
    """Which kind of problem, `urn:relaykeeper:problem:KIND`: stable, for programs."""
    title: str
    """The kind in words."""
    status: int
    """The status of the answer."""
    detail: str
    """What was tried, what stood in the way, what to do."""
    correlation: str
    """By which the log lines and records of this call are found."""
    errors: tuple[Fault, ...] = ()
    """Every single thing that is wrong with the inventory, or the first 100 of a body or a query."""
    near: tuple[str, ...] = ()
    """Where a name is unknown: at most three that may have been meant."""


@dataclass(eq=False)
class Problem(RelaykeeperError):
    """Raised by the API itself, or made of a failure. (Not frozen: Python writes the trace into it.)"""

    kind: Kind
    detail: str
    errors: tuple[Fault, ...] = ()
    near: tuple[str, ...] = ()
    retry_after: timedelta | None = None

    def answer(self, correlation: str) -> Answer:
        details = ProblemDetails(
            type=self.kind.type,
            title=self.kind.title,
            status=self.kind.status,
            detail=self.detail,
            correlation=correlation,
            errors=self.errors,
            near=self.near,
        )
        return Answer(self.kind.status, rendered(details), PROBLEM_JSON, self.headers())

    def headers(self) -> Mapping[str, str]:
        if self.kind is Kind.UNAUTHENTICATED:
            return {"www-authenticate": "Bearer"}
        if self.retry_after is not None:
            return {"retry-after": str(max(1, math.ceil(self.retry_after.total_seconds())))}
        return {}


def problem_of(failure: RelaykeeperError) -> Problem:
    """Return a failure that we know as a problem."""
    match failure:
        case NotFound():
            return Problem(Kind.UNKNOWN, str(failure), near=failure.near)
        case NotAllowed():
            return Problem(Kind.REFUSED, str(failure))
        case ConfigError():
            faults = tuple(Fault(detail=each.message, parameter=each.path) for each in failure.problems)
            return Problem(Kind.CONFIGURATION, "; ".join(map(str, failure.problems)), errors=faults)
        case TooManyRequests():
            return Problem(Kind.TOO_MANY, str(failure), retry_after=failure.retry_after)
        case RateLimited():
            return Problem(Kind.UNAVAILABLE, str(failure), retry_after=failure.retry_after)
        case NotYet():
            return Problem(Kind.UNAVAILABLE, str(failure), retry_after=failure.wait)
        case TransientError() | LeaseTaken() | LeaseLost():
            return Problem(Kind.UNAVAILABLE, str(failure), retry_after=SOON)
    return Problem(Kind.BLOCKED, str(failure))
