"""Who calls, as Easy Auth says, or by a function key that the host has checked.

App Service renames some claims of a token to long names (`name_typ` and `role_typ` are such names, whatever the token
called them) and leaves others as they are, which differs between versions of tokens: each claim is looked up under both
names. https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError

from shared.api.exchange import Call
from shared.api.fields import LONGEST_NAME
from shared.api.problem import Kind, Problem
from shared.domain.audit import Actor
from shared.settings import Access
from shared.text import one_line

Role = Literal["reader", "operator"]

PRINCIPAL = "x-ms-client-principal"
LARGEST = 32 * 1024
"""Characters of the header: tokens with hundreds of groups stay below half of it."""

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
"""By which people sign in, the first that there is; last what they are called."""
OBJECT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class Claim(BaseModel):
    """One claim. A value that is neither text nor a list of texts belongs to none that is read here."""

    typ: str
    val: Any = None

    @property
    def values(self) -> list[str]:
        values = self.val if isinstance(self.val, list) else [self.val]
        return [value for value in values if isinstance(value, str)]


class Principal(BaseModel):
    """The header's content, as far as it matters."""

    auth_typ: Literal["aad"]
    claims: tuple[Claim, ...]

    def values(self, *types: str) -> list[str]:
        """Return the values of these claims, each once, in the order of `types`; upper and lower case are the same in a
        type, as in .NET, which writes them."""
        found = [
            value for type_ in types for claim in self.claims if claim.typ.lower() == type_ for value in claim.values
        ]
        return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and in which roles."""

    actor: Actor
    roles: frozenset[Role]


def caller(call: Call, access: Access) -> Caller:
    """Return who calls. Raises Problem if that cannot be told."""
    return by_principal(call.headers) if access.easy_auth else by_key(call, access)


def by_key(call: Call, access: Access) -> Caller:
    """Return whoever has a key: it says neither who nor in which role. A principal's header would prove nothing."""
    if any(name.lower() == "code" for name, _ in call.query):
        raise Problem(
            Kind.UNAUTHENTICATED,
            "a key in the URL ends up in logs: send it in the header x-functions-key, and renew this one",
        )
    roles: Iterable[Role] = ("reader", "operator") if access.keys_may_change else ("reader",)
    return Caller(Actor("function key"), frozenset(roles))


def by_principal(headers: Mapping[str, str]) -> Caller:
    """Return whom Easy Auth lets in, by the header that it puts in place of whatever a client sent."""
    principal = read(headers.get(PRINCIPAL, ""))
    ids = principal.values(*ID_CLAIMS)
    if len(ids) != 1 or OBJECT_ID.fullmatch(ids[0]) is None:
        raise Problem(Kind.UNAUTHENTICATED, f"{PRINCIPAL} names no object id of Entra, or several")
    names = [name for value in principal.values(*NAME_CLAIMS) if (name := clean(value))]
    if "app" in principal.values("idtyp") or not names:
        return Caller(Actor("application", ids[0].lower()), roles(principal))
    return Caller(Actor("person", ids[0].lower(), names[0]), roles(principal))


def read(header: str) -> Principal:
    if not header:
        raise Problem(Kind.UNAUTHENTICATED, f"there is no {PRINCIPAL}: sign in, with a token for this app")
    if len(header) > LARGEST:
        raise Problem(Kind.UNAUTHENTICATED, f"{PRINCIPAL} is longer than {LARGEST:,} characters")
    try:
        return Principal.model_validate_json(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError) as error:
        what = "JSON of that shape" if isinstance(error, ValidationError) else "base64"
        raise Problem(
            Kind.UNAUTHENTICATED,
            f"{PRINCIPAL} is not what App Service sends for a user of Microsoft Entra ID: it is not {what}",
        ) from None


def roles(principal: Principal) -> frozenset[Role]:
    """Return the app roles that we know, from the claims of app roles alone; an operator may read too."""
    held = frozenset(get_args(Role)).intersection(principal.values(*ROLE_CLAIMS))
    return held | {"reader"} if "operator" in held else held


def clean(name: str) -> str:
    """Return a name fit for logs and records; empty where nothing of it can be seen."""
    return one_line("".join(character for character in name if character.isprintable())[:LONGEST_NAME]) or ""
