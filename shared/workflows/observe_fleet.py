"""Observe every certificate, client, vault, relay and cluster; what cannot be read is part of the report."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from shared.domain.assessment import Assessment, assess
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.journal import Journal
from shared.domain.observation import Observation
from shared.domain.report import FleetReport
from shared.domain.serving.cluster_policy import PolicyProbe
from shared.domain.serving.open_relay import OpenRelayResult, open_relay_probes
from shared.domain.serving.place_observation import AnyPlaceObservation, PlaceObservation, Unreachable
from shared.domain.sources import journal_source, open_relay_source, policy_source, vault_source
from shared.errors import PermanentError, TransientError, Unforeseen
from shared.guard import guard
from shared.inventory import Place
from shared.inventory.relays import Certificate, Relay
from shared.ports import Ports
from shared.workflows.observe import OBSERVATION_TIME, Look, observe
from shared.workflows.observe_clients import observe_clients
from shared.workflows.pauses import active_pauses


def observe_fleet(ports: Ports) -> FleetReport:
    """Look at every certificate, stored and served, every client, and what else the vaults hold. Nothing is changed.

    Pauses count as in a renewal; if they cannot be read, none does.
    """
    look, unread = full_look(ports)
    entries, unlisted = list_vaults(look, ports)
    assessed = tuple(assess_full(certificate, look, ports) for certificate in ports.inventory.certificates.values())
    clients = observe_clients(look, ports)
    return FleetReport(
        assessed,
        entries,
        {**unread, **unlisted},
        pauses=look.pauses,
        clients=clients,
        client_places=look.client_places,
    )


def full_look(ports: Ports) -> tuple[Look, dict[str, str]]:
    """Return a look at a whole fleet under the pauses in force, and why these could not be read: then none counts."""
    try:
        with guard("reading pauses"):
            pauses, unread = active_pauses(ports), dict[str, str]()
    except (TransientError, PermanentError) as failure:
        pauses, unread = (), {"pauses": str(failure)}
    return Look("full", pauses, until=ports.clock.now() + OBSERVATION_TIME), unread


def list_vaults(look: Look, ports: Ports) -> tuple[dict[str, tuple[VaultEntry, ...]], dict[str, str]]:
    """Return what each vault holds, and why the others could not be listed."""
    entries: dict[str, tuple[VaultEntry, ...]] = {}
    read_errors: dict[str, str] = {}
    for vault in ports.inventory.vaults:
        try:
            entries[vault] = look.once(vault_source(vault), partial(ports.vault.entries, vault))
        except (TransientError, PermanentError) as failure:
            read_errors[vault_source(vault)] = str(failure)
    return entries, read_errors


def assess_full(certificate: Certificate, look: Look, ports: Ports) -> Assessment:
    """Look at one certificate among others, and assess it; a bug is why it, or one of its places, was not observed."""
    try:
        with guard(f"looking at {certificate.name}"):
            observation = observe_or_explain(certificate, look, ports)
    except (TransientError, PermanentError) as failure:
        places = dict.fromkeys(ports.inventory.places(certificate.name), Unreachable.after(failure))
        nothing = Observation(certificate, ports.clock.now(), Journal(), places=places, pauses=look.pauses)
        observation = nothing.as_unread(str(failure))
    try:
        with guard(f"assessing {certificate.name}"):
            return assess(observation)
    except Unforeseen:
        return judgeable(observation, lambda assessment: assessment)


def judgeable(observation: Observation, judge: Callable[[Assessment], object]) -> Assessment:
    """Return what can be assessed of a certificate, and judged by `judge`; the rest as not observed, and why.

    Left out is each place that `judge` fails on, or else the whole certificate. So what fired there goes on, and
    WatchBlind says that nothing more is known.
    """
    name = observation.certificate.name
    unjudged: dict[Place, AnyPlaceObservation] = {}
    for doing, places in [(name, ()), *((f"{name} at {place}", (place,)) for place in observation.places)]:
        try:
            with guard(f"judging {doing}"):
                judge(assess(observation.only_at(places)))
        except Unforeseen as failure:
            if not places:
                return assess(observation.as_unread(str(failure)))
            unjudged |= dict.fromkeys(places, Unreachable.after(failure))
    return assess(replace(observation, places={**observation.places, **unjudged}))


def observe_or_explain(certificate: Certificate, look: Look, ports: Ports) -> Observation:
    """Look at one certificate, and at what is served even where its vault or its journal cannot be read."""
    try:
        journal, unread = ports.state.certificates.read(certificate.name), dict[str, str]()
    except (TransientError, PermanentError) as failure:
        journal, unread = Journal(), {journal_source(certificate.name): str(failure)}
    observation = observe(certificate, journal, look, ports)
    return replace(observation, read_errors={**unread, **observation.read_errors})


def with_open_relay_checks(observations: FleetReport, ports: Ports) -> FleetReport:
    """Add the result of the open relay check at each place that was seen, once however many certificates it serves."""
    offers: dict[Place, tuple[OpenRelayResult, ...]] = {}
    read_errors = dict(observations.read_errors)
    for place, there in observed_places(observations.certificates).items():
        if (recipient := place.relay.refuses_unauthenticated) is not None:
            try:
                with guard(f"offering mail to {place}"):
                    sender = place.relay.unauthenticated_sender or recipient
                    offers[place] = ports.prober.check_open_relay(open_relay_probes(there), recipient, sender)
            except (TransientError, PermanentError) as failure:
                read_errors[open_relay_source(place)] = str(failure)
    return replace(observations, open_relay_results=offers, read_errors=read_errors)


def observed_places(watched: Iterable[Assessment]) -> dict[Place, PlaceObservation]:
    """Return what was seen at each place."""
    return {
        place: there
        for each in watched
        for place, there in each.observation.places.items()
        if isinstance(there, PlaceObservation)
    }


def with_policies(observations: FleetReport, ports: Ports) -> FleetReport:
    """Add the policy probes of each cluster that was seen, and why the others could not be probed."""
    probes: dict[str, tuple[PolicyProbe, ...]] = {}
    read_errors = dict(observations.read_errors)
    for cluster, places in places_to_probe(observations.certificates).items():
        try:
            with guard(f"probing the policy of {cluster}"):
                probes[cluster] = probe_cluster(places, ports)
        except (TransientError, PermanentError) as failure:
            read_errors[policy_source(cluster)] = str(failure)
    return replace(observations, policies=probes, read_errors=read_errors)


def probe_cluster(places: Iterable[Place], ports: Ports) -> tuple[PolicyProbe, ...]:
    """Try the places until we may change something at one: the policies are the same in all of them."""
    probes: tuple[PolicyProbe, ...] = ()
    for place in places:
        probes = ports.clusters.probe_policy(place.cluster, place.relay.workload, first_secret(place.relay))
        if any(probe.version is not None for probe in probes):
            break
    return probes


def first_secret(relay: Relay) -> str | None:
    """Return the first Secret that a relay reads; None if something else brings its files."""
    return next((serves.secret for serves in relay.serves if serves.secret is not None), None)


def places_to_probe(watched: Iterable[Assessment]) -> dict[str, list[Place]]:
    """Return the places that were seen in each cluster, each relay's once; those with a Secret come first."""
    seen = observed_places(watched)
    found: dict[str, list[Place]] = {}
    for place in sorted(seen, key=lambda each: seen[each].secret is None):
        found.setdefault(place.cluster, []).append(place)
    return found
