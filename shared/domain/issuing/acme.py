"""The authority's objects (RFC 8555, section 7.1), as far as a renewal needs them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

OrderStatus = Literal["pending", "ready", "processing", "valid", "invalid"]

AuthorizationStatus = Literal["pending", "valid", "invalid", "deactivated", "expired", "revoked"]

FIRST_LOOK, LAST_LOOK = timedelta(seconds=15), timedelta(minutes=30)

REQUESTS_AN_HOUR = 24
"""Requests that polling one waiting order may take. With those before, and answering again, it stays below 60."""

REQUESTS_PER_LOOK = 3
"""Directory, nonce, order; each authorization is one more."""


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
    """A dns-01 challenge (section 8.4): `txt` is the value to publish at `_acme-challenge.<name>`.

    `error` says why the last validation failed; while it is not `invalid` it may be answered again (section 8.2).
    """

    url: str
    status: Literal["pending", "processing", "valid", "invalid"]
    txt: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Authorization:
    """An authorization (section 7.1.4) for `name` (without `*.`). `challenge` is None if dns-01 is not offered."""

    url: str
    status: AuthorizationStatus
    name: str
    challenge: Challenge | None
    error: str = ""

    @property
    def failed(self) -> bool:
        """Whether it can never become valid by its dns-01 challenge (section 7.1.6)."""
        return self.status not in ("pending", "valid") or (
            self.status == "pending" and self.challenge is not None and self.challenge.status == "invalid"
        )


def next_look(asked: datetime, now: datetime, authorizations: int) -> timedelta:
    """Return when to look again at an order whose authority has been at work since `asked`.

    The first look is soon, each further one a fixed multiple later, so that all looks of an hour, each at this many
    authorizations, cost no more than REQUESTS_AN_HOUR.
    """
    looks = max(REQUESTS_AN_HOUR // (REQUESTS_PER_LOOK + authorizations), 1)
    multiple: float = (timedelta(hours=1) / FIRST_LOOK) ** (1 / looks)
    return min(max(FIRST_LOOK, (now - asked) * (multiple - 1)), LAST_LOOK)
