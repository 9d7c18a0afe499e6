"""From text to what was asked for, or every problem in it."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.api.exchange import JSON, Call
from shared.api.problem import Fault, Kind, Problem
from shared.text import LONGEST_QUOTE, quoted

LARGEST_BODY = 64 * 1024
MOST_FAULTS = 100
SEND_JSON = 'send a JSON object, such as {"reason": "why this is done"}'


def read_query[Q: BaseModel](call: Call, shape: type[Q]) -> Q:
    """Read the query's parameters. Raises Problem with everything that is wrong with them."""
    counted = Counter(name for name, _ in call.query)
    if twice := [
        Fault(detail="is there twice", parameter=shortened(name)) for name, count in counted.items() if count > 1
    ]:
        raise Problem(Kind.INVALID, "the query is not as it should be", errors=tuple(twice[:MOST_FAULTS]))
    try:
        return shape.model_validate_strings(dict(call.query))
    except ValidationError as error:
        faults = [
            Fault(detail=sentence(each, shape), parameter=shortened(".".join(map(str, each["loc"]))))
            for each in error.errors()[:MOST_FAULTS]
        ]
        raise Problem(Kind.INVALID, "the query is not as it should be", errors=tuple(faults)) from None


def read_body[B: BaseModel](call: Call, shape: type[B]) -> B:
    """Read a body of JSON. Raises Problem with everything that is wrong with it."""
    if len(call.body) > LARGEST_BODY:
        raise Problem(Kind.TOO_LARGE, f"the body has {len(call.body):,} bytes, at most {LARGEST_BODY:,} are read")
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Problem(Kind.MEDIA_TYPE, f"send JSON, and say so: content-type: {JSON}")
    if not call.body.strip():
        raise Problem(Kind.INVALID, f"the body is empty; {SEND_JSON}", errors=(Fault(detail="is empty", pointer="#"),))
    refuse_ambiguous(call.body)
    try:
        return shape.model_validate_json(call.body)
    except ValidationError as error:
        faults = [
            Fault(detail=sentence(each, shape), pointer=pointer(each["loc"])) for each in error.errors()[:MOST_FAULTS]
        ]
        raise Problem(Kind.INVALID, "the body is not as it should be", errors=tuple(faults)) from None


def refuse_ambiguous(body: bytes) -> None:
    """Refuse what readers of JSON understand differently: a key that is there twice (RFC 8259, section 4)."""
    try:
        json.loads(body.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        fault = Fault(detail=why_not_json(error), pointer="#")
        raise Problem(Kind.INVALID, "the body is not as it should be", errors=(fault,)) from None


def why_not_json(error: ValueError | RecursionError) -> str:
    match error:
        case AmbiguousKeyError():
            return str(error)
        case UnicodeDecodeError():
            return f"is not UTF-8, from byte {error.start + 1} on"
        case json.JSONDecodeError():
            return f"is not JSON: {error.msg}, at line {error.lineno}, column {error.colno}"
        case RecursionError():
            return "is nested too deeply"
    return "has a number with too many digits"


class AmbiguousKeyError(ValueError):
    """A key is there twice."""


def once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise AmbiguousKeyError(f"has the key {quoted(twice)} twice in one object")
    return found


def sentence(error: ErrorDetails, shape: type[BaseModel]) -> str:
    """Say what is wrong, so that it reads on from the place's name. What was sent is not repeated."""
    match error["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return f"is not known here; known are: {', '.join(shape.model_fields) or 'none'}"
        case "value_error":
            return str(error["ctx"]["error"])
    return error["msg"].replace("Input should", "should", 1)


def pointer(location: tuple[int | str, ...]) -> str:
    """Return a JSON Pointer as URI fragment (RFC 6901, section 6)."""
    steps = (
        quote(shortened(str(step)).replace("~", "~0").replace("/", "~1"), safe="!$&'()*+,;=:@~") for step in location
    )
    return "".join(["#", *(f"/{step}" for step in steps)])


def shortened(name: str) -> str:
    """Return a name that a caller made up, cut where it is longer than any that is known here."""
    return name if len(name) <= LONGEST_QUOTE else f"{name[:LONGEST_QUOTE]}..."
