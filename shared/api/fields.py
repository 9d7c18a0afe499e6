"""The types of what comes in, each with a sentence for what is wrong with it."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from shared.domain.pauses import Scope, ScopeKind
from shared.text import ONE_LINE, one_line

SHAPE = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)
"""Of bodies and queries: nothing is guessed, nothing passed over."""

LONGEST_REASON = 500
LONGEST_CERTIFICATE = 127
"""Of a name in Key Vault."""
LONGEST_NAME = 200
"""Of an actor, as the history has it."""

DATE = r"2\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
MOMENT = rf"^{DATE}(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{{1,6}})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))?$"

NAME = r"[0-9a-zA-Z-]{1,127}"
SCOPE = rf"^(estate|(issuer|cluster|relay|certificate)/{NAME})$"

VERSION = r"^[0-9a-zA-Z]{1,64}$"


class Nothing(BaseModel):
    """No body, or no query."""

    model_config = SHAPE


def reason(text: object) -> str:
    if isinstance(text, str) and len(text) <= LONGEST_REASON and (line := one_line(text)) is not None:
        return line
    raise ValueError(
        f"must be one line of 1 to {LONGEST_REASON} characters, with something to see in it and no control characters: "
        "it says why to those who read the history later"
    )


def moment(text: object) -> datetime:
    """Read a date-time with its offset, or a date as its first moment in UTC (RFC 3339)."""
    wanted = "must be like 2026-11-22T12:00:00Z or 2026-11-22 (in a URL a + is written %2B)"
    if not isinstance(text, str) or re.fullmatch(MOMENT, text, re.ASCII) is None:
        raise ValueError(wanted)
    try:
        read = datetime.fromisoformat(text)
        return read.astimezone(UTC) if "T" in text else datetime.combine(date.fromisoformat(text), read.time(), UTC)
    except (ValueError, OverflowError):  # with its offset it may lie after the year 9999
        raise ValueError(wanted) from None


def scope(text: object) -> Scope:
    if not isinstance(text, str) or re.fullmatch(SCOPE, text, re.ASCII) is None:
        raise ValueError("must be estate, or issuer/NAME, cluster/NAME, relay/NAME or certificate/NAME")
    kind, _, name = text.partition("/")
    return Scope(cast("ScopeKind", kind), name)


def version(text: object) -> str:
    if isinstance(text, str) and re.fullmatch(VERSION, text, re.ASCII):
        return text
    raise ValueError("must be the name of a version in Key Vault: letters and digits")


def described(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **schema})


Reason = Annotated[str, BeforeValidator(reason), described(pattern=ONE_LINE, minLength=1, maxLength=LONGEST_REASON)]
Moment = Annotated[datetime, BeforeValidator(moment), described(pattern=MOMENT)]
ScopeText = Annotated[Scope, BeforeValidator(scope), described(pattern=SCOPE)]
VersionName = Annotated[str, BeforeValidator(version), described(pattern=VERSION)]


class Reasoned(BaseModel):
    """What a person asks for says why."""

    model_config = SHAPE
    reason: Reason
    """Why: one line with something to see in it, kept in the history. Invisible characters around it are removed."""
