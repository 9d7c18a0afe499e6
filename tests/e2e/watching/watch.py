"""The watch of the functions host, run when a test says so, and what its receivers got."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import requests

from infra.local.example_inventory import alerts_of
from infra.local.receivers import alertmanagers
from shared.domain.alerting.alert import Alert
from shared.domain.alerting.notification import RouteRecord, WatchJournal
from shared.workflows.watch import ALERTS
from tests.e2e.conftest import Fleet

SECONDS = 5.0

NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Watch:
    """The watch of a fleet."""

    fleet: Fleet

    def run(self, after: timedelta = NOTHING) -> list[str]:
        """Run the watch as if so much time had passed since the one before; return the errors that it logged."""
        if after:
            self.age(after)
        return self.fleet.run_function("watch")

    def age(self, by: timedelta) -> None:
        """Put everything that was written down earlier."""
        with self.fleet.ports.state.watch.lease(ALERTS) as lease:
            lease.write(earlier(lease.journal, by))

    def members(self, cluster: str) -> list[str]:
        """Return the URLs of a cluster's Alertmanagers."""
        every = alertmanagers(self._alerts, self.fleet.stack.addresses)
        return [url for name, url in every if name.startswith(f"alertmanager-{cluster}-")]

    def alerts(self, cluster: str) -> list[dict[str, Any]]:
        """Return what fires at a cluster's Alertmanagers but the heartbeat: the same at each of them."""
        first, *others = [fired(member) for member in self.members(cluster)]
        assert all(known(other) == known(first) for other in others), (first, others)
        return [alert for alert in first if alert["labels"]["alertname"] != "Heartbeat"]

    def firing(self, cluster: str) -> list[str]:
        """Return the names of those alerts."""
        return sorted({alert["labels"]["alertname"] for alert in self.alerts(cluster)})

    def received(self, by: str) -> list[Any]:
        """Return what a receiver has taken since they were cleared."""
        url = f"{self.fleet.stack.addresses.receivers}/_received"
        taken = requests.get(url, timeout=SECONDS, verify=self._trust).json()
        return [each["body"] for each in taken if each["by"] == by]

    def read(self) -> list[str]:
        """Return the lines that people have read in Slack."""
        return [line for message in self.received("slack") for line in message["text"].splitlines()]

    def clear_receivers(self) -> None:
        """Drop what the receivers have taken, and their faults."""
        for control in ("_received", "_faults"):
            url = f"{self.fleet.stack.addresses.receivers}/{control}"
            requests.delete(url, timeout=SECONDS, verify=self._trust).raise_for_status()

    def break_receiver(self, path: str, answer: object) -> None:
        """Let a receiver answer like that until all are cleared."""
        fault = {"match": f"POST {path}", "answer": answer}
        url = f"{self.fleet.stack.addresses.receivers}/_faults"
        requests.post(url, json=fault, timeout=SECONDS, verify=self._trust).raise_for_status()

    @property
    def _trust(self) -> str:
        return self.fleet.stack.environment["REQUESTS_CA_BUNDLE"]

    @property
    def _alerts(self) -> dict[str, Any]:
        return alerts_of([cluster.name for cluster in self.fleet.clusters])


def fired(member: str) -> list[dict[str, Any]]:
    """Return what fires at an Alertmanager, but for what somebody sent to test the routes."""
    answer = requests.get(f"{member}/api/v2/alerts", timeout=SECONDS)
    answer.raise_for_status()
    return [alert for alert in answer.json() if not alert["labels"].get("subject", "").startswith("TEST ")]


def known(alerts: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    return sorted((sorted(alert["labels"].items()), alert["endsAt"]) for alert in alerts)


def earlier(journal: WatchJournal, by: timedelta) -> WatchJournal:
    """Return the journal as if everything in it had happened so much earlier."""

    def alert(alert: Alert) -> Alert:
        return replace(alert, since=alert.since - by)

    def moment(at: datetime | None) -> datetime | None:
        return None if at is None else at - by

    def route(record: RouteRecord) -> RouteRecord:
        return replace(record, sent=tuple(replace(t, alert=alert(t.alert), at=moment(t.at)) for t in record.sent))

    return replace(
        journal,
        at=moment(journal.at),
        conditions=tuple(map(alert, journal.conditions)),
        firing=tuple(map(alert, journal.firing)),
        routes={name: route(record) for name, record in journal.routes.items()},
    )
