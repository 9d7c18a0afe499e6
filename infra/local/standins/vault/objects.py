"""What a vault holds. Everything is immutable: an operation puts a new object in the place of the old one."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from infra.local.standins.vault.policy import Policy

type PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
type Tags = Mapping[str, str]

RETENTION_DAYS = 90
"""How long deleted objects could be recovered in Azure; here they stay until they are purged."""


@dataclass(frozen=True, slots=True)
class CertificateVersion:
    """`chain` is as it is laid out in the secret; until the certificate is merged there is neither it nor a `leaf`.

    A version without a leaf counts as disabled, whatever `enabled` says for the time after.
    `begins` and `ends` are the validity that its policy asks for, shown until there is a leaf. They, `created` and
    `updated` are in seconds since the epoch, here and below; `created` is when the certificate was merged or signed,
    until then when it was asked for.
    """

    id: str
    key: PrivateKey
    created: int
    updated: int
    enabled: bool
    tags: Tags | None
    content_type: str
    exportable: bool
    begins: int
    ends: int
    leaf: x509.Certificate | None = None
    chain: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """How the newest version comes to its certificate; it outlives its completion."""

    request_id: str
    issuer: str
    csr: bytes
    completed: bool


@dataclass(frozen=True, slots=True)
class Certificate:
    """Versions are in the order of their making; one without a leaf waits for it, or waited in vain.

    `preserve_order` is None where the request that made the newest version did not say.
    """

    name: str
    policy: Policy
    versions: tuple[CertificateVersion, ...]
    operation: Operation | None
    preserve_order: bool | None

    @property
    def current(self) -> CertificateVersion:
        """The newest complete version; if there is none, the newest."""
        complete = self.complete
        return complete[-1] if complete else self.versions[-1]

    @property
    def complete(self) -> tuple[CertificateVersion, ...]:
        """The versions that hold a certificate."""
        return tuple(version for version in self.versions if version.leaf)


@dataclass(frozen=True, slots=True)
class SecretVersion:
    """A value. `not_before` and `expires` inform, they bar nobody."""

    id: str
    value: str
    content_type: str | None
    created: int
    updated: int
    enabled: bool
    tags: Tags | None
    not_before: int | None = None
    expires: int | None = None


@dataclass(frozen=True, slots=True)
class Secret:
    """Versions are in the order of their making; `managed`: it is the secret behind a certificate."""

    name: str
    versions: tuple[SecretVersion, ...]
    managed: bool = False


@dataclass(frozen=True, slots=True)
class Deleted[T: (Certificate, Secret)]:
    """A soft-deleted object, when that happened, and until when it is being done (both in seconds since the epoch)."""

    content: T
    at: int
    until: float

    @property
    def in_progress(self) -> bool:
        """Whether the deletion is still under way: then the object is neither here nor among the deleted ones."""
        return time.time() < self.until
