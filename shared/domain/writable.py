"""What a Secret may be given: a key and chain that a server can serve and clients accept, and as much as it takes.

A version that lacks a wanted name may: it serves the others until the next one is issued.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.domain.certificates import Bundle, Version
from shared.domain.chain import UNREADABLE, ChainError, date_faults, in_order, read_chain, signing_faults_in
from shared.domain.places import FieldOwner, SecretSeen
from shared.domain.secret_part import TLS, SecretPart
from shared.inventory import HOST, Place, files_of
from shared.inventory.names import LONGEST_DNS_NAME, matches, secret_key, valid

PAIR = frozenset({"tls.crt", "tls.key"})
"""The keys that a Secret of type `kubernetes.io/tls` must have."""

ASKABLE = r"([-_a-z0-9]{1,63}\.)*[-_a-z0-9]{1,63}"
"""A name that a client can ask for: labels of 1 to 63 characters (RFC 1035, section 2.3.4)."""

LARGEST_SECRET = 1_048_576
"""Bytes of all values together: https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size."""


def bundle_fault(bundle: Bundle, now: datetime) -> str | None:
    """Say why no server should be given the bundle; None where one may be. The key is quoted nowhere."""
    try:
        public_key = load_pem_private_key(bundle.key, password=None).public_key()
    except UNREADABLE:
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


def name_fault(hosts: Iterable[str], place: Place, version: Version) -> str | None:
    """Say which of a version's names can name no file, and the way out; None where all can, or none is to.

    An imported certificate may hold anything as a DNS name: an empty label, one of 64 letters, a NUL.
    """
    if not any(HOST in template for template in place.relay.files):
        return None
    unfit = next((host for host in hosts if not names_files(host, place, version)), None)
    if unfit is None:
        return None
    return (
        f"its DNS name {unfit!r:.{LONGEST_DNS_NAME}} cannot name a file, as {HOST} in files of relay "
        f"{place.relay.name} asks for"
    )


def names_files(host: str, place: Place, version: Version) -> bool:
    """Say whether a host makes keys that a Secret takes; a wildcard, which names no file, does."""
    if host.startswith("*"):
        return True
    files = files_of(place.relay, place.serves, [host], version)
    return matches(ASKABLE, host) and len(host) <= LONGEST_DNS_NAME and all(valid(secret_key, file) for file in files)


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
