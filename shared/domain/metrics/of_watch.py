"""What the last watch saw and told."""

from collections import Counter
from collections.abc import Iterator

from shared.domain.alerting.journal import WatchJournal
from shared.domain.alerting.sights import CertificateSight, EntrySight, PlaceSight
from shared.domain.metrics import catalogue
from shared.domain.metrics.gauge import Sample
from shared.inventory import Certificate, Inventory, Place


def of_watch(inventory: Inventory, journal: WatchJournal) -> Iterator[Sample]:
    """Yield everything that is known of what the inventory has now; nothing where there was no watch yet."""
    if journal.at is None:
        return
    yield catalogue.WATCHED_AT.when(journal.at)
    for (alert, severity), count in Counter((each.name, each.severity) for each in journal.firing).items():
        yield catalogue.FIRING.at(count, alert, severity)
    for route, record in journal.routes.items():
        yield catalogue.ROUTE_FAILING.at(record.error is not None, route)
    for certificate in inventory.certificates.values():
        if (sight := journal.sights.certificates.get(certificate.name)) is not None:
            yield from of_certificate(inventory, certificate, sight)
    for vault, seen in journal.sights.vaults.items():
        yield catalogue.VAULT_READABLE.at(seen.read, vault)
        yield from (sample for entry in seen.entries for sample in of_entry(vault, entry))


def of_certificate(inventory: Inventory, certificate: Certificate, sight: CertificateSight) -> Iterator[Sample]:
    if sight.stored is not None:
        yield catalogue.STORED_EXPIRY.when(sight.stored.not_after, certificate.name, certificate.vault)
        yield catalogue.STORED_DUE.when(sight.stored.due, certificate.name, certificate.vault)
    for place in inventory.places(certificate.name):
        if (there := sight.places.get(str(place))) is not None:
            yield from of_place(certificate, place, there)


def of_place(certificate: Certificate, place: Place, there: PlaceSight) -> Iterator[Sample]:
    labels = (certificate.name, place.relay.name, place.cluster)
    yield catalogue.PLACE_REACHABLE.at(there.state == "seen", *labels)
    yield catalogue.PLACE_RESTING.at(there.state == "resting", *labels)
    yield catalogue.SERVED_DIFFERS.at(there.differs, *labels)
    yield catalogue.REPLICAS.at(there.expected, *labels)
    yield catalogue.REPLICAS_ANSWERING.at(there.answering, *labels)
    for replica, leaf in there.replicas.items():
        yield catalogue.SERVED_EXPIRY.when(leaf.not_after, *labels, replica)
        yield catalogue.SERVED_DUE.when(leaf.due, *labels, replica)


def of_entry(vault: str, entry: EntrySight) -> Iterator[Sample]:
    labels = (vault, entry.kind, entry.name, "true" if entry.managed else "false")
    yield catalogue.ENTRY_EXPIRY.when(entry.expires, *labels)
    yield catalogue.ENTRY_DUE.when(entry.due, *labels)
