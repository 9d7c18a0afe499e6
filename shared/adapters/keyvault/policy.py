"""What a new version shall be: the body of Key Vault's Create Certificate.

https://learn.microsoft.com/rest/api/keyvault/certificates/create-certificate/create-certificate
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.chain import USES
from shared.inventory import SELF_SIGNED, Certificate

KEYS: Mapping[str, Mapping[str, str | int]] = {
    "ec-256": {"kty": "EC", "crv": "P-256"},
    "ec-384": {"kty": "EC", "crv": "P-384"},
    "rsa-2048": {"kty": "RSA", "key_size": 2048},
    "rsa-3072": {"kty": "RSA", "key_size": 3072},
    "rsa-4096": {"kty": "RSA", "key_size": 4096},
}

SELF_SIGNED_MONTHS = 12


def creation(certificate: Certificate, tags: Mapping[str, str]) -> dict[str, Any]:
    """Return the request for a version with a new, exportable key; its chain will keep the order it is merged in."""
    return {"policy": policy(certificate), "preserveCertOrder": True, "tags": dict(tags)}


def policy(certificate: Certificate) -> dict[str, Any]:
    """Return the policy. It says what happens near expiry, because a vault left to itself renews what it signed."""
    encipherment = ["keyEncipherment"] if certificate.key.startswith("rsa") else []
    return {
        "issuer": {"name": "Self" if certificate.issuer == SELF_SIGNED else "Unknown"},
        "key_props": {"exportable": True, "reuse_key": False, **KEYS[certificate.key]},
        "secret_props": {"contentType": "application/x-pem-file"},
        "x509_props": {
            "subject": f"CN={min(certificate.dns_names, key=len)}",
            "sans": {"dns_names": list(certificate.dns_names)},
            "ekus": [USES[use].dotted_string for use in certificate.uses],
            "key_usage": ["digitalSignature", *encipherment],
            "validity_months": SELF_SIGNED_MONTHS,
        },
        "lifetime_actions": [
            {"trigger": {"lifetime_percentage": 80}, "action": {"action_type": "EmailContacts"}},
        ],
    }
