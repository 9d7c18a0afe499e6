"""Metrics of what is in storage, as Prometheus reads them.

All are gauges: what is in storage has no start from which to count. Labels are named as in alerts and inventory; times
are Unix timestamps. The text is made by hand: of prometheus-client we would use twenty lines, and load its registry
and collectors.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from shared.domain.alerting.notification import WatchJournal
from shared.domain.client_status import ClientStatus
from shared.domain.clients.login_journal import LoginJournal
from shared.domain.journal import Journal
from shared.domain.pauses import Pauses
from shared.domain.status import CertificateStatus, PlaceStatus, VaultStatus
from shared.domain.timers import TimerState
from shared.errors import Unforeseen
from shared.guard import guard
from shared.inventory import Inventory, Place
from shared.inventory.relays import Certificate


class Sample(NamedTuple):
    """One value of a gauge; `labels` are in its order."""

    gauge: "Gauge"
    labels: tuple[str, ...]
    value: int


@dataclass(frozen=True, slots=True)
class Gauge:
    """A name, what it means, and the names of its labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()

    def at(self, value: int, *labels: str) -> Sample:
        """Return a value for these labels."""
        assert len(labels) == len(self.labels), f"{self.name} has the labels {self.labels}, not {labels}"
        return Sample(self, labels, value)

    def when(self, moment: datetime, *labels: str) -> Sample:
        """Return a moment in whole seconds since 1970."""
        return self.at(int(moment.timestamp()), *labels)


PLACE = ("certificate", "relay", "cluster")
REPLICA = (*PLACE, "replica")
CLIENT = ("client", "relay", "cluster")
ENTRY = ("vault", "kind", "name", "managed")

BUILD = Gauge("relaykeeper_build_info", "Which release this is; always 1.", ("version",))

JOURNAL_UNREADABLE = Gauge(
    "relaykeeper_journal_unreadable", "1 if a journal, or a part of the watch's, cannot be read.", ("journal",)
)
PAUSED_UNTIL = Gauge(
    "relaykeeper_paused_until_timestamp_seconds", "Until when a person wants something left as it is.", ("scope",)
)

TICKED_AT = Gauge("relaykeeper_tick_last_timestamp_seconds", "When the last tick began, by whatever clock.")
TIMER_SILENT_FROM = Gauge(
    "relaykeeper_timer_silent_from_timestamp_seconds",
    "When a timer will have missed two of its times, if it does not fire before.",
    ("timer",),
)
WATCHED_AT = Gauge("relaykeeper_watch_last_timestamp_seconds", "When the last watch was.")
FIRING = Gauge("relaykeeper_alerts_firing", "Alerts that fired at the last watch.", ("alert", "severity"))
ROUTE_FAILING = Gauge("relaykeeper_route_failing", "1 if a route did not take the last alerts.", ("route",))

STORED_EXPIRY = Gauge(
    "relaykeeper_certificate_stored_expiry_timestamp_seconds",
    "When the newest version in the vault expires.",
    ("certificate", "vault"),
)
STORED_DUE = Gauge(
    "relaykeeper_certificate_due_timestamp_seconds",
    "When the newest version in the vault is to be replaced.",
    ("certificate", "vault"),
)
SERVED_EXPIRY = Gauge(
    "relaykeeper_served_expiry_timestamp_seconds",
    "When what a replica serves expires; the first to, where names or ports differ.",
    REPLICA,
)
SERVED_DUE = Gauge(
    "relaykeeper_served_due_timestamp_seconds", "When that which a replica serves should have been replaced.", REPLICA
)
SERVED_DIFFERS = Gauge(
    "relaykeeper_served_differs", "1 if some replica presents another certificate than the place is to serve.", PLACE
)
PLACE_REACHABLE = Gauge("relaykeeper_place_reachable", "0 if the last watch could not look there.", PLACE)
PLACE_OFFLINE_EXPECTED = Gauge(
    "relaykeeper_place_offline_expected",
    "1 if the cluster is expected to be offline: asleep, suspended or paused.",
    PLACE,
)
REPLICAS = Gauge("relaykeeper_place_replicas", "Replicas that there should be.", PLACE)
REPLICAS_ANSWERING = Gauge("relaykeeper_place_replicas_answering", "Replicas that present a certificate.", PLACE)

