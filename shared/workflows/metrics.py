"""Tell what is in storage as metrics. Nothing outside is looked at, however often Prometheus asks."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from shared.domain.metrics import (
    BUILD,
    JOURNAL_UNREADABLE,
    Sample,
    exposition,
    journal_samples,
    login_samples,
    pause_samples,
    watch_samples,
)
from shared.errors import JournalUnreadable, Unforeseen
from shared.guard import guard
from shared.ports import Journals, Ports
from shared.version import RELEASE
from shared.workflows.pauses import PAUSES
from shared.workflows.watch import ALERTS


def metrics(ports: Ports) -> str:
    """Return the text that Prometheus reads. A journal that cannot be read is a metric of its own.

    Raises TransientError or PermanentError if storage cannot be had: then no number would be true.
    """
    return exposition(samples(ports))


def samples(ports: Ports) -> Iterator[Sample]:
    inventory = ports.inventory
    yield BUILD.at(1, RELEASE)
    yield from samples_of(ports.state.pauses, "pauses", PAUSES, partial(pause_samples, ports.clock.now()))
    yield from samples_of(ports.state.watch, "watch", ALERTS, partial(watch_samples, inventory))
    for certificate in inventory.certificates.values():
        yield from samples_of(
            ports.state.certificates, "certificates", certificate.name, partial(journal_samples, inventory, certificate)
        )
    for relay in inventory.relays:
        if inventory.clients_of(relay):
            yield from samples_of(ports.state.logins, "logins", relay, partial(login_samples, relay))


def samples_of[T](
    journals: Journals[T], folder: str, name: str, samples: Callable[[T], Iterable[Sample]]
) -> Iterator[Sample]:
    """Yield the samples of a journal, and whether it can be read."""
    try:
        with guard(f"making metrics of the journal {folder}/{name}"):
            found = tuple(samples(journals.read(name)))
    except (JournalUnreadable, Unforeseen):
        yield JOURNAL_UNREADABLE.at(True, f"{folder}/{name}")
        return
    yield JOURNAL_UNREADABLE.at(False, f"{folder}/{name}")
    yield from found
