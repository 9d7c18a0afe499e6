"""What an authority answers: headers and JSON (RFC 8555, section 7.1), read strictly.

`acme.messages` checks the types of few fields. Fields that we have no use for are not named here, and not looked at.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec

from shared.domain.issuing.acme import AuthorizationStatus, OrderStatus
from shared.errors import PermanentError, TransientError

MOST_AUTHORIZATIONS = 200
"""An order has at most 100 names; nothing that asks for more work is an honest answer."""

Token = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]+\Z", min_length=22, max_length=512)]
"""A challenge's token is text and is never decoded (sections 8.1, 8.4); 128 bits need 22 letters. josepy decodes it and
encodes it again, which may change its last letter."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `retry_after` is the wait asked for, `location` and `next_page` are absolute URLs."""

    status: int
    body: bytes
    nonce: str | None
    location: str | None
    next_page: str | None
    retry_after: timedelta | None

    @property
    def ok(self) -> bool:
        """Whether it is a 2xx. Redirects are not followed: a signature names the URL that it is for."""
        return 200 <= self.status < 300


class Identifier(msgspec.Struct, frozen=True):
    """Section 9.7.7."""

    type: str
    value: str


class AcmeProblem(msgspec.Struct, frozen=True):
    """Section 6.7 and RFC 9457."""

    type: str | None = None
    title: str | None = None
    detail: str | None = None
    instance: str | None = None
    identifier: Identifier | None = None
    subproblems: tuple["AcmeProblem", ...] | None = None

    @property
    def kind(self) -> str:
        """The type without the prefix that ACME's own have."""
        return (self.type or "").removeprefix("urn:ietf:params:acme:error:")


class DirectoryBody(msgspec.Struct, frozen=True, rename="camel"):
    """Section 7.1.1."""

    new_nonce: str
    new_account: str
    new_order: str


class AccountBody(msgspec.Struct, frozen=True):
    """Section 7.1.2; not every authority lists orders."""

    orders: str | None = None


class OrderList(msgspec.Struct, frozen=True):
    """Section 7.1.2.1."""

    orders: tuple[str, ...]


class OrderBody(msgspec.Struct, frozen=True):
    """Section 7.1.3."""

    status: OrderStatus
    identifiers: tuple[Identifier, ...]
    authorizations: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_AUTHORIZATIONS)]
    finalize: str
    certificate: str | None = None
    error: AcmeProblem | None = None


class AuthorizationBody(msgspec.Struct, frozen=True):
    """Section 7.1.4. Challenges are read one by one: each type has fields of its own."""

    status: AuthorizationStatus
    identifier: Identifier
    challenges: tuple[dict[str, Any], ...]
    error: AcmeProblem | None = None


class Failure(msgspec.Struct, frozen=True):
    """Why a challenge of any type failed: section 8."""

    error: AcmeProblem | None = None


class ChallengeBody(msgspec.Struct, frozen=True):
    """A dns-01 challenge: section 8.4."""

    url: str
    token: Token
    status: Literal["pending", "processing", "valid", "invalid"]


def decode[T](body: bytes, shape: type[T], tried: str) -> T:
    """Read an answer. Raises TransientError if it is not JSON (a proxy's page, half an answer), PermanentError if it is
    something else than it should be."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise breach(tried, error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TransientError(f"{tried}: the answer is not JSON: {error}") from error


def convert[T](value: object, shape: type[T], tried: str) -> T:
    """Read a part of an answer. Raises PermanentError if it is something else than it should be."""
    try:
        return msgspec.convert(value, type=shape)
    except msgspec.ValidationError as error:
        raise breach(tried, error) from error


def breach(tried: str, error: msgspec.ValidationError) -> PermanentError:
    return PermanentError(
        f"{tried}: the answer is not what RFC 8555 prescribes: {error}. Check the issuer's directory in the inventory."
    )


def https(url: str, tried: str) -> str:
    """Return a URL that the authority gave, on whatever host. Raises PermanentError unless it is https."""
    if not url.startswith("https://"):
        raise PermanentError(
            f"{tried}: the answer names {url[:100]!r}, which is not an https URL (RFC 8555, section 6.1)"
        )
    return url