VAULT_READABLE = Gauge("relaykeeper_vault_readable", "0 if the last watch could not read the vault.", ("vault",))
ENTRY_EXPIRY = Gauge(
    "relaykeeper_vault_entry_expiry_timestamp_seconds", "When a certificate or secret in a vault expires.", ENTRY
)
ENTRY_DUE = Gauge("relaykeeper_vault_entry_due_timestamp_seconds", "When that is to be replaced.", ENTRY)

RENEWAL_FAILING = Gauge(
    "relaykeeper_renewal_failing", "1 if the last attempt to issue or to look failed.", ("certificate",)
)
FAILED_ATTEMPTS = Gauge(
    "relaykeeper_renewal_failed_attempts", "Attempts to issue that failed in a row.", ("certificate",)
)
BACKOFF_UNTIL = Gauge(
    "relaykeeper_renewal_backoff_until_timestamp_seconds",
    "Until when the authority is not asked again, after a failure.",
    ("certificate",),
)
WAITING_SINCE = Gauge(
    "relaykeeper_waiting_since_timestamp_seconds",
    "Since when an issuance (`waits_on` is issuance), or a delivery to a place, has waited.",
    ("certificate", "waits_on"),
)
CLIENT_ACCEPTED = Gauge(
    "relaykeeper_client_accepted",
    "1 if a relay accepts the client's newest password, as far as it is known; no value where nothing can prove it.",
    CLIENT,
)
CLIENT_ACCEPTED_SINCE = Gauge(
    "relaykeeper_client_accepted_since_timestamp_seconds", "Since when that is its value.", CLIENT
)
LOGIN_ACCEPTED = Gauge(
    "relaykeeper_probe_login_accepted",
    "1 if a replica took the probe client's last login by this way, at a port.",
    ("relay", "cluster", "replica", "way"),
)
LOGINS_STOPPED = Gauge(
    "relaykeeper_logins_stopped", "1 if no login is tried at a relay until a person says so.", ("relay",)
)

DELIVERY_FAILING = Gauge("relaykeeper_delivery_failing", "1 if the last attempt to deliver there failed.", PLACE)
QUARANTINED = Gauge("relaykeeper_quarantined_versions", "Versions that must not be delivered.", ("certificate",))

GAUGES = tuple(each for each in globals().values() if isinstance(each, Gauge))
"""In the order in which they are shown."""


def watch_samples(inventory: Inventory, journal: WatchJournal) -> Iterator[Sample]:
    """Yield what the last watch observed of what the inventory has now; nothing where there was no watch yet."""
    if journal.at is None:
        return
    yield WATCHED_AT.when(journal.at)
    for (alert, severity), count in Counter((each.name, each.severity) for each in journal.firing).items():
        yield FIRING.at(count, alert, severity)
    for route, record in journal.routes.items():
        yield ROUTE_FAILING.at(record.error is not None, route)
    for certificate in inventory.certificates.values():
        if (status := journal.status.certificates.get(certificate.name)) is not None:
            make = partial(certificate_samples, inventory, certificate, status)
            yield from readable(f"certificate {certificate.name}", make)
    for name, vault in journal.status.vaults.items():
        yield from readable(f"vault {name}", partial(vault_samples, name, vault))
    for name, client in {**journal.status.listed_clients, **journal.status.clients}.items():
        yield from readable(f"client {name}", partial(client_samples, name, client))


def timer_samples(state: TimerState) -> Iterator[Sample]:
    """Yield from when on a timer of ours is silent; nothing where it is not known to have fired."""
    if state.silent_from is not None:
        yield TIMER_SILENT_FROM.when(state.silent_from, state.timer)


def readable(part: str, make: Callable[[], Iterable[Sample]]) -> tuple[Sample, ...]:
    """Return the samples of one part of the watch's journal; where they cannot be made, a sample that says so."""
    try:
        with guard(f"making metrics of {part} in the journal watch/alerts"):
            return tuple(make())
    except Unforeseen:
        return (JOURNAL_UNREADABLE.at(True, f"watch/alerts: {part}"),)


def certificate_samples(inventory: Inventory, certificate: Certificate, status: CertificateStatus) -> Iterator[Sample]:
    if status.stored is not None:
        yield STORED_EXPIRY.when(status.stored.not_after, certificate.name, certificate.vault)
        yield STORED_DUE.when(status.stored.due, certificate.name, certificate.vault)
    for place in inventory.places(certificate.name):
        if (there := status.places.get(str(place))) is not None:
            yield from place_samples(certificate, place, there)


