"""What a Secret may be given: a key and chain that a server can serve and clients accept, and as much as it takes.

A version that lacks a wanted name may: it serves the others until the next one is issued.
"""

from collections.abc import Mapping
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.domain.certificates import Bundle
from shared.domain.chain import ChainError, date_faults, in_order, read_chain, signing_faults_in
from shared.domain.places import FieldOwner, SecretSeen
from shared.domain.secret_part import TLS, SecretPart

PAIR = frozenset({"tls.crt", "tls.key"})
"""The keys that a Secret of type `kubernetes.io/tls` must have."""

LARGEST_SECRET = 1_048_576
"""Bytes of all values together: https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size."""


def bundle_fault(bundle: Bundle, now: datetime) -> str | None:
    """Say why no server should be given the bundle; None where one may be. The key is quoted nowhere."""
    try:
        public_key = load_pem_private_key(bundle.key, password=None).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "its key cannot be read"
    try:
        chain = read_chain(bundle.chain)
    except ChainError as error:
        return str(error)
    if chain[0].public_key() != public_key:
        return "its key is not that of the first certificate in its chain"
    if not in_order(chain):
        return "its chain is not leaf first, each certificate signed by the next, without root"
    return "; ".join([*signing_faults_in(chain), *date_faults(chain, now)]) or None


def size_fault(files: Mapping[str, bytes]) -> str | None:
    """Say by how much the files are too large for a Secret, and the way out; None where they fit."""
    size = sum(len(content) for content in files.values())
    if size <= LARGEST_SECRET:
        return None
    return (
        f"its {len(files)} files have {size:,} bytes, and a Secret holds at most {LARGEST_SECRET:,}. "
        f"Spread its DNS names over several certificates, each with a Secret"
    )


def type_fault(part: SecretPart, seen: SecretSeen | None) -> str | None:
    """Say what the Secret would lack that its type asks for, and the way out; None where it lacks nothing."""
    if seen is None or seen.type != TLS:
        return None
    ours = (FieldOwner(part.field_manager, applied=True),)
    left = {key for key in seen.digests if seen.owners.get(key) != ours}
    if left | part.files.keys() >= PAIR:
        return None
    return (
        f"its type {TLS} asks for tls.crt and tls.key, and cannot change. Delete it; it is made anew on the next tick"
    )
