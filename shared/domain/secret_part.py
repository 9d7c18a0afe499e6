"""One certificate's part of a Secret: its files, its annotation, its field manager, and who else may own them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.certificates import Bundle, Stored, Version
from shared.domain.inventory import Content
from shared.domain.places import SecretSeen

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


def lay_out(bundle: Bundle, files: Mapping[str, Content]) -> dict[str, bytes]:
    """Return the bytes of each file; a `bundle` is key, leaf, intermediates in one PEM, the order that Exim accepts."""
    contents = {"bundle": bundle.key + bundle.chain, "chain": bundle.chain, "key": bundle.key}
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


def annotation(version: Version, thumbprint: str, digests: Mapping[str, str]) -> str:
    """Return the annotation's value: which version the files came from, and what they were."""
    return json.dumps({"version": version, "thumbprint": thumbprint, "sha256": combined(digests)}, sort_keys=True)


def combined(digests: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(digests.items())).encode()).hexdigest()


def digest(value: bytes) -> str:
    """Return the SHA-256 of a file, in hex."""
    return hashlib.sha256(value).hexdigest()


def difference(certificate: str, stored: Stored, files: Mapping[str, Content], seen: SecretSeen | None) -> str | None:
    """Say why the Secret must be written; None where it holds exactly the stored version, unedited."""
    if seen is None:
        return "the Secret does not exist"
    held = seen.annotations.get(annotation_of(certificate))
    if held is None:
        return "the Secret does not hold this certificate"
    ours = {file: seen.digests.get(file, "missing") for file in files}
    if held == annotation(stored.version, stored.leaf.thumbprint, ours):
        return None
    if f'"{stored.version}"' in held:
        return "the Secret was edited"
    return f"the Secret holds another version than {stored.version}"
