"""Tell what is in storage as metrics. Nothing outside is looked at, however often Prometheus asks."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from shared.domain.alerting.notification import WatchJournal
from shared.domain.metrics import (
    BUILD,
    JOURNAL_UNREADABLE,
    TICKED_AT,
    Sample,
    exposition,
    journal_samples,
    login_samples,
    pause_samples,
    timer_samples,
    watch_samples,
)
from shared.domain.timers import TickJournal
from shared.errors import JournalUnreadable, Unforeseen
from shared.guard import guard
from shared.ports import Journals, Ports
from shared.version import RELEASE
from shared.workflows.pauses import PAUSES
from shared.workflows.timers import TICKS, tick_state, watch_state
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
    yield from samples_of(ports.state.ticks, "ticks", TICKS, partial(samples_of_ticks, ports))
    yield from samples_of(ports.state.watch, "watch", ALERTS, partial(samples_of_watch, ports))
    for certificate in inventory.certificates.values():
        yield from samples_of(
            ports.state.certificates, "certificates", certificate.name, partial(journal_samples, inventory, certificate)
        )
    for relay in inventory.relays:
        if inventory.clients_of(relay):
            yield from samples_of(ports.state.logins, "logins", relay, partial(login_samples, relay))


def samples_of_ticks(ports: Ports, journal: TickJournal) -> Iterator[Sample]:
    if journal.last is not None:
        yield TICKED_AT.when(journal.last)
    yield from timer_samples(tick_state(journal, ports))


def samples_of_watch(ports: Ports, journal: WatchJournal) -> Iterator[Sample]:
    yield from watch_samples(ports.inventory, journal)
    yield from timer_samples(watch_state(journal, ports))


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
