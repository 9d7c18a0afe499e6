"""Authentication and authorization: who calls, by Easy Auth's header or by a function key, and in which roles.

App Service renames some claims of a token to long names (`name_typ` and `role_typ` are such names, whatever the token
called them) and leaves others unchanged, depending on the token's version: each claim is looked up under both names.
https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError

from shared.api.http import HttpProblem, HttpRequest, ProblemKind
from shared.api.parsing import LONGEST_NAME
from shared.domain.audit import SCHEDULED, Actor
from shared.settings import Access, read_access
from shared.text import one_line

Role = Literal["reader", "operator", "ticker"]
"""A `ticker` may ask for ticks and nothing else: the identity of a clock outside the app."""

PRINCIPAL = "x-ms-client-principal"
LONGEST_PRINCIPAL = 32 * 1024
"""Characters of the header. A token with hundreds of groups needs less than half of it."""

ROLE_CLAIMS = ("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")
ID_CLAIMS = ("oid", "http://schemas.microsoft.com/identity/claims/objectidentifier")
NAME_CLAIMS = (
    "preferred_username",
    "upn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "unique_name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
    "email",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "name",
)
"""In this order: names with which people sign in, then display names."""
OBJECT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and in which roles."""

    actor: Actor
    roles: frozenset[Role]


class Claim(BaseModel):
    """One claim. A value that is neither a string nor a list of strings belongs to a claim that is not read here."""

    typ: str
    val: Any = None

    @property
    def values(self) -> list[str]:
        values = self.val if isinstance(self.val, list) else [self.val]
        return [value for value in values if isinstance(value, str)]


class Principal(BaseModel):
    """The part of the header's content that is read here."""

    auth_typ: Literal["aad"]
    claims: tuple[Claim, ...]

    def values(self, *types: str) -> list[str]:
        """Return the distinct values of these claims, in the order of `types`. The case of a type is ignored, as .NET
        (which writes the header) does."""
        found = [
            value for type_ in types for claim in self.claims if claim.typ.lower() == type_ for value in claim.values
        ]
        return list(dict.fromkeys(found))


def authorize(role: Role | None, request: HttpRequest, environment: Mapping[str, str]) -> Actor:
    """Return on whose behalf a call runs that needs `role`. Raises HttpProblem if the caller is unknown or lacks it."""
    if role is None:
        return SCHEDULED.actor
    access = read_access(environment)
    caller = identify(request, access)
    if role in caller.roles:
        return caller.actor
    if access.easy_auth:
        raise HttpProblem(ProblemKind.FORBIDDEN, f"{caller.actor} lacks the app role {role}")
    raise HttpProblem(
        ProblemKind.FORBIDDEN,
        "a function key does not say who changes something: switch Easy Auth on (RELAYKEEPER_EASY_AUTH), "
        "or let keys change things (RELAYKEEPER_KEYS_MAY_CHANGE)",
    )


def identify(request: HttpRequest, access: Access) -> Caller:
    """Return who calls. Raises HttpProblem if that is not known."""
    return by_principal(request.headers) if access.easy_auth else by_key(request, access)


def by_key(request: HttpRequest, access: Access) -> Caller:
    """Return the caller who has a function key, checked by the host. It says neither who calls nor in which role.

    A principal's header is ignored: without Easy Auth any client can send one.
    """
    if any(name.lower() == "code" for name, _ in request.query):
        raise HttpProblem(
            ProblemKind.UNAUTHENTICATED,
            "a key in the URL ends up in logs: send it in the header x-functions-key, and renew this one",
        )
    return Caller(Actor("function key"), frozenset(get_args(Role) if access.keys_may_change else ("reader",)))


def by_principal(headers: Mapping[str, str]) -> Caller:
    """Return the caller whom Easy Auth authenticated, by the header that it sets in place of any that a client sent."""
    principal = read_principal(headers.get(PRINCIPAL, ""))
    ids = principal.values(*ID_CLAIMS)
    if len(ids) != 1 or OBJECT_ID.fullmatch(ids[0]) is None:
        raise HttpProblem(ProblemKind.UNAUTHENTICATED, f"{PRINCIPAL} names no object id of Entra, or several")
    names = [name for value in principal.values(*NAME_CLAIMS) if (name := printable(value))]
    roles = app_roles(principal)
    if "app" in principal.values("idtyp") or not names:
        return Caller(Actor("application", ids[0].lower()), roles)
    return Caller(Actor("person", ids[0].lower(), names[0]), roles)


def read_principal(header: str) -> Principal:
    if not header:
        raise HttpProblem(ProblemKind.UNAUTHENTICATED, f"there is no {PRINCIPAL}: sign in, with a token for this app")
    if len(header) > LONGEST_PRINCIPAL:
        raise HttpProblem(ProblemKind.UNAUTHENTICATED, f"{PRINCIPAL} is longer than {LONGEST_PRINCIPAL:,} characters")
    try:
        return Principal.model_validate_json(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError) as error:
        what = "JSON of that shape" if isinstance(error, ValidationError) else "base64"
        raise HttpProblem(
            ProblemKind.UNAUTHENTICATED,
            f"{PRINCIPAL} is not what App Service sends for a user of Microsoft Entra ID: it is not {what}",
        ) from None


def app_roles(principal: Principal) -> frozenset[Role]:
    """Return our roles among the claims of app roles, and of no other claim. An operator is a reader and a
    ticker too."""
    held = frozenset(get_args(Role)).intersection(principal.values(*ROLE_CLAIMS))
    return held | {"reader", "ticker"} if "operator" in held else held


def printable(name: str) -> str:
    """Return a name fit for logs and records; empty if nothing of it is visible."""
    return one_line("".join(character for character in name if character.isprintable())[:LONGEST_NAME]) or ""
