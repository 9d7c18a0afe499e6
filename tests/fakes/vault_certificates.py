"""The certificates of key vaults in a dict, with real keys, CSRs and certificates."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.domain.certificates.certificate import (
    Bundle,
    PendingOperation,
    StoredVersion,
    dns_names,
    key_hash,
    key_name,
    leaf_of,
)
from shared.domain.certificates.chain import pem
from shared.domain.certificates.chain_order import order_chain
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.object_ref import Version
from shared.errors import Conflict, PermanentError, TransientError
from shared.inventory import SELF_SIGNED
from shared.inventory.relays import Certificate
from shared.ports import Clock
from tests.fakes.faults import Faults
from tests.fakes.leaves import PrivateKey, new_key, self_signed, signing_request


@dataclass(frozen=True, slots=True)
class Held:
    """A complete version."""

    version: Version
    key: PrivateKey = field(repr=False)
    chain: Sequence[x509.Certificate]
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation in progress. `signs`: what the vault itself signs, with these tags, and when it will have."""

    key: PrivateKey = field(repr=False)
    csr: x509.CertificateSigningRequest
    issuer: str
    signs: "Signing | None" = None


class Signing(NamedTuple):
    """See Operation."""

    certificate: Certificate
    tags: Mapping[str, str]
    due: datetime


type Name = tuple[str, str]
"""A vault's name and a certificate's or secret's in it."""


class FakeCertificates:
    """A vault's half of ports.Vaults that is about certificates; tests/fakes/keyvault.py has the other.

    `signing`: how long a self-signed certificate takes (in Key Vault 1 to 12 s); tests that are about that say so.
    A version that is `disabled` is answered as Key Vault does.
    """

    def __init__(self, clock: Clock, signing: timedelta = timedelta(0)) -> None:
        self.clock = clock
        self.signing = signing
        self.versions: dict[Name, list[Held]] = {}
        self.operations: dict[Name, Operation] = {}
        self.disabled: set[Version] = set()
        self.faults = Faults()

    def latest(self, certificate: Certificate) -> StoredVersion | None:
        with self.faults.around("latest"):
            self._sign_what_is_due()
            return next(map(stored, reversed(self.enabled(certificate))), None)

    def version(self, certificate: Certificate, version: Version) -> StoredVersion | None:
        with self.faults.around("version"):
            return next((stored(held) for held in self.enabled(certificate) if held.version == version), None)

    def enabled(self, certificate: Certificate) -> list[Held]:
        return [held for held in self.versions.get(name_of(certificate), []) if held.version not in self.disabled]

    def pending(self, certificate: Certificate) -> PendingOperation | None:
        with self.faults.around("pending"):
            self._sign_what_is_due()
            operation = self.operations.get(name_of(certificate))
            return None if operation is None else pending(operation)

    def create(self, certificate: Certificate, tags: Mapping[str, str]) -> None:
        with self.faults.around("create"):
            self._sign_what_is_due()
            if name_of(certificate) in self.operations:
                raise TransientError(f"cannot create a version of {certificate.name}: one is in progress")
            key = new_key(certificate.key)
            csr = signing_request(key, certificate.dns_names)
            if certificate.issuer == SELF_SIGNED:
                signs = Signing(certificate, tags, self.clock.now() + self.signing)
                self.operations[name_of(certificate)] = Operation(key, csr, "Self", signs)
            else:
                self.operations[name_of(certificate)] = Operation(key, csr, "Unknown")

    def sign(self, certificate: Certificate) -> None:
        """Complete the operation of a self-signed certificate now, if there is one."""
        operation = self.operations.get(name_of(certificate))
        if operation is not None and operation.signs is not None:
            del self.operations[name_of(certificate)]
            leaf = self_signed(operation.key, operation.signs.certificate, self.clock.now())
            self.import_version(certificate, operation.key, [leaf], operation.signs.tags)

    def _sign_what_is_due(self) -> None:
        for operation in tuple(self.operations.values()):
            if operation.signs is not None and operation.signs.due <= self.clock.now():
                self.sign(operation.signs.certificate)

    def discard(self, certificate: Certificate) -> None:
        with self.faults.around("discard"):
            self.operations.pop(name_of(certificate), None)

    def merge(self, certificate: Certificate, chain: bytes, tags: Mapping[str, str]) -> StoredVersion:
        with self.faults.around("merge"):
            operation = self.operations.get(name_of(certificate))
            if operation is None:
                raise Conflict(f"cannot merge the chain into {certificate.name}: nothing is in progress")
            certificates = x509.load_pem_x509_certificates(chain)
            if certificates[0].public_key() != operation.key.public_key():
                raise PermanentError(f"cannot merge the chain into {certificate.name}: it is for another key")
            del self.operations[name_of(certificate)]
            return self.import_version(certificate, operation.key, certificates, tags)

    def bundle(self, certificate: Certificate, version: Version) -> Bundle:
        with self.faults.around("bundle"):
            versions = self.versions.get(name_of(certificate), [])
            held = next((held for held in versions if held.version == version), None)
            if held is None:
                raise PermanentError(f"cannot read key and chain of {certificate.name}: there is no version {version}")
            if version in self.disabled:
                raise PermanentError(
                    f"cannot read key and chain of {certificate.name}: it is disabled: enable it or store a new version"
                )
            chain = order_chain(held.chain, key_hash(held.chain[0]), self.clock.now())
            key = held.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            return Bundle(leaf_of(chain[0]), key, pem(chain))

    def certificate_entries(self, vault: str) -> list[VaultEntry]:
        """List the newest versions of a vault that are enabled."""
        self._sign_what_is_due()
        newest = {name: held[-1] for name, held in self.versions.items() if held[-1].version not in self.disabled}
        return [certificate_entry(name, held) for (where, name), held in newest.items() if where == vault]

    def import_version(
        self,
        certificate: Certificate,
        key: PrivateKey,
        chain: Sequence[x509.Certificate],
        tags: Mapping[str, str] | None = None,
    ) -> StoredVersion:
        """Store a version made elsewhere, leaf first, as a person would import it."""
        held = Held(Version(uuid.uuid4().hex), key, tuple(chain), dict(tags or {}))
        self.versions.setdefault(name_of(certificate), []).append(held)
        return stored(held)

    def mark(self, certificate: Certificate, tags: Mapping[str, str]) -> None:
        """Put another tool's tags on the newest version, in place of those it has."""
        versions = self.versions[name_of(certificate)]
        versions[-1] = replace(versions[-1], tags=dict(tags))

    def begin_elsewhere(self, certificate: Certificate, names: Sequence[str], issuer: str = "Unknown") -> None:
        """Let somebody else begin an operation for the certificate, with these DNS names."""
        key = new_key(certificate.key)
        self.operations[name_of(certificate)] = Operation(key, signing_request(key, names), issuer)


def name_of(certificate: Certificate) -> Name:
    return certificate.vault, certificate.name


def stored(held: Held) -> StoredVersion:
    return StoredVersion(held.version, leaf_of(held.chain[0]), held.tags)


def certificate_entry(name: str, held: Held) -> VaultEntry:
    leaf = leaf_of(held.chain[0])
    return VaultEntry("certificate", name, leaf.not_before, leaf.not_after, held.tags)


def pending(operation: Operation) -> PendingOperation:
    csr = operation.csr
    return PendingOperation(
        csr=csr.public_bytes(Encoding.DER),
        key_hash=key_hash(csr),
        names=dns_names(csr.extensions),
        key=key_name(csr.public_key()),
        issuer=operation.issuer,
    )
