"""Certificate policies: Key Vault's defaults, and what of them is supported here.

https://learn.microsoft.com/rest/api/keyvault/certificates/create-certificate/create-certificate#certificatepolicy
"""

import time
from collections.abc import Mapping
from typing import Any

from infra.local.standins.vault.errors import bad_parameter, refuse
from infra.local.standins.web import RefusalError

type Policy = Mapping[str, Any]
"""A policy in the service's JSON, complete and checked."""

PEM = "application/x-pem-file"
PKCS12 = "application/x-pkcs12"
ISSUERS = ("Unknown", "Self")
CURVES = {"P-256": 256, "P-384": 384}
"""The curves, and the key size in bits that the service shows beside each."""
RSA_SIZES = (2048, 3072, 4096)

_SERVER_AND_CLIENT = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]


def complete(given: Policy, before: Policy | None = None) -> Policy:
    """The given policy with what it leaves out taken from the one `before`, or from the defaults; refuses bad ones."""
    now = int(time.time())
    issuer = {"name": "Unknown", **given.get("issuer", {})}
    policy = {
        **(before or _defaults(issuer["name"])),
        "issuer": issuer,
        "attributes": {"enabled": True, "created": before["attributes"]["created"] if before else now, "updated": now},
    }
    policy["key_props"] = _key({**policy["key_props"], **given.get("key_props", {})}, given.get("key_props", {}))
    for part in ("x509_props", "secret_props"):
        policy[part] = {**policy[part], **given.get(part, {})}
    if given.get("lifetime_actions"):
        policy["lifetime_actions"] = given["lifetime_actions"]
    _check(policy)
    return policy


def _defaults(issuer: str) -> dict[str, Any]:
    action = "AutoRenew" if issuer == "Self" else "EmailContacts"
    return {
        "key_props": {"exportable": True, "kty": "RSA", "reuse_key": False},
        "secret_props": {"contentType": PKCS12},
        "x509_props": {
            "sans": {},
            "ekus": _SERVER_AND_CLIENT,
            "key_usage": ["digitalSignature", "keyEncipherment"],
            "validity_months": 12,
            "basic_constraints": {"ca": False},
        },
        "lifetime_actions": [{"trigger": {"lifetime_percentage": 80}, "action": {"action_type": action}}],
    }


def _key(properties: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """A curve and its size for an EC key, a size alone for an RSA key."""
    common = {name: properties[name] for name in ("exportable", "kty", "reuse_key")}
    if common["kty"] == "EC":
        curve = given.get("crv", properties.get("crv", "P-256"))
        return {**common, "crv": curve, "key_size": CURVES.get(curve)}
    before = properties.get("key_size") if "crv" not in properties else None
    return {**common, "key_size": given.get("key_size") or before or 2048}


def _check(policy: Policy) -> None:
    key, names = policy["key_props"], policy["x509_props"]
    if policy["issuer"]["name"] not in ISSUERS:
        raise _unsupported(f"the issuer {policy['issuer']['name']}; it has {' and '.join(ISSUERS)}")
    if key["kty"] not in ("RSA", "EC"):
        raise _unsupported(f"keys of the type {key['kty']}; it has RSA and EC")
    if key["kty"] == "RSA" and key["key_size"] not in RSA_SIZES:
        raise bad_parameter(f"key_size must be one of {RSA_SIZES}, not {key['key_size']}")
    if key["kty"] == "EC" and key["crv"] not in CURVES:
        raise _unsupported(f"the curve {key['crv']}; it has {' and '.join(CURVES)}")
    if policy["secret_props"]["contentType"] not in (PEM, PKCS12):
        raise bad_parameter(f"contentType must be {PEM} or {PKCS12}")
    if not names.get("subject") and not any(names["sans"].values()):
        raise bad_parameter("Property policy has no subject and no subject alternative name.")


def _unsupported(what: str) -> RefusalError:
    return RefusalError(refuse(501, "NotImplemented", f"The stand-in does not have {what}."))
