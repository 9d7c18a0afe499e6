"""Write one certificate's part of a place's Secret, if the Secret is ours to write."""

from collections.abc import Sequence
from dataclasses import replace

from shared.domain.certificates import Stored
from shared.domain.journal import Journal
from shared.domain.ownership import claims_to_drop, strangers
from shared.domain.places import SecretSeen
from shared.domain.secret_refusal import secret_refusal
from shared.errors import PermanentError
from shared.inventory import Certificate, Place
from shared.ports import Lease, Ports
from shared.workflows.chronicle import Deed, chronicle
from shared.workflows.part import part_of
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
    """Apply our part; where claims stand in its way, drop them instead: the next look finds it still lacking.

    Raises PermanentError naming the owner if the Secret is not ours, or saying what is wrong with the version.
    """
    name = place.serves.secret
    assert name is not None, "with sync secret each certificate has one"
    if seen is not None:
        refuse_if_not_ours(certificate, place, seen, lease, ports)
    part = part_of(certificate, stored, place, name, seen, ports)
    if seen is not None and (owners := claims_to_drop(seen, [*part.files, *part.annotations], place.relay.adopt)):
        drop_claims(certificate, owners, place, name, seen, progress, lease, ports)
        return
    lease.renew()
    ports.clusters.apply(place.cluster, part)
    progress.tell(f"wrote version {stored.version[:8]} to Secret {part.namespace}/{name}")
    chronicle(Deed("secret", f"wrote Secret {part.namespace}/{name}", certificate.name, str(place), stored), ports)


def refuse_if_not_ours(
    certificate: Certificate, place: Place, seen: SecretSeen, lease: Lease[Journal], ports: Ports
) -> None:
    adopted = adopted_before(certificate, place, lease, ports) if strangers(seen) else frozenset()
    if (refused := secret_refusal(certificate.name, place, seen, adopted)) is not None:
        raise PermanentError(refused)


def adopted_before(certificate: Certificate, place: Place, lease: Lease[Journal], ports: Ports) -> frozenset[str]:
    """Return the managers from whom the Secret was taken over, for this certificate or one beside it."""
    beside = [other.certificate for other in place.relay.serves if other.secret == place.serves.secret]
    journals = [lease.journal, *(ports.journals.read(name) for name in beside if name != certificate.name)]
    return frozenset(adopted for journal in journals if (adopted := journal.at(str(place)).adopted) is not None)


def drop_claims(
    certificate: Certificate,
    owners: Sequence[str],
    place: Place,
    name: str,
    seen: SecretSeen,
    progress: Progress,
    lease: Lease[Journal],
    ports: Ports,
) -> None:
    """Drop what these field managers claim of the Secret; write down whom it was taken over from.

    Only then: a manager whose claims could not be dropped after all has taken nothing back.
    """
    namespace, adopt = place.relay.workload.namespace, place.relay.adopt
    lease.renew()
    ports.clusters.release(place.cluster, namespace, name, seen, owners)
    dropped = f"dropped the claim of {', '.join(owners)} on Secret {namespace}/{name}"
    progress.tell(dropped)
    chronicle(Deed("secret", dropped, certificate.name, str(place)), ports)
    if adopt in owners:
        record = replace(lease.journal.at(str(place)), adopted=adopt)
        lease.write(lease.journal.with_place(str(place), record))
        progress.tell(f"Secret {namespace}/{name} is adopted from {adopt}: what it owned besides our files stays")
