"""Log in at the replicas of a place: not too often, never after too many refusals, only where the right server is.

Every login of Relaykeeper at a relay of the inventory goes through here, except those of an examination, which a
person asks for: over HTTP it counts and paces them by the same journal, as a command (`verify-relay`) by none.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.audit import Trigger
from shared.domain.clients.login import ExpectedServer, Login, LoginResult, LoginWay
from shared.domain.clients.login_choice import PortAndWay, next_in_turn, way_key, way_that_works
from shared.domain.clients.login_journal import LoginJournal, LoginRecord, LoginStop, OwnLoginResult
from shared.domain.clients.password_use import password_use_fault
from shared.domain.clients.stored_password import StoredPassword
from shared.domain.login_targets import LoginTarget
from shared.domain.object_ref import ObjectRef
from shared.domain.pause_scopes import held_by
from shared.domain.serving.probe import Probe
from shared.domain.serving.probe_plan import probe_of
from shared.errors import LeaseTaken, NotAllowed, PermanentError, TransientError
from shared.inventory import Place, RelayPort
from shared.inventory.clients import Client
from shared.inventory.relays import Relay
from shared.ports import Lease, Ports
from shared.suggestions import named
from shared.workflows.audit import audit_record
from shared.workflows.enqueue import wake
from shared.workflows.expected_server import RelaySystems, expected_server

log = logging.getLogger("relaykeeper.clients")


@dataclass(frozen=True, slots=True)
class LoginRound:
    """What came of one round of logins, by replica; `wait`: how long until the replicas that were not due may be asked.

    `ended` says why nothing was tried: logins at the relay are stopped.
    """

    results: Mapping[str, LoginResult]
    wait: timedelta = timedelta(0)
    ended: str = ""


def log_in_where_due(
    place: Place,
    targets: Sequence[LoginTarget],
    client: Client,
    stored: StoredPassword,
    ports: Ports,
    *,
    refusal_expected: bool,
    in_turn: bool = False,
) -> LoginRound:
    """Log a client in once at each of these replicas, if its last login is long enough ago, and record what came of it.

    A login is written down before it is made, so that a crash never makes it one too many: with a client's own password
    a replica that was asked is left out. With `refusal_expected`, of a probe client only, a 535 does not count, because
    the replica may not have the file yet. `in_turn`: by the way that was not tried for longest; else by one that works.

    Raises TransientError or PermanentError if the server to expect is not known, or if the mark on the version does not
    go with the client.
    """
    relay, now = place.relay, ports.clock.now()
    logins = ClientLogins(place, client, stored, server_of(place, ports))
    require_use(client, relay, stored)
    try:
        with ports.state.logins.lease(relay.name) as lease:
            journal = lease.journal
            if journal.stopped is not None:
                return LoginRound({}, ended=stopped_message(relay.name, journal))
            left = [each for each in targets if logins.may_be_made(journal, each.name)]
            due = {each.name: journal.next_login(each.name, relay.login_interval, now) for each in left}
            later = [moment for moment in due.values() if moment > now]
            asked = [each for each in left if due[each.name] <= now]
            results = log_in(lease, logins, asked, next_in_turn if in_turn else way_that_works, ports)
            if not refusal_expected:
                count_results(lease, relay.name, results, ports)
            return LoginRound(results, min(later, default=now) - now)
    except LeaseTaken:
        return LoginRound({}, relay.login_interval)


@dataclass(frozen=True, slots=True)
class ClientLogins:
    """Logins of one client at replicas of a place with one version of its password, and how the journal keeps them.

    Those of the relay's probe client are made day by day; with a password of its `own` a client logs in once at each
    replica, and that is kept apart and written down before.
    """

    place: Place
    client: Client
    stored: StoredPassword
    expected: ExpectedServer

    @property
    def own(self) -> bool:
        return self.place.relay.probe_client != self.client.name

    def may_be_made(self, journal: LoginJournal, replica: str) -> bool:
        return not self.own or journal.may_ask(replica, self.client.name, self.stored.version)

    def at(self, target: LoginTarget, port: RelayPort, way: LoginWay) -> Login:
        probe = probe_at(self.place, target, port, self.expected)
        return Login(probe, self.client.user, self.stored.password, way, self.expected)

    def begun(self, journal: LoginJournal, replica: str, now: datetime) -> LoginJournal:
        if self.own:
            return journal.with_own_login(replica, self.client.name, self.stored.version, now)
        return journal.with_login(replica, now)

    def ended(self, journal: LoginJournal, replica: str, way: str, result: LoginResult, now: datetime) -> LoginJournal:
        record = LoginRecord(now, self.stored.version, result.reason, result.message)
        if self.own:
            return journal.with_own_record(replica, self.client.name, way, record, verdict_of(result))
        return journal.with_record(replica, way, record)


def verdict_of(result: LoginResult) -> OwnLoginResult:
    if result.reason == "Accepted":
        return "Accepted"
    return "Refused" if result.is_refusal else "Inconclusive"


def log_in(
    lease: Lease[LoginJournal],
    logins: ClientLogins,
    targets: Sequence[LoginTarget],
    choose: Callable[[Sequence[RelayPort], LoginJournal, str], PortAndWay],
    ports: Ports,
) -> dict[str, LoginResult]:
    """Write down that these logins begin, make them, and write down their results."""
    if not targets:
        return {}
    place, journal, now = logins.place, lease.journal, ports.clock.now()
    ways = {each.name: choose(place.relay.ports, journal, each.name) for each in targets}
    for name in ways:
        journal = logins.begun(journal, name, now)
    lease.write(journal)
    made = ports.prober.log_in([logins.at(each, *ways[each.name]) for each in targets])
    results = {each.name: result for each, result in zip(targets, made, strict=True)}
    for name, result in results.items():
        log.info("%s: login as %s at %s: %s", place, logins.client.user, name, result.message)
        journal = logins.ended(journal, name, way_key(*ways[name]), result, now)
    lease.write(journal)
    return results


def resume_logins(name: str, trigger: Trigger, ports: Ports) -> LoginStop:
    """Let logins at the relay of that name go on, wake its clients, and return what had stopped them.

    Raises NotFound if the inventory has no such relay, NotAllowed if its logins are not stopped, TransientError while a
    worker logs in there.
    """
    named("relay", name, ports.inventory.relays)
    relay = ObjectRef("relay", name)
    try:
        with ports.state.logins.lease(name) as lease:
            stopped = lease.journal.stopped
            if stopped is None:
                raise NotAllowed(f"logins at relay {name} are not stopped.")
            outcome = f"logins at relay {name} go on; they were stopped: {stopped.message}"
            ports.history.append(audit_record("request", outcome, trigger, ports, target=relay))
            lease.write(lease.journal.resumed())
    except LeaseTaken as taken:
        raise TransientError(f"a worker logs in at relay {name} at this moment. Try again.") from taken
    cause = f"{trigger.actor} let logins at relay {name} go on"
    clients = (target for target in held_by(relay, ports.inventory) if target.kind == "client")
    wake(dict.fromkeys(clients, cause), trigger.correlation, ports)
    return stopped


def count_results(lease: Lease[LoginJournal], relay: str, results: Mapping[str, LoginResult], ports: Ports) -> None:
    """Count the results of logins, by replica; refusals may stop the logins at the relay."""
    before = lease.journal.stopped
    lease.write(lease.journal.with_results(results, ports.clock.now()))
    if before is None and lease.journal.stopped is not None:
        log.error("%s", stopped_message(relay, lease.journal))


def probe_at(place: Place, target: LoginTarget, port: RelayPort, expected: ExpectedServer) -> Probe:
    number = port.pod if place.relay.service is None else port.service
    return probe_of(place.relay, target.name, target.address, number, expected.name, implicit=port.implicit)


def require_use(client: Client, relay: Relay, stored: StoredPassword) -> None:
    """Raise PermanentError if a version is not marked and its client is the relay's probe client, or the reverse."""
    probe_of = relay.name if relay.probe_client == client.name else None
    fault = password_use_fault(client, stored.version, probe_of=probe_of, for_probe=stored.for_probe)
    if fault is not None:
        raise PermanentError(fault.message)


def stopped_message(relay: str, journal: LoginJournal) -> str:
    assert journal.stopped is not None
    return (
        f"logins at relay {relay} are stopped since {journal.stopped.at:%Y-%m-%d %H:%M:%S} UTC: "
        f"{journal.stopped.message}. Find out why, then let them go on (relaykeeper resume-logins {relay})"
    )


def server_of(place: Place, ports: Ports) -> ExpectedServer:
    """Return what a login at a place must meet: the newest version of the relay's first certificate, or the one that
    was proven there last. Raises PermanentError if there is no version yet."""
    verified = ports.state.certificates.read(place.relay.first).at(str(place)).verified
    systems, now = RelaySystems.of(ports), ports.clock.now()
    return expected_server(place.relay, systems, now, verified=verified.thumbprint if verified is not None else None)
