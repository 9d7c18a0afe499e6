"""Lay a stored version out as a certificate's part of a place's Secret."""

import logging
from collections.abc import Mapping

from shared.domain.certificates import Bundle, Stored, Version, names_of
from shared.domain.places import SecretSeen
from shared.domain.secret_part import (
    SecretPart,
    annotation,
    annotation_of,
    digest,
    field_manager_of,
    lay_out,
    previous_version,
    secret_type,
)
from shared.domain.writable import bundle_fault, name_fault, names_files, size_fault, type_fault
from shared.errors import PermanentError
from shared.inventory import VERSION, Certificate, Place, files_of
from shared.ports import Ports

log = logging.getLogger("relaykeeper.deliver")


def part_of(
    certificate: Certificate, stored: Stored, place: Place, secret: str, seen: SecretSeen | None, ports: Ports
) -> SecretPart:
    """Return the files of this version, and where their names have the version in them those of the one before.

    Raises PermanentError if no server should be given this version, or the Secret cannot hold it.
    """
    namespace = place.relay.workload.namespace
    tried = f"cannot write Secret {namespace}/{secret} at {place} for {certificate.name}"
    names = names_of(stored.leaf, certificate.dns_names)
    if (fault := name_fault(names, place, stored.version)) is not None:
        raise PermanentError(unfit(certificate, stored.version, tried, fault))
    wanted = files_of(place.relay, place.serves, names, stored.version)
    files = lay_out(fit_bundle(certificate, stored.version, tried, ports), wanted, stored.version)
    previous = previous_version(certificate.name, stored.version, seen)
    kept = earlier_files(certificate, previous, place, files, ports) if previous and versioned(place) else {}
    digests = {file: digest(content) for file, content in files.items()}
    part = SecretPart(
        namespace=namespace,
        name=secret,
        type=secret_type(seen, wanted),
        files=files | kept,
        annotations={
            annotation_of(certificate.name): annotation(
                stored.version, stored.leaf.thumbprint, digests, previous if kept else None
            )
        },
        field_manager=field_manager_of(certificate.name),
        resource_version=seen.resource_version if seen else None,
    )
    if (fault := size_fault(files) or type_fault(part, seen)) is not None:
        raise PermanentError(f"{tried}: {fault}.")
    return part


def fit_bundle(certificate: Certificate, version: Version, tried: str, ports: Ports) -> Bundle:
    """Return key and chain, if a server may be given them."""
    bundle = ports.vault.bundle(certificate, version)
    if (fault := bundle_fault(bundle, ports.clock.now())) is not None:
        raise PermanentError(unfit(certificate, version, tried, fault))
    return bundle


def unfit(certificate: Certificate, version: Version, tried: str, fault: str) -> str:
    return (
        f"{tried}: version {version} is not fit to be served: {fault}. Import it again, or disable that version in "
        f"vault {certificate.vault}: then the newest one left is delivered."
    )


def versioned(place: Place) -> bool:
    """Say whether names of the place's files have the version in them."""
    return any(VERSION in template for template in place.relay.files)


def earlier_files(
    certificate: Certificate, version: Version, place: Place, files: Mapping[str, bytes], ports: Ports
) -> dict[str, bytes]:
    """Return the files that a server may still look for: it read a moment ago that this version is the current one.

    None where they are not to be had, or do not fit beside `files`.
    """
    try:
        bundle = ports.vault.bundle(certificate, version)
    except PermanentError as gone:
        log.info("%s at %s: the files of version %s are dropped at once: %s", certificate.name, place, version, gone)
        return {}
    names = [name for name in names_of(bundle.leaf, certificate.dns_names) if names_files(name, place, version)]
    wanted = files_of(place.relay, place.serves, names, version)
    kept = lay_out(bundle, {file: content for file, content in wanted.items() if file not in files}, version)
    return kept if size_fault({**files, **kept}) is None else {}