def place_samples(certificate: Certificate, place: Place, there: PlaceStatus) -> Iterator[Sample]:
    labels = (certificate.name, place.relay.name, place.cluster)
    yield PLACE_REACHABLE.at(there.state == "observed", *labels)
    yield PLACE_OFFLINE_EXPECTED.at(there.state == "offline_expected", *labels)
    yield SERVED_DIFFERS.at(there.differs, *labels)
    yield REPLICAS.at(there.expected, *labels)
    yield REPLICAS_ANSWERING.at(there.answering, *labels)
    for replica, leaf in there.replicas.items():
        yield SERVED_EXPIRY.when(leaf.not_after, *labels, replica)
        yield SERVED_DUE.when(leaf.due, *labels, replica)


def vault_samples(name: str, vault: VaultStatus) -> Iterator[Sample]:
    yield VAULT_READABLE.at(vault.read, name)
    for entry in vault.entries:
        labels = (name, entry.kind, entry.name, "true" if entry.managed else "false")
        yield ENTRY_EXPIRY.when(entry.expires, *labels)
        yield ENTRY_DUE.when(entry.due, *labels)


def client_samples(name: str, client: ClientStatus) -> Iterator[Sample]:
    """Yield where a client is accepted; nothing of a place at which it never was observed, or nothing can prove it."""
    for place, there in client.places.items():
        relay, _, cluster = place.partition("@")
        if there.since is not None and there.reason != "NotProvable":
            yield CLIENT_ACCEPTED.at(there.accepted, name, relay, cluster)
            yield CLIENT_ACCEPTED_SINCE.when(there.since, name, relay, cluster)


def login_samples(relay: str, journal: LoginJournal) -> Iterator[Sample]:
    """Yield what each replica said to the probe client's last login by each way, and whether logins are stopped."""
    yield LOGINS_STOPPED.at(journal.stopped is not None, relay)
    for name, logins in journal.replicas.items():
        cluster, _, replica = name.partition("/")
        for way, record in logins.by_way.items():
            yield LOGIN_ACCEPTED.at(record.reason == "Accepted", relay, cluster, replica, way)


def journal_samples(inventory: Inventory, certificate: Certificate, journal: Journal) -> Iterator[Sample]:
    """Yield what a certificate's journal says of its last renewal and deliveries, and what is still in their way."""
    name, backoff = certificate.name, journal.backoff
    yield RENEWAL_FAILING.at(backoff is not None or journal.attempt.error is not None, name)
    yield FAILED_ATTEMPTS.at(backoff.attempts if backoff is not None else 0, name)
    if backoff is not None:
        yield BACKOFF_UNTIL.when(backoff.until, name)
    if journal.attempt.waiting_since is not None and journal.attempt.waiting_on:
        yield WAITING_SINCE.when(journal.attempt.waiting_since, name, journal.attempt.waiting_on)
    for place in inventory.places(name):
        failed = journal.at(str(place)).error is not None
        yield DELIVERY_FAILING.at(failed, name, place.relay.name, place.cluster)
    yield QUARANTINED.at(len({entry.version for entry in journal.quarantine}), name)


def pause_samples(now: datetime, pauses: Pauses) -> Iterator[Sample]:
    """Yield until when each scope is paused: the last end, of several pauses."""
    ends: dict[str, datetime] = {}
    for pause in pauses.in_force(now):
        ends[str(pause.scope)] = max(pause.until, ends.get(str(pause.scope), pause.until))
    for scope, end in ends.items():
        yield PAUSED_UNTIL.when(end, scope)


CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format"""


def exposition(samples: Iterable[Sample]) -> str:
    """Return the samples as text, by metric, each metric with its meaning even where it has no sample."""
    lines: dict[Gauge, list[str]] = {
        gauge: [f"# HELP {gauge.name} {gauge.help}", f"# TYPE {gauge.name} gauge"] for gauge in GAUGES
    }
    for gauge, values, value in samples:
        labels = ",".join(f'{name}="{escape(label)}"' for name, label in zip(gauge.labels, values, strict=True))
        lines[gauge].append(f"{gauge.name}{{{labels}}} {value:d}" if labels else f"{gauge.name} {value:d}")
    return "".join(f"{line}\n" for each in lines.values() for line in each)


def escape(label: str) -> str:
    return label.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
