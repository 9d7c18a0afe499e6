"""One certificate's part of a TLS Secret: files, annotation, field manager; and what a Secret cannot hold."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.domain.certificates.certificate import Bundle, StoredVersion, Thumbprint
from shared.domain.certificates.chain import UNREADABLE, ChainError, in_order, read_chain
from shared.domain.certificates.chain_faults import date_faults, signing_faults_in
from shared.domain.object_ref import ObjectRef, Version, certificate_ref
from shared.domain.serving.place_observation import FieldOwner, SecretSnapshot
from shared.inventory import Place
from shared.inventory.names import LONGEST_DNS_NAME, fits, secret_key, valid
from shared.inventory.relays import HOST_FIELD, Content, files_of

OPAQUE = "Opaque"

TLS = "kubernetes.io/tls"

LONGEST_LABEL = 63

PAIR = frozenset({"tls.crt", "tls.key"})
"""The keys that a Secret of type `kubernetes.io/tls` must have."""

ASKABLE = r"([-_a-z0-9]{1,63}\.)*[-_a-z0-9]{1,63}"
"""A name that a client can ask for: labels of 1 to 63 characters (RFC 1035, section 2.3.4)."""

LARGEST_SECRET = 1_048_576
"""Bytes of all values together: https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size."""


@dataclass(frozen=True, slots=True)
class SecretApply:
    """What one certificate puts into a Secret by server-side apply.

    `resource_version` is that of the object read before, None where there was none.
    """

    namespace: str
    name: str
    type: str
    files: Mapping[str, bytes] = field(repr=False)
    annotations: Mapping[str, str]
    field_manager: str
    resource_version: str | None


@dataclass(frozen=True, slots=True)
class SecretAnnotation:
    """What a Secret's annotation says of one certificate's files: which version they came from, and what they were.

    `previous` is the version before, whose files are kept where a file's name has the version in it.
    """

    version: Version
    thumbprint: Thumbprint
    sha256: str
    previous: Version | None = None


def render_files(bundle: Bundle, files: Mapping[str, Content], version: Version) -> dict[str, bytes]:
    """Return the bytes of each file; a `bundle` is key, leaf, intermediates in one PEM, the order that Exim accepts."""
    contents: dict[Content, bytes] = {
        "bundle": bundle.key + bundle.chain,
        "chain": bundle.chain,
        "key": bundle.key,
        "version": version.encode(),
    }
    return {file: contents[content] for file, content in files.items()}


def secret_type(snapshot: SecretSnapshot | None, files: Mapping[str, Content]) -> str:
    """Return the type to apply: a Secret's type is immutable, so an existing one keeps its own."""
    if snapshot is not None:
        return snapshot.type
    return TLS if files.keys() == PAIR else OPAQUE


def owner_label(owner: ObjectRef) -> str:
    """Return the field manager of an object's part of a Secret, which is also its annotation's key.

    It has the object's kind, so that a certificate and another object of that name can share a Secret. A name too long
    for a label is cut and gets a hash. (Not `kubectl*`, from which Flux takes fields over.)
    """
    label = f"{owner.kind}.{owner.name}"
    if len(label) > LONGEST_LABEL:
        label = f"{label[:50]}-{hashlib.sha256(label.encode()).hexdigest()[:12]}"
    return f"relaykeeper/{label}"


def render_annotation(
    version: Version, thumbprint: Thumbprint, digests: Mapping[str, str], previous: Version | None = None
) -> str:
    """Return the annotation's value; `digests` are those of the files of `version` alone."""
    said = {"version": version, "thumbprint": thumbprint, "sha256": files_digest(digests)}
    return json.dumps(said | ({"previous": previous} if previous else {}), sort_keys=True)


def read_annotation(certificate: str, snapshot: SecretSnapshot) -> SecretAnnotation | None:
    """Return what the annotation says; None where there is none, or none that can be read."""
    try:
        said = snapshot.annotations.get(owner_label(certificate_ref(certificate)), "")
        return msgspec.json.decode(said, type=SecretAnnotation)
    except (msgspec.DecodeError, RecursionError):
        return None


