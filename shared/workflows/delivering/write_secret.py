"""Write one certificate's part of a place's Secret, if the Secret is ours to write."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.domain.certificates.certificate import Bundle, StoredVersion, names_of
from shared.domain.object_ref import Version, certificate_ref
from shared.domain.serving.place_observation import SecretSnapshot
from shared.domain.serving.secret_ownership import foreign_managers, managers_to_drop, secret_refusal
from shared.domain.serving.tls_secret import (
    SecretApply,
    bundle_fault,
    digest,
    name_fault,
    names_files,
    owner_label,
    previous_version,
    render_annotation,
    render_files,
    secret_type,
    size_fault,
    type_fault,
)
from shared.errors import PermanentError
from shared.inventory import Place
from shared.inventory.relays import VERSION_FIELD, Certificate, files_of
from shared.ports import Ports
from shared.workflows.attempt import ProgressLog
from shared.workflows.renewal_context import Renewal

log = logging.getLogger("relaykeeper.deliver")


def write_secret(
    renewal: Renewal,
    stored: StoredVersion,
    place: Place,
    snapshot: SecretSnapshot | None,
    progress_log: ProgressLog,
) -> None:
    """Apply our part. Where other managers' claims block it, only drop those: the next look then writes it.

    Raises PermanentError naming the owner if the Secret is not ours, or saying what is wrong with the version.
    """
    name = place.relay.serving(renewal.certificate.name).secret
    assert name is not None, "with sync secret each certificate has one"
    if snapshot is not None:
        require_secret_ownership(renewal, place, snapshot)
    part = build_apply(renewal.certificate, stored, place, name, snapshot, renewal.ports)
    if snapshot is not None and (
        owners := managers_to_drop(snapshot, [*part.files, *part.annotations], place.relay.adopt)
    ):
        drop_claims(renewal, owners, place, name, snapshot, progress_log)
        return
    renewal.held.before_effect()
    renewal.ports.clusters.apply(place.cluster, part)
    progress_log.report(f"wrote version {stored.version[:8]} to Secret {part.namespace}/{name}")
    renewal.held.record("secret", f"wrote Secret {part.namespace}/{name}", place=str(place), version=stored)


def require_secret_ownership(renewal: Renewal, place: Place, snapshot: SecretSnapshot) -> None:
    adopted = adopted_before(renewal, place) if foreign_managers(snapshot) else frozenset()
    if (refused := secret_refusal(renewal.certificate.name, place, snapshot, adopted)) is not None:
        raise PermanentError(refused)


def adopted_before(renewal: Renewal, place: Place) -> frozenset[str]:
    """Return the managers from whom the Secret was taken over, for this certificate or one beside it."""
    secret = place.relay.serving(renewal.certificate.name).secret
    beside = [other.certificate for other in place.relay.serves if other.secret == secret]
    journals = [
        renewal.journal,
        *(renewal.ports.state.certificates.read(name) for name in beside if name != renewal.certificate.name),
    ]
    return frozenset(adopted for journal in journals if (adopted := journal.at(str(place)).adopted) is not None)


def drop_claims(
    renewal: Renewal,
    owners: Sequence[str],
    place: Place,
    name: str,
    snapshot: SecretSnapshot,
    progress_log: ProgressLog,
) -> None:
    """Drop what these field managers claim of the Secret; record from whom the Secret was taken over.

    That is recorded last: if dropping fails, the manager was not adopted, and its claims are not a take-back.
    """
    namespace, adopt = place.relay.workload.namespace, place.relay.adopt
    renewal.held.before_effect()
    renewal.ports.clusters.release(place.cluster, namespace, name, snapshot, owners)
    dropped = f"dropped the claim of {', '.join(owners)} on Secret {namespace}/{name}"
    progress_log.report(dropped)
    renewal.held.record("secret", dropped, place=str(place))
    if adopt in owners:
        state = replace(renewal.journal.at(str(place)), adopted=adopt)
        renewal.held.save(renewal.journal.with_place(str(place), state))
        progress_log.report(f"Secret {namespace}/{name} is adopted from {adopt}: what it owned besides our files stays")


def build_apply(
    certificate: Certificate,
    stored: StoredVersion,
    place: Place,
    secret: str,
    snapshot: SecretSnapshot | None,
    ports: Ports,
) -> SecretApply:
    """Return the files of this version; where file names contain the version, also those of the version before.

    Raises PermanentError if no server should be given this version, or the Secret cannot hold it.
    """
    namespace = place.relay.workload.namespace
    tried = f"cannot write Secret {namespace}/{secret} at {place} for {certificate.name}"
    names = names_of(stored.leaf, certificate.dns_names)
    if (fault := name_fault(certificate.name, names, place, stored.version)) is not None:
        raise PermanentError(unfit_message(certificate, stored.version, tried, fault))
    wanted = files_of(place.relay, place.relay.serving(certificate.name), names, stored.version)
    files = render_files(load_valid_bundle(certificate, stored.version, tried, ports), wanted, stored.version)
    previous = previous_version(certificate.name, stored.version, snapshot)
    kept = earlier_files(certificate, previous, place, files, ports) if previous and has_versioned_files(place) else {}
    owner = owner_label(certificate_ref(certificate.name))
    digests = {file: digest(content) for file, content in files.items()}
    part = SecretApply(
        namespace=namespace,
        name=secret,
        type=secret_type(snapshot, wanted),
        files=files | kept,
        annotations={
            owner: render_annotation(stored.version, stored.leaf.thumbprint, digests, previous if kept else None)
        },
        field_manager=owner,
        resource_version=snapshot.resource_version if snapshot else None,
    )
    if (fault := size_fault(files) or type_fault(part, snapshot)) is not None:
        raise PermanentError(f"{tried}: {fault}.")
    return part


def load_valid_bundle(certificate: Certificate, version: Version, tried: str, ports: Ports) -> Bundle:
    """Return key and chain, if a server may be given them."""
    bundle = ports.vault.bundle(certificate, version)
    if (fault := bundle_fault(bundle, ports.clock.now())) is not None:
        raise PermanentError(unfit_message(certificate, version, tried, fault))
    return bundle


def unfit_message(certificate: Certificate, version: Version, tried: str, fault: str) -> str:
    return (
        f"{tried}: version {version} is not fit to be served: {fault}. Import it again, or disable that version in "
        f"vault {certificate.vault}: then the newest one left is delivered."
    )


def has_versioned_files(place: Place) -> bool:
    """Say whether names of the place's files have the version in them."""
    return any(VERSION_FIELD in template for template in place.relay.files)


def earlier_files(
    certificate: Certificate, version: Version, place: Place, files: Mapping[str, bytes], ports: Ports
) -> dict[str, bytes]:
    """Return the files of the version before, because a server that has just read its name may still open them.

    Empty where the vault no longer has them, or they do not fit beside `files`.
    """
    try:
        bundle = ports.vault.bundle(certificate, version)
    except PermanentError as gone:
        log.info("%s at %s: the files of version %s are dropped at once: %s", certificate.name, place, version, gone)
        return {}
    names = [
        name
        for name in names_of(bundle.leaf, certificate.dns_names)
        if names_files(certificate.name, name, place, version)
    ]
    wanted = files_of(place.relay, place.relay.serving(certificate.name), names, version)
    kept = render_files(bundle, {file: content for file, content in wanted.items() if file not in files}, version)
    return kept if size_fault({**files, **kept}) is None else {}
