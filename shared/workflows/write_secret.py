"""Write one certificate's part of a place's Secret, if the Secret is ours to write."""

from shared.domain.certificates import Stored
from shared.domain.inventory import Certificate, Place, files_of
from shared.domain.journal import Journal
from shared.domain.ownership import hands_on, secret_refusal
from shared.domain.places import SecretSeen
from shared.domain.secret_part import (
    SecretPart,
    annotation,
    annotation_of,
    digest,
    field_manager_of,
    lay_out,
    secret_type,
)
from shared.errors import PermanentError
from shared.ports import Lease, Ports
from shared.workflows.progress import Progress


def write_secret(
    certificate: Certificate,
    stored: Stored,
    place: Place,
    seen: SecretSeen | None,
    progress: Progress,
    lease: Lease[Journal],
    ports: Ports,
) -> None:
    """Apply our part; where people edited it, drop their claim on it instead: the next look finds it still lacking.

    Raises PermanentError naming the owner if the Secret is not ours.
    """
    namespace, name = place.relay.workload.namespace, place.serves.secret
    hands = hands_on(seen, files_of(place.relay, place.serves, certificate, stored.version)) if seen is not None else ()
    if seen is not None and (refused := secret_refusal(str(place), f"{namespace}/{name}", seen, certificate.name)):
        raise PermanentError(refused)
    if seen is not None and hands:
        lease.renew()
        ports.clusters.release(place.cluster, namespace, name, seen, hands)
        progress.tell(f"dropped the claim of {', '.join(hands)} on Secret {namespace}/{name}")
        return
    part = part_of(certificate, stored, place, seen, ports)
    lease.renew()
    ports.clusters.apply(place.cluster, part)
    progress.tell(f"wrote version {stored.version[:8]} to Secret {namespace}/{name}")


def part_of(
    certificate: Certificate, stored: Stored, place: Place, seen: SecretSeen | None, ports: Ports
) -> SecretPart:
    """Lay the stored version out as this relay's files."""
    wanted = files_of(place.relay, place.serves, certificate, stored.version)
    files = lay_out(ports.vault.bundle(certificate, stored.version), wanted)
    digests = {file: digest(content) for file, content in files.items()}
    return SecretPart(
        namespace=place.relay.workload.namespace,
        name=place.serves.secret,
        type=secret_type(seen, wanted),
        files=files,
        annotations={annotation_of(certificate.name): annotation(stored.version, stored.leaf.thumbprint, digests)},
        field_manager=field_manager_of(certificate.name),
        resource_version=seen.resource_version if seen else None,
    )
