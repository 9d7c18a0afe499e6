"""Access tokens as Entra writes them for managed identities.

https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from infra.local.standins.serving import Listener

AKS_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"
"""The resource of every AKS cluster's API server that trusts Entra."""

AZURE_RESOURCES = (
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://storage.azure.com",
    AKS_SERVER,
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A managed identity; with `system` it is the one that is meant when a request names none."""

    client_id: str
    object_id: str
    system: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """The shape of the configuration file.

    `endpoint` (http) answers for App Service, `issuer` (https) publishes the keys. `header` is the secret of the
    environment's IDENTITY_HEADER. `resources` are the vaults' resources, known besides Azure's own. `lifetime` is a
    token's, in seconds.
    """

    endpoint: Listener
    issuer: Listener
    tenant: str
    header: str
    identities: tuple[Identity, ...]
    resources: tuple[str, ...] = ()
    lifetime: int = 86_400


@dataclass(slots=True)
class TokenIssuer:
    """Signs tokens with a key that is made at the start; `lifetime` (seconds) may change at any time."""

    config: Config
    key: rsa.RSAPrivateKey
    key_id: str
    lifetime: int

    def knows(self, resource: str) -> bool:
        """Whether tokens are given for this resource, written with or without a closing slash."""
        return resource.rstrip("/") in (*AZURE_RESOURCES, *self.config.resources)

    def token(self, identity: Identity, resource: str) -> tuple[str, int]:
        """A token for a known resource, and the second of its expiry; the audience is the resource as it was asked."""
        now = int(time.time())
        expires = now + self.lifetime
        claims = {
            "aud": resource,
            "iss": self.issuer(resource),
            "iat": now,
            "nbf": now,
            "exp": expires,
            "appid": identity.client_id,
            "oid": identity.object_id,
            "sub": identity.object_id,
            "tid": self.config.tenant,
            "ver": "1.0",
        }
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.key_id}), expires

    def issuer(self, resource: str) -> str:
        """Who vouches for a token: `sts.windows.net`, as in Azure, but for API servers the stand-in's own address.

        API servers discover the keys from the issuer's URL, so it has to be one that answers here.
        """
        own = resource.rstrip("/") == AKS_SERVER
        return self.config.issuer.origin if own else f"https://sts.windows.net/{self.config.tenant}/"

    def key_set(self) -> dict[str, Any]:
        """The public key (RFC 7517)."""
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": self.key_id, "use": "sig", "alg": "RS256"}]}


def token_issuer(config: Config) -> TokenIssuer:
    """An issuer with a fresh key."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    return TokenIssuer(config, key, uuid.uuid4().hex, config.lifetime)
