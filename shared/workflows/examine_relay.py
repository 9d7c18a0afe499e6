"""Examine a relay because a person asks for it over HTTP: the checks and the judgement of `verify-relay`.

Its logins are counted and paced by the relay's journal of logins, and it ends in the time that a call over HTTP has.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.audit import Trigger
from shared.domain.clients.login import ExpectedServer, LoginResult
from shared.domain.clients.login_journal import LoginJournal
from shared.domain.clients.relay_checks import ReplicaCheck, not_examined, not_tried, summary
from shared.domain.object_ref import ObjectRef
from shared.errors import LeaseTaken, NotAllowed, OutOfTime, PermanentError, TransientError
from shared.inventory import Place
from shared.inventory.relays import Relay
from shared.ports import Lease, Ports
from shared.suggestions import named
from shared.workflows.audit import append_audit, audit_record
from shared.workflows.examine import ProbeClient, examine
from shared.workflows.expected_server import RelaySystems, expected_server
from shared.workflows.logins import count_results, stopped_message
from shared.workflows.place_to_examine import (
    PlaceToExamine,
    ReplicaToExamine,
    find_place,
    places_to_examine,
    without_login,
)
from shared.workflows.timed_prober import TimedProber

log = logging.getLogger("relaykeeper.clients")

LONGEST = timedelta(minutes=3)
"""After so long no question is under way. Azure's load balancer ends a call over HTTP after 230 s, whatever
functionTimeout says (https://learn.microsoft.com/azure/azure-functions/functions-scale#timeout); the rest is for a
cluster that is read at the end."""


def examine_relay(
    name: str, cluster: str | None, trigger: Trigger, ports: Ports, *, logins: bool
) -> Sequence[ReplicaCheck]:
    """Examine a relay in one of its clusters, or in each, and record in the history who asked and what came of it.

    Raises NotFound for an unknown name; NotAllowed while logins at the relay are stopped, or where the last one is not
    `login_interval` ago; NoVersion while the relay's certificate was not issued yet; TransientError while somebody else
    logs in there; PermanentError if its vault cannot be read.
    """
    relay, now = named("relay", name, ports.inventory.relays), ports.clock.now()
    places = places_to_examine(relay, cluster, ports.inventory)
    expected = expected_server(relay, RelaySystems.of(ports), now)
    examination = Examination(relay, places, expected, now + LONGEST, ports)
    checks = examine_with_logins(examination) if logins else examination.checks()
    where, what = "" if cluster is None else f" in cluster {cluster}", "" if logins else " without logins"
    outcome = f"examined{where}{what}: {summary(checks)}"
    append_audit(audit_record("request", outcome, trigger, ports, target=ObjectRef("relay", name)), ports)
    return checks


def examine_with_logins(examination: "Examination") -> Sequence[ReplicaCheck]:
    """Examine under the lease of the relay's journal of logins, so that nobody else logs in there meanwhile."""
    relay, ports = examination.relay, examination.ports
    try:
        with ports.state.logins.lease(relay.name) as lease:
            require_login_allowed(examination, lease.journal)
            return replace(examination, lease=lease, refusals=lease.journal.refusals).checks()
    except LeaseTaken as taken:
        raise TransientError(
            f"a worker, or another examination, logs in at relay {relay.name} at this moment. Try again in a minute."
        ) from taken


def require_login_allowed(examination: "Examination", journal: LoginJournal) -> None:
    """Raise NotAllowed where logins are stopped, or the last one at a replica is not `login_interval` ago."""
    relay, now = examination.relay, examination.ports.clock.now()
    otherwise = "An examination without logins (logins: false) is possible meanwhile."
    if journal.stopped is not None:
        raise NotAllowed(f"{stopped_message(relay.name, journal)}. {otherwise}")
    clusters = {place.cluster for place in examination.places}
    replicas = [replica for replica in journal.replicas if replica.partition("/")[0] in clusters]
    due = max((journal.next_login(each, relay.login_interval, now) for each in replicas), default=now)
    if due > now:
        raise NotAllowed(
            f"the last login at relay {relay.name} is not {relay.login_interval.total_seconds():g} s ago "
            f"(login_interval). Examine it after {due:%H:%M:%S} UTC. {otherwise}"
        )


@dataclass(slots=True)
class Examination:
    """One examination, of which no question ends after `until` (UTC).

    With a `lease` on the journal of logins, users log in; `refusals` of the probe client were met, those in a row
    before included.
    """

    relay: Relay
    places: tuple[Place, ...]
    expected: ExpectedServer
    until: datetime
    ports: Ports
    lease: Lease[LoginJournal] | None = None
    refusals: int = 0

    @property
    def about(self) -> ObjectRef:
        return ObjectRef("relay", self.relay.name)

    def checks(self) -> tuple[ReplicaCheck, ...]:
        """Examine place by place. What is found at several, such as a short password, is one check."""
        return tuple(dict.fromkeys(check for place in self.places for check in self.checks_at(place)))

    def checks_at(self, place: Place) -> Sequence[ReplicaCheck]:
        try:
            self.require_time()
            self.keep_lease()
            found = find_place(
                place, self.expected, RelaySystems.of(self.ports), as_probe_client=self.lease is not None
            )
            if found.client is not None and (why := file_under_way(place, self.ports)):
                found = without_login(found, why)
        except (TransientError, PermanentError) as failure:
            return [ReplicaCheck(place.cluster, "", None, not_examined(self.about, failure))]
        return [*found.checks, *(check for each in found.replicas for check in self.checks_of(each, found))]

    def checks_of(self, replica: ReplicaToExamine, found: PlaceToExamine) -> Sequence[ReplicaCheck]:
        """Examine one replica. What keeps it from being examined to its end is one check in place of all others."""
        stop = self.login_stop()
        logins = self.lease is not None and not stop
        relay = replace(found.relay(self.expected), probes=replica.probes, logins=logins, refusals=self.refusals)
        shown = ReplicaCheck(relay.probes[0].pod, relay.probes[0].address, None, not_tried(self.about, stop))
        try:
            if logins:
                self.note_login(replica)
            checks = examine(relay, self.prober(replica, found.client))
            if logins:
                self.note_login(replica)
        except (TransientError, PermanentError) as failure:
            return [replace(shown, check=not_examined(self.about, failure))]
        return [*checks, shown] if stop else checks

    def prober(self, replica: ReplicaToExamine, client: ProbeClient | None) -> TimedProber:
        def count(result: LoginResult) -> None:
            if self.lease is not None and client is not None and result.login.user == client.user:
                log.info("%s: login as %s at %s: %s", self.about, client.user, replica.name, result.message)
                self.refusals += result.is_refusal
                count_results(self.lease, self.relay.name, {replica.name: result}, self.ports)

        return TimedProber(self.ports.prober, self.ports.clock, self.until, self.keep_lease, count)

    def require_time(self) -> None:
        if self.ports.clock.now() >= self.until:
            raise OutOfTime("not examined: no time is left")

    def keep_lease(self) -> None:
        if self.lease is not None:
            self.lease.renew()

    def note_login(self, replica: ReplicaToExamine) -> None:
        """Record that users log in at a replica now, so that its next login comes `login_interval` later."""
        if self.lease is not None:
            self.lease.write(self.lease.journal.with_login(replica.name, self.ports.clock.now()))

    def login_stop(self) -> str:
        """Say why logins were stopped since the examination began; empty if they were not."""
        if self.lease is None or self.lease.journal.stopped is None:
            return ""
        return stopped_message(self.relay.name, self.lease.journal)


def file_under_way(place: Place, ports: Ports) -> str:
    """Say that the replicas may not have the probe client's newest file yet, whose password they would refuse."""
    relay = place.relay
    if relay.probe_client is None or relay.clients.sync == "none":
        return ""
    progress = ports.state.clients.read(relay.probe_client).at(str(place)).progress
    if progress is None:
        return ""
    until = (progress.written or progress.since) + relay.clients_pick_up
    return f"the replicas may not have its newest file before {until:%H:%M:%S} UTC" if until > ports.clock.now() else ""
