"""Log in at the replicas of a place: not too often, never after too many refusals, only where the right server is.

Every login of Relaykeeper at a relay of the inventory goes through here, except those of an examination, which a
person asks for: over HTTP it counts and paces them by the same journal, as a command (`verify-relay`) by none.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.audit import Trigger
from shared.domain.clients.login import ExpectedServer, Login, LoginResult
from shared.domain.clients.login_choice import PortAndWay, next_in_turn, way_key, way_that_works
from shared.domain.clients.login_journal import LoginJournal, LoginRecord, LoginStop
from shared.domain.clients.password_use import password_use_fault
from shared.domain.clients.stored_password import StoredPassword
from shared.domain.object_ref import ObjectRef
from shared.domain.pause_scopes import held_by
from shared.domain.serving.place_observation import WorkloadObservation
from shared.domain.serving.probe import Probe
from shared.domain.serving.probe_plan import probe_of, ready_endpoints
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
class LoginTarget:
    """A replica that can be asked, or the Service that hides them: its name in the login journal, and its address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class LoginRound:
    """What came of one round of logins, by replica; `wait`: how long until the replicas that were not due may be asked.

    `ended` says why nothing was tried: logins at the relay are stopped.
    """

    results: Mapping[str, LoginResult]
    wait: timedelta = timedelta(0)
    ended: str = ""


def login_targets(place: Place, workload: WorkloadObservation) -> tuple[LoginTarget, ...]:
    """Return what can be asked at a place: each Ready replica; behind a Service, which hides them, that alone."""
    if place.relay.service is not None:
        service = f"{place.cluster}/Service {place.relay.service}"
        return (LoginTarget(service, workload.service),) if workload.service is not None else ()
    return tuple(LoginTarget(f"{place.cluster}/{pod}", address) for pod, address in ready_endpoints(workload.pods))


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

    The time of a login is written down before it is made, so that a crash never makes it one too many. With
    `refusal_expected` a 535 does not count, because the replica may not have the file yet. `in_turn`: by the way that
    was not tried for longest; else by one that works. Raises TransientError or PermanentError if the server to expect
    is not known, or if the mark on the version does not go with the client.
    """
    expected, relay, now = server_of(place, ports), place.relay, ports.clock.now()
    require_use(client, relay, stored)
    try:
        with ports.state.logins.lease(relay.name) as lease:
            journal = lease.journal
            if journal.stopped is not None:
                return LoginRound({}, ended=stopped_message(relay.name, journal))
            due = {each.name: journal.next_login(each.name, relay.login_interval, now) for each in targets}
            later = [moment for moment in due.values() if moment > now]
            asked = [each for each in targets if due[each.name] <= now]
            choose = next_in_turn if in_turn else way_that_works
            results = log_in(lease, place, asked, client, stored, expected, choose, ports)
            if not refusal_expected:
                count_results(lease, relay.name, results, ports)
            return LoginRound(results, min(later, default=now) - now)
    except LeaseTaken:
        return LoginRound({}, relay.login_interval)


def log_in(
    lease: Lease[LoginJournal],
    place: Place,
    targets: Sequence[LoginTarget],
    client: Client,
    stored: StoredPassword,
    expected: ExpectedServer,
    choose: Callable[[Sequence[RelayPort], LoginJournal, str], PortAndWay],
    ports: Ports,
) -> dict[str, LoginResult]:
    """Write down that these logins begin, make them, and write down their results."""
    if not targets:
        return {}
    journal, now = lease.journal, ports.clock.now()
    ways = {each.name: choose(place.relay.ports, journal, each.name) for each in targets}
    for name in ways:
        journal = journal.with_login(name, now)
    lease.write(journal)
    logins = []
    for each in targets:
        port, way = ways[each.name]
        logins.append(Login(probe_at(place, each, port, expected), client.user, stored.password, way, expected))
    results = {each.name: result for each, result in zip(targets, ports.prober.log_in(logins), strict=True)}
    for name, result in results.items():
        log.info("%s: login as %s at %s: %s", place, client.user, name, result.message)
        record = LoginRecord(now, stored.version, result.reason, result.message)
        journal = journal.with_record(name, way_key(*ways[name]), record)
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
        f"{journal.stopped.message}. Find out why, then let them go on (POST /api/relays/{relay}/resume-logins)"
    )


def server_of(place: Place, ports: Ports) -> ExpectedServer:
    """Return what a login at a place must meet: the newest version of the relay's first certificate, or the one that
    was proven there last. Raises PermanentError if there is no version yet."""
    verified = ports.state.certificates.read(place.relay.first).at(str(place)).verified
    systems, now = RelaySystems.of(ports), ports.clock.now()
    return expected_server(place.relay, systems, now, verified=verified.thumbprint if verified is not None else None)