def annotated_version(certificate: str, snapshot: SecretSnapshot | None) -> Version | None:
    """Return the version that the Secret's annotation names; None where it names none."""
    said = read_annotation(certificate, snapshot) if snapshot is not None else None
    return said.version if said is not None else None


def previous_version(certificate: str, wanted: Version, snapshot: SecretSnapshot | None) -> Version | None:
    """Return the version that the Secret held before `wanted`; None where its annotation names none."""
    said = read_annotation(certificate, snapshot) if snapshot is not None else None
    if said is None:
        return None
    return said.previous if said.version == wanted else said.version


def files_digest(digests: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(digests.items())).encode()).hexdigest()


def digest(value: bytes) -> str:
    """Return the SHA-256 of a file, in hex."""
    return hashlib.sha256(value).hexdigest()


SecretReason = Literal["SecretMissing", "SecretWithoutCertificate", "SecretOutdated", "SecretEdited"]


@dataclass(frozen=True, slots=True)
class SecretDiff:
    """Why a Secret must be written."""

    reason: SecretReason
    message: str


def secret_diff(
    certificate: str, stored: StoredVersion, files: Mapping[str, Content], snapshot: SecretSnapshot | None
) -> SecretDiff | None:
    """Say why the Secret must be written; None where it holds exactly the stored version, unedited."""
    if snapshot is None:
        return SecretDiff("SecretMissing", "the Secret does not exist")
    if owner_label(certificate_ref(certificate)) not in snapshot.annotations:
        return SecretDiff("SecretWithoutCertificate", "the Secret does not hold this certificate")
    said = read_annotation(certificate, snapshot)
    if said is not None and said.version != stored.version:
        return SecretDiff("SecretOutdated", f"the Secret holds another version than {stored.version}")
    ours = {file: snapshot.digests.get(file, "missing") for file in files}
    if said is None or (said.thumbprint, said.sha256) != (stored.leaf.thumbprint, files_digest(ours)):
        return SecretDiff("SecretEdited", "the Secret was edited")
    return None


def bundle_fault(bundle: Bundle, now: datetime) -> str | None:
    """Say why no server should be given the bundle; None where one may be. The message never quotes the key."""
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


def name_fault(certificate: str, hosts: Iterable[str], place: Place, version: Version) -> str | None:
    """Say which of a version's names can name no file, and the remedy; None where all can, or none is to.

    An imported certificate may hold anything as a DNS name: an empty label, one of 64 letters, a NUL.
    """
    if not any(HOST_FIELD in template for template in place.relay.files):
        return None
    unfit = next((host for host in hosts if not names_files(certificate, host, place, version)), None)
    if unfit is None:
        return None
    return (
        f"its DNS name {unfit!r:.{LONGEST_DNS_NAME}} cannot name a file, as {HOST_FIELD} in files of relay "
        f"{place.relay.name} asks for"
    )


def names_files(certificate: str, host: str, place: Place, version: Version) -> bool:
    """Say whether a host makes keys that a Secret takes; a wildcard, which names no file, does."""
    if host.startswith("*"):
        return True
    files = files_of(place.relay, place.relay.serving(certificate), [host], version)
    return fits(ASKABLE, host) and len(host) <= LONGEST_DNS_NAME and all(valid(secret_key, file) for file in files)


def size_fault(files: Mapping[str, bytes]) -> str | None:
    """Say by how much the files are too large for a Secret, and the remedy; None where they fit."""
    size = sum(len(content) for content in files.values())
    if size <= LARGEST_SECRET:
        return None
    return (
        f"its {len(files)} files have {size:,} bytes, and a Secret holds at most {LARGEST_SECRET:,}. "
        f"Spread its DNS names over several certificates, each with a Secret"
    )


def type_fault(part: SecretApply, snapshot: SecretSnapshot | None) -> str | None:
    """Say what the Secret would lack that its type asks for, and the remedy; None where it lacks nothing."""
    if snapshot is None or snapshot.type != TLS:
        return None
    ours = (FieldOwner(part.field_manager, applied=True),)
    left = {key for key in snapshot.digests if snapshot.owners.get(key) != ours}
    if left | part.files.keys() >= PAIR:
        return None
    return f"its type {TLS} asks for tls.crt and tls.key, and cannot change. Delete it; it is recreated on the next run"
