"""Who calls a stand-in, and what they may do: bearer tokens and role assignments.

Tokens are JWTs (RFC 7519) signed by the identity stand-in. Roles, as far as the stand-ins need them:
https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
"""

import ssl
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import jwt


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a token speaks of: the identity's object id, its application (client) id, and who issued the token."""

    object_id: str
    application_id: str
    issuer: str


ANONYMOUS = Caller("", "", "")
"""Whoever calls without a token."""


class TokenError(Exception):
    """No token, or one that is not accepted; the sentence says why and never quotes the token."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose tokens are accepted: the `iss` claim, where the issuer's keys are (https), and the PEM file to trust."""

    issuer: str
    keys_url: str
    authority: str


class Verifier:
    """Checks issuer, audience, time and signature of tokens; one instance serves all threads."""

    def __init__(self, trust: Trust, audiences: Collection[str]) -> None:
        """`audiences` are accepted with and without a closing slash, as Entra writes what it was asked for."""
        self._issuer = trust.issuer
        self._audiences = [name for audience in audiences for name in (audience, f"{audience}/")]
        context = ssl.create_default_context(cafile=trust.authority)
        self._keys = jwt.PyJWKClient(trust.keys_url, timeout=5, ssl_context=context)

    def caller(self, authorization: str | None) -> Caller:
        """The caller that an Authorization header names; raises TokenError.

        That the issuer's keys cannot be had is no fault of the caller's: jwt.PyJWKClientConnectionError passes.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenError("Request is missing a Bearer token.")
        try:
            claims = self._claims(token)
        except jwt.PyJWKClientConnectionError:
            raise
        except jwt.PyJWTError as error:
            raise TokenError(f"The token is not accepted: {error}.") from error
        return Caller(claims["oid"], claims["appid"], claims["iss"])

    def _claims(self, token: str) -> dict[str, Any]:
        return jwt.decode(
            token,
            self._keys.get_signing_key_from_jwt(token),
            algorithms=["RS256"],
            audience=self._audiences,
            issuer=self._issuer,
            options={"require": ["iss", "aud", "iat", "nbf", "exp", "oid", "appid"]},
        )


type Roles = Mapping[str, Sequence[str]]
"""A role's name, and the actions it allows; `*` stands for any text."""


class Assignment(NamedTuple):
    """In JSON `[object_id, role, scope]`; a scope covers everything below it."""

    object_id: str
    role: str
    scope: str


def permits(roles: Roles, assignments: Iterable[Assignment], object_id: str, action: str, scope: str) -> bool:
    """Whether a role that this object holds at `scope`, or above it, allows the action."""
    return any(
        assignment.object_id == object_id
        and _covers(assignment.scope, scope)
        and any(fnmatchcase(action.lower(), pattern.lower()) for pattern in roles[assignment.role])
        for assignment in assignments
    )


def unknown_roles(roles: Roles, assignments: Iterable[Assignment]) -> list[str]:
    """The roles that are assigned but not defined, for a configuration's error."""
    return sorted({assignment.role for assignment in assignments} - set(roles))


def _covers(assigned: str, scope: str) -> bool:
    return f"{scope}/".lower().startswith(f"{assigned}/".lower())
