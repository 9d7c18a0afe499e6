"""Query and body parsing: from text to a model, or every error in it; and the types of the fields."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails

from shared.api.http import JSON, FieldError, HttpProblem, HttpRequest, ProblemKind
from shared.domain.object_ref import ObjectRef
from shared.text import LONGEST_QUOTE, ONE_LINE, one_line, quoted

LARGEST_BODY = 64 * 1024
MOST_ERRORS = 100
INVALID_QUERY = "invalid query parameters"
INVALID_BODY = "invalid body"
SEND_JSON = 'send a JSON object, such as {"reason": "why this is done"}'

STRICT_INPUT = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)
"""Config of bodies and queries: no conversion between types, no unknown member."""

LONGEST_REASON = 500
LONGEST_NAME = 200
"""Longest name of an actor in the history."""

DATE = r"2\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
MOMENT = rf"^{DATE}(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{{1,6}})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))?$"
TARGET = r"^(all|(issuer|cluster|relay|certificate|client)/[0-9a-zA-Z-]{1,127})$"
VERSION = r"^[0-9a-zA-Z]{1,64}$"


def read_query[Q: BaseModel](request: HttpRequest, model: type[Q]) -> Q:
    """Parse the query. Raises HttpProblem with every error in it."""
    counts = Counter(name for name, _ in request.query)
    repeated = [
        FieldError(detail="is there twice", parameter=shortened(name)) for name, count in counts.items() if count > 1
    ]
    if repeated:
        raise HttpProblem(ProblemKind.INVALID, INVALID_QUERY, errors=tuple(repeated[:MOST_ERRORS]))
    try:
        return model.model_validate_strings(dict(request.query))
    except ValidationError as error:
        errors = [
            FieldError(detail=describe_input_error(each, model), parameter=shortened(".".join(map(str, each["loc"]))))
            for each in error.errors()[:MOST_ERRORS]
        ]
        raise HttpProblem(ProblemKind.INVALID, INVALID_QUERY, errors=tuple(errors)) from None


def read_body[B: BaseModel](request: HttpRequest, model: type[B], largest: int = LARGEST_BODY) -> B:
    """Parse a JSON body. Raises HttpProblem with every error in it."""
    if len(request.body) > largest:
        raise HttpProblem(
            ProblemKind.TOO_LARGE, f"the body has {len(request.body):,} bytes, at most {largest:,} are read"
        )
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise HttpProblem(ProblemKind.MEDIA_TYPE, f"send JSON, and say so: content-type: {JSON}")
    if not request.body.strip():
        empty = FieldError(detail="is empty", pointer="#")
        raise HttpProblem(ProblemKind.INVALID, f"the body is empty; {SEND_JSON}", errors=(empty,))
    reject_ambiguous_json(request.body)
    try:
        return model.model_validate_json(request.body)
    except ValidationError as error:
        errors = [
            FieldError(detail=describe_input_error(each, model), pointer=json_pointer(each["loc"]))
            for each in error.errors()[:MOST_ERRORS]
        ]
        raise HttpProblem(ProblemKind.INVALID, INVALID_BODY, errors=tuple(errors)) from None


def reject_ambiguous_json(body: bytes) -> None:
    """Reject what JSON parsers may understand differently: a duplicate key in an object (RFC 8259, section 4)."""
    try:
        json.loads(body.decode(), object_pairs_hook=reject_duplicate_keys)
    except (ValueError, RecursionError) as error:
        invalid = FieldError(detail=why_not_json(error), pointer="#")
        raise HttpProblem(ProblemKind.INVALID, INVALID_BODY, errors=(invalid,)) from None


class DuplicateKeyError(ValueError):
    """An object has the same key twice."""


def reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        duplicate = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise DuplicateKeyError(f"has the key {quoted(duplicate)} twice in one object")
    return found


def why_not_json(error: ValueError | RecursionError) -> str:
    match error:
        case DuplicateKeyError():
            return str(error)
        case UnicodeDecodeError():
            return f"is not UTF-8, from byte {error.start + 1} on"
        case json.JSONDecodeError():
            return f"is not JSON: {error.msg}, at line {error.lineno}, column {error.colno}"
        case RecursionError():
            return "is nested too deeply"
    return "has a number with too many digits"


def describe_input_error(error: ErrorDetails, model: type[BaseModel]) -> str:
    """Return the rest of a sentence that begins with the place's name. It never repeats the value that was sent."""
    match error["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return f"is not known here; known are: {', '.join(model.model_fields) or 'none'}"
        case "value_error":
            return str(error["ctx"]["error"])
    return error["msg"].replace("Input should", "should", 1)


def json_pointer(location: tuple[int | str, ...]) -> str:
    """Return a JSON Pointer as URI fragment (RFC 6901, section 6)."""
    steps = (
        quote(shortened(str(step)).replace("~", "~0").replace("/", "~1"), safe="!$&'()*+,;=:@~") for step in location
    )
    return "".join(["#", *(f"/{step}" for step in steps)])


def shortened(name: str) -> str:
    """Return a name that the caller made up, cut if it is longer than every known name."""
    return name if len(name) <= LONGEST_QUOTE else f"{name[:LONGEST_QUOTE]}..."


def parse_reason(text: object) -> str:
    if isinstance(text, str) and len(text) <= LONGEST_REASON and (line := one_line(text)) is not None:
        return line
    raise ValueError(
        f"must be one line of 1 to {LONGEST_REASON} characters, with something to see in it and no control characters: "
        "it says why to those who read the history later"
    )


def parse_moment(text: object) -> datetime:
    """Parse a date-time with an offset, or a date as its first moment in UTC (RFC 3339)."""
    expected = "must be like 2026-11-22T12:00:00Z or 2026-11-22 (in a URL a + is written %2B)"
    if not isinstance(text, str) or re.fullmatch(MOMENT, text, re.ASCII) is None:
        raise ValueError(expected)
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.astimezone(UTC) if "T" in text else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # with its offset it may be after the year 9999
        raise ValueError(expected) from None


def parse_target(text: object) -> ObjectRef:
    if not isinstance(text, str) or re.fullmatch(TARGET, text, re.ASCII) is None:
        raise ValueError("must be all, or issuer/NAME, cluster/NAME, relay/NAME, certificate/NAME or client/ID")
    return ObjectRef.parse(text)


def parse_version(text: object) -> str:
    if isinstance(text, str) and re.fullmatch(VERSION, text, re.ASCII):
        return text
    raise ValueError("must be the name of a version in Key Vault: letters and digits")


def string_schema(**schema: Any) -> WithJsonSchema:
    """Return the schema of a field whose validator reads a string."""
    return WithJsonSchema({"type": "string", **schema})


Reason = Annotated[
    str, BeforeValidator(parse_reason), string_schema(pattern=ONE_LINE, minLength=1, maxLength=LONGEST_REASON)
]
Moment = Annotated[datetime, BeforeValidator(parse_moment), string_schema(pattern=MOMENT)]
TargetText = Annotated[ObjectRef, PlainValidator(parse_target), string_schema(pattern=TARGET)]
VersionName = Annotated[str, BeforeValidator(parse_version), string_schema(pattern=VERSION)]


class NoInput(BaseModel):
    """No body, or no query."""

    model_config = STRICT_INPUT


class WithReason(BaseModel):
    """Input of an operation that changes something."""

    model_config = STRICT_INPUT
    reason: Reason
    """Why: one line with something to see in it, kept in the history. Invisible characters around it are removed."""
