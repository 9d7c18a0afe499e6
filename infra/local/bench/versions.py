"""Versions of a certificate to swap: each with a key of its own, two in a row with different issuers.

So a chain of one version's leaf and another's issuer would be seen, as when an authority changes its intermediate.
"""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from infra.local.bench.session import Chain
from infra.local.pki import Authority


@dataclass(frozen=True, slots=True)
class Version:
    """`name` is one as Key Vault gives: 32 hex digits. `chain` is what a handshake must return."""

    name: str
    key: bytes = field(repr=False)
    pem: bytes = field(repr=False)
    chain: Chain


def versions(host: str, folder: Path) -> Iterator[Version]:
    """Yield versions without end; their files are left in `folder`."""
    authorities = [Authority.create(folder, name) for name in ("east", "west")]
    while True:
        for authority in authorities:
            yield version(host, authority)


def version(host: str, authority: Authority) -> Version:
    pair = authority.issue(host, names=[host])
    pem = pair.certificate.read_bytes() + authority.path.read_bytes()
    return Version(secrets.token_hex(16), pair.key.read_bytes(), pem, chain_of(pem))


def chain_of(pem: bytes) -> Chain:
    """Return what a handshake must return of a server with these certificates."""
    return tuple(
        hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
        for certificate in x509.load_pem_x509_certificates(pem)
    )
