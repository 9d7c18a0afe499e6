"""One certificate's part of a Secret: its files, its annotation, its field manager, and who else may own them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from shared.domain.certificates import Bundle, Stored, Thumbprint, Version
from shared.domain.places import SecretSeen
from shared.inventory import Content

OPAQUE = "Opaque"
TLS = "kubernetes.io/tls"
LONGEST_LABEL = 63


@dataclass(frozen=True, slots=True)
class SecretPart:
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
class Held:
    """What a Secret's annotation says of one certificate's files: which version they came from, and what they were.

    `previous` is the version before, whose files are kept where a file's name has the version in it.
    """

    version: Version
    thumbprint: Thumbprint
    sha256: str
    previous: Version | None = None


def lay_out(bundle: Bundle, files: Mapping[str, Content], version: Version) -> dict[str, bytes]:
    """Return the bytes of each file; a `bundle` is key, leaf, intermediates in one PEM, the order that Exim accepts."""
    contents: dict[Content, bytes] = {
        "bundle": bundle.key + bundle.chain,
        "chain": bundle.chain,
        "key": bundle.key,
        "version": version.encode(),
    }
    return {file: contents[content] for file, content in files.items()}


def secret_type(seen: SecretSeen | None, files: Mapping[str, Content]) -> str:
    """Return the type to apply: a Secret's type is immutable, so an existing one keeps its own."""
    if seen is not None:
        return seen.type
    return TLS if {"tls.crt", "tls.key"} == files.keys() else OPAQUE


def annotation_of(certificate: str) -> str:
    """Return the annotation key of a certificate; names longer than a label may be are cut and told apart by a hash."""
    return f"relaykeeper/{label(certificate)}"


def field_manager_of(certificate: str) -> str:
    """Return the field manager that owns a certificate's part. (`kubectl*` is what Flux takes fields over from.)"""
    return f"relaykeeper/{label(certificate)}"


def label(certificate: str) -> str:
    if len(certificate) <= LONGEST_LABEL:
        return certificate
    return f"{certificate[:50]}-{hashlib.sha256(certificate.encode()).hexdigest()[:12]}"


def annotation(
    version: Version, thumbprint: Thumbprint, digests: Mapping[str, str], previous: Version | None = None
) -> str:
    """Return the annotation's value; `digests` are those of the files of `version` alone."""
    said = {"version": version, "thumbprint": thumbprint, "sha256": combined(digests)}
    return json.dumps(said | ({"previous": previous} if previous else {}), sort_keys=True)


def held(certificate: str, seen: SecretSeen) -> Held | None:
    """Return what the annotation says; None where there is none, or none that can be read."""
    try:
        return msgspec.json.decode(seen.annotations.get(annotation_of(certificate), ""), type=Held)
    except (msgspec.DecodeError, RecursionError):
        return None


def held_version(certificate: str, seen: SecretSeen | None) -> Version | None:
    """Return the version that the Secret says it holds, if it does."""
    said = held(certificate, seen) if seen is not None else None
    return said.version if said is not None else None


def previous_version(certificate: str, wanted: Version, seen: SecretSeen | None) -> Version | None:
    """Return the version that the Secret held before `wanted`, if it says so."""
    said = held(certificate, seen) if seen is not None else None
    if said is None:
        return None
    return said.previous if said.version == wanted else said.version


def combined(digests: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(digests.items())).encode()).hexdigest()


def digest(value: bytes) -> str:
    """Return the SHA-256 of a file, in hex."""
    return hashlib.sha256(value).hexdigest()


def difference(certificate: str, stored: Stored, files: Mapping[str, Content], seen: SecretSeen | None) -> str | None:
    """Say why the Secret must be written; None where it holds exactly the stored version, unedited."""
    if seen is None:
        return "the Secret does not exist"
    if annotation_of(certificate) not in seen.annotations:
        return "the Secret does not hold this certificate"
    said = held(certificate, seen)
    if said is not None and said.version != stored.version:
        return f"the Secret holds another version than {stored.version}"
    ours = {file: seen.digests.get(file, "missing") for file in files}
    if said is None or (said.thumbprint, said.sha256) != (stored.leaf.thumbprint, combined(ours)):
        return "the Secret was edited"
    return None
