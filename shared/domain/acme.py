"""The authority's objects (RFC 8555, section 7.1), as far as a renewal needs them."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

OrderStatus = Literal["pending", "ready", "processing", "valid", "invalid"]
AuthorizationStatus = Literal["pending", "valid", "invalid", "deactivated", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class AccountKey:
    """An account's private key, PKCS#8 PEM."""

    pem: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks: the issuer's `directory` URL, the key, and the account's `url` once it is registered."""

    directory: str
    key: AccountKey
    url: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order (section 7.1.3). `retry_after` is the wait that the authority asked for; `error` its words."""

    url: str
    status: OrderStatus
    names: frozenset[str]
    authorizations: tuple[str, ...]
    finalize: str
    certificate: str | None = None
    retry_after: timedelta | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A dns-01 challenge (section 8.4): `txt` is the value to publish at `_acme-challenge.<name>`."""

    url: str
    status: Literal["pending", "processing", "valid", "invalid"]
    txt: str


@dataclass(frozen=True, slots=True)
class Authorization:
    """An authorization (section 7.1.4) for `name` (without `*.`). `challenge` is None if dns-01 is not offered."""

    url: str
    status: AuthorizationStatus
    name: str
    challenge: Challenge | None
    error: str = ""
