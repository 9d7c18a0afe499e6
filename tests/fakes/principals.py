"""What Easy Auth says of a caller."""

import base64
import json
from collections.abc import Mapping, Sequence

OBJECT_ID = "0f0e0d0c-0b0a-4908-8706-050403020100"
ROLE_TYPE = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
ID_TYPE = "http://schemas.microsoft.com/identity/claims/objectidentifier"

type Claims = Sequence[tuple[str, str]]


def person(*roles: str, name: str = "Ada Lovelace") -> Mapping[str, str]:
    """Return the header for a person with these app roles."""
    return principal([(ID_TYPE, OBJECT_ID), ("name", name), *((ROLE_TYPE, role) for role in roles)])


def application(*roles: str) -> Mapping[str, str]:
    """Return the header for an application with these app roles."""
    return principal([(ID_TYPE, OBJECT_ID), ("idtyp", "app"), *((ROLE_TYPE, role) for role in roles)])


def principal(claims: Claims, /, **fields: object) -> Mapping[str, str]:
    """Return the header with these claims, and other fields in place of the usual ones."""
    document = {
        "auth_typ": "aad",
        "name_typ": "name",
        "role_typ": ROLE_TYPE,
        "claims": [{"typ": type_, "val": value} for type_, value in claims],
        **fields,
    }
    return encoded(json.dumps(document))


def encoded(text: str) -> Mapping[str, str]:
    return {"x-ms-client-principal": base64.b64encode(text.encode()).decode()}
