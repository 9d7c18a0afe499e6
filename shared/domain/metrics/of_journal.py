"""What a certificate's journal says of renewals and deliveries."""

from collections.abc import Iterator

from shared.domain.journal import Journal
from shared.domain.metrics import catalogue
from shared.domain.metrics.gauge import Sample
from shared.inventory import Certificate, Inventory


def of_journal(inventory: Inventory, certificate: Certificate, journal: Journal) -> Iterator[Sample]:
    """Yield what happened last, or is still in the way."""
    name, backoff = certificate.name, journal.backoff
    yield catalogue.RENEWAL_FAILING.at(backoff is not None or journal.error is not None, name)
    yield catalogue.FAILED_ATTEMPTS.at(backoff.attempts if backoff is not None else 0, name)
    if backoff is not None:
        yield catalogue.BACKOFF_UNTIL.when(backoff.until, name)
    if journal.waits_since is not None and journal.waits_on:
        yield catalogue.WAITING_SINCE.when(journal.waits_since, name, journal.waits_on)
    for place in inventory.places(name):
        failed = journal.at(str(place)).error is not None
        yield catalogue.DELIVERY_FAILING.at(failed, name, place.relay.name, place.cluster)
    yield catalogue.QUARANTINED.at(len({entry.version for entry in journal.quarantine}), name)
