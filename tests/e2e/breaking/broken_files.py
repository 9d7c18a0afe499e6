"""What could be wrong with the files of a version, though our own checks let it pass."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.domain.object_ref import Version, certificate_ref
from shared.domain.serving.tls_secret import SecretAnnotation, SecretApply, digest, owner_label, render_annotation

PEM = re.compile(rb"-----BEGIN [^-]+-----\n.*?-----END [^-]+-----\n", re.DOTALL)

CRASH = "crash.conf"
"""A file that a relay which includes it does not start with."""

type Fault = Literal["wrong order", "another key", "crash"]

type Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Breakage:
    """Every version of `certificate` but `spared` has this `fault` where it is written to a cluster."""

    certificate: str
    spared: Version
    fault: Fault


def broken(part: SecretApply, breakage: Breakage) -> SecretApply:
    """Return the part with its fault, and with the annotation that suits it. The version before stays as it is."""
    key = owner_label(certificate_ref(breakage.certificate))
    if key not in part.annotations:
        return part
    said = msgspec.json.decode(part.annotations[key], type=SecretAnnotation)
    if said.version == breakage.spared:
        return part
    new = {name: content for name, content in part.files.items() if not said.previous or said.previous not in name}
    files = FAULTS[breakage.fault](new)
    digests = {name: digest(files[name]) for name in new}
    suits = render_annotation(said.version, said.thumbprint, digests, said.previous)
    return replace(part, files={**part.files, **files}, annotations={**part.annotations, key: suits})


def wrong_order(files: Files) -> Files:
    """Put the leaf after its intermediate."""
    return {name: b"".join(in_wrong_order(PEM.findall(content))) or content for name, content in files.items()}


def in_wrong_order(blocks: list[bytes]) -> list[bytes]:
    return [block for block in blocks if b"KEY" in block] + [b for b in reversed(blocks) if b"KEY" not in b]


def another_key(files: Files) -> Files:
    """Put a key there that no certificate belongs to."""
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        name: PEM.sub(lambda found: key if b"KEY" in found[0] else found[0], content) for name, content in files.items()
    }


def crash(files: Files) -> Files:
    return {**files, CRASH: b"this is no configuration\n"}


FAULTS: Mapping[Fault, Callable[[Files], Files]] = {
    "wrong order": wrong_order,
    "another key": another_key,
    "crash": crash,
}
