"""Prove day by day that relays take logins: their probe clients log in, and nothing is offered in clear."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from shared.domain.client_assessment import ClientAssessment
from shared.domain.client_observation import ClientPlaceObservation
from shared.domain.clients.login_journal import LoginJournal
from shared.domain.clients.plaintext import PlaintextResult
from shared.domain.login_targets import login_targets
from shared.domain.probe_logins import replica_names, version_to_prove
from shared.domain.report import FleetReport
from shared.domain.serving.place_observation import WorkloadObservation
from shared.domain.serving.probe import Probe
from shared.domain.serving.probe_plan import handshakes_for, pod_probes, ready_endpoints, service_probes
from shared.domain.sources import logins_source, place_logins_source, plaintext_source
from shared.errors import LeaseTaken, OutOfTime, PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Place
from shared.ports import Ports
from shared.workflows.logins import log_in_where_due
from shared.workflows.observe_client import password_ref


def with_logins(observations: FleetReport, until: datetime, ports: Ports) -> FleetReport:
    """Log each probe client in where all is in order, by one way each time, and add what each relay's login journal
    says then. After `until` (UTC) no further place is asked."""
    read_errors, logins = dict(observations.read_errors), dict[str, LoginJournal]()
    probes = {each.client.name: each for each in observations.clients}
    for place, there in observed_client_places(observations).items():
        probe = probes.get(place.relay.probe_client or "")
        try:
            with guard(f"logging the probe client in at {place}"):
                if probe is not None:
                    prove_place(place, there, probe, until, ports)
        except (TransientError, PermanentError) as failure:
            read_errors[place_logins_source(place)] = str(failure)
    for name in {place.relay.name: None for place in observations.client_places}:
        try:
            with guard(f"reading the logins at relay {name}"):
                logins[name] = current_logins(name, observations, ports)
        except (TransientError, PermanentError) as failure:
            read_errors[logins_source(name)] = str(failure)
    return replace(observations, logins=logins, read_errors=read_errors)


def observed_client_places(observations: FleetReport) -> Mapping[Place, ClientPlaceObservation]:
    places = observations.client_places.items()
    return {place: there for place, there in places if isinstance(there, ClientPlaceObservation)}


def prove_place(
    place: Place, there: ClientPlaceObservation, probe: ClientAssessment, until: datetime, ports: Ports
) -> None:
    """Log the probe client in at each Ready replica that is due, if the place is in order. A refusal counts.

    So nobody logs in where a worker has begun to write another password since the place was looked at.
    """
    proves, targets = version_to_prove(probe, place), login_targets(place, there.workload)
    if proves is None or not targets:
        return
    require_time(until, ports)
    seen, at = probe.observation.journal, str(place)
    if probe.observation.is_probe and ports.state.clients.read(probe.client.name).at(at) != seen.at(at):
        return
    stored = ports.vault.password(password_ref(probe.client), proves.version)
    if stored is not None:
        log_in_where_due(place, targets, probe.client, stored, ports, refusal_expected=False, in_turn=True)


def require_time(until: datetime, ports: Ports) -> None:
    if ports.clock.now() >= until:
        raise OutOfTime("not tried: looking at what comes before it took too long")


def current_logins(relay: str, observations: FleetReport, ports: Ports) -> LoginJournal:
    """Return a relay's login journal without what serves nothing any more."""
    found = ports.state.logins.read(relay)
    journal = without_past(relay, found, observations)
    if journal == found:
        return found
    try:
        with ports.state.logins.lease(relay) as lease:
            lease.write(without_past(relay, lease.journal, observations))
    except LeaseTaken:
        pass  # the next watch drops them
    return journal


def without_past(relay: str, journal: LoginJournal, observations: FleetReport) -> LoginJournal:
    """Return the journal without the replicas that are gone, and without logins with passwords that were handed out.

    What concerns a place or a client that was not seen stays.
    """
    made = {each.client.name: each.observation.journal.made for each in observations.clients}
    handed_out = {
        client: each.version for client, each in made.items() if each is not None and each.handed_out is not None
    }
    journal = journal.without_own(handed_out)
    for place, there in observed_client_places(observations).items():
        if place.relay.name == relay:
            journal = journal.only_at(frozenset(replica_names(place, there)), place.cluster)
    return journal


def with_plaintext_checks(observations: FleetReport, until: datetime, ports: Ports) -> FleetReport:
    """Ask each replica, at each port where TLS begins with STARTTLS, whether it offers or takes a login before that."""
    read_errors, found = dict(observations.read_errors), dict[Place, tuple[PlaintextResult, ...]]()
    for place, there in observed_client_places(observations).items():
        try:
            with guard(f"looking for AUTH in clear at {place}"):
                require_time(until, ports)
                found[place] = ports.prober.check_plaintext(plaintext_probes(place, there.workload))
        except (TransientError, PermanentError) as failure:
            read_errors[plaintext_source(place)] = str(failure)
    return replace(observations, plaintext_results=found, read_errors=read_errors)


def plaintext_probes(place: Place, workload: WorkloadObservation) -> list[Probe]:
    """Return a probe for each port with STARTTLS of each Ready replica; behind a Service as many as meet each."""
    ready = ready_endpoints(workload.pods)
    if place.relay.service is None:
        probes = pod_probes(place, ready, [None])
    else:
        probes = service_probes(place, workload.service or "", [None], times=handshakes_for(len(ready)))
    return [probe for probe in probes if not probe.implicit]
