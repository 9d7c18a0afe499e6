"""What is wrong with the clients of a relay as a whole: logins, names that nobody declared, mounts, AUTH in clear."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from shared.domain.alerting.alert import AT_ONCE, NEXT_WATCH, NODE_UPGRADE, Condition, Urgency
from shared.domain.alerting.relay_conditions import relay_alert
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.client_observation import AnyClientPlaceObservation, ClientPlaceObservation
from shared.domain.clients.client_secret import judge_client_secret, same_name
from shared.domain.clients.plaintext import PlaintextResult
from shared.domain.probe_logins import LoginFaultReason, login_faults, replica_names, version_to_prove
from shared.domain.report import FleetReport
from shared.domain.serving.place_observation import ProviderObject, Unreachable
from shared.domain.sources import (
    client_source,
    clients_source,
    logins_source,
    place_logins_source,
    plaintext_source,
    vault_source,
)
from shared.domain.undeclared_names import undeclared_files, undeclared_objects
from shared.inventory import Inventory, Place

MOST_NAMES = 20
"""Names at one place that alert one by one."""

FAULTS: Mapping[LoginFaultReason, tuple[Urgency, timedelta]] = {
    "RefusedAgain": ("critical", AT_ONCE),
    "RefusedOnce": ("warning", NEXT_WATCH),
    "RefusedOneWay": ("warning", NODE_UPGRADE),
    "NoWayWorks": ("critical", NEXT_WATCH),
    "NotProven": ("warning", NODE_UPGRADE),
}
"""How urgent each fault is, and how long it must last."""


def login_conditions(report: FleetReport, inventory: Inventory, now: datetime) -> Iterator[Condition]:
    """Yield everything that is wrong at a relay with what its clients log in with."""
    unreachable = {
        place
        for each in report.certificates
        for place, there in each.observation.places.items()
        if isinstance(there, Unreachable)
    }
    for place, there in report.client_places.items():
        if isinstance(there, Unreachable) and place not in unreachable:
            yield Condition(
                relay_alert(place, "WatchBlind", "warning", there.message, now, detail="clients"), NEXT_WATCH
            )
        yield from undeclared(place, there, inventory, now)
        if isinstance(there, ClientPlaceObservation):
            yield from refused_probe_client(place, there, report, now)
            yield from blocked_mount(place, there, report.entries, inventory, now)
    yield from stopped_logins(report, now)
    for place, results in report.plaintext_results.items():
        yield from auth_in_clear(place, results, now)


def refused_probe_client(
    place: Place, there: ClientPlaceObservation, report: FleetReport, now: datetime
) -> Iterator[Condition]:
    """Replicas that do not take the relay's probe client."""
    probe = next((each for each in report.clients if each.client.name == place.relay.probe_client), None)
    logins = report.logins.get(place.relay.name)
    proves = version_to_prove(probe, place) if probe is not None else None
    if probe is None or logins is None or proves is None:
        return
    depends_on = (
        clients_source(place),
        place_logins_source(place),
        logins_source(place.relay.name),
        client_source(probe.client.name),
    )
    for fault in login_faults(place, replica_names(place, there), proves, logins):
        how, pending_for = FAULTS[fault.reason]
        message = (
            f"{fault.replica.partition('/')[2]} does not take the probe client {probe.client.name}: {fault.message}"
        )
        alert = relay_alert(place, "ProbeClientRefused", how, message, now, depends_on, fault.replica)
        yield Condition(replace(alert, reason=fault.reason), pending_for)


def stopped_logins(report: FleetReport, now: datetime) -> Iterator[Condition]:
    """Relays at which no login is tried any more, at the first of their places."""
    first = {place.relay.name: place for place in reversed(tuple(report.client_places))}
    for relay, journal in report.logins.items():
        if journal.stopped is not None and relay in first:
            message = (
                f"no login is tried at relay {relay} since {journal.stopped.at:%Y-%m-%d %H:%M} UTC: "
                f"{journal.stopped.message}. Nothing proves that it takes logins until a person lets them go "
                f"on: find out why they were refused, then: relaykeeper resume-logins {relay}"
            )
            alert = relay_alert(first[relay], "LoginsStopped", "critical", message, now, (logins_source(relay),))
            yield Condition(replace(alert, cluster="", message=message), AT_ONCE)


def undeclared(
    place: Place, there: AnyClientPlaceObservation, inventory: Inventory, now: datetime
) -> Iterator[Condition]:
    """Names by which the relay knows clients, and which nobody declared.

    What `from` lists is declared by that, and watched, unless it is not known in which vault its password is.
    """
    source = place.relay.clients.source
    names = [(file, f"Secret {place.relay.clients.secret}") for file in undeclared_files(place, there, inventory)]
    if source is not None and inventory.clients_vault(place.relay) is None:
        listed = undeclared_objects(place, there, inventory)
        names += [(each.name, f"SecretProviderClass {source.secretproviderclass}") for each in listed]
    for name, place_of_name in islice(names, MOST_NAMES):
        message = (
            f"{place_of_name} has {name}, which is no client of the inventory for this relay: it is new, or left the "
            "inventory, and may log in all the same"
        )
        yield undeclared_condition(place, message, name, now)
    if len(names) > MOST_NAMES:
        message = f"{len(names) - MOST_NAMES} further names are no clients of the inventory"
        yield undeclared_condition(place, message, "others", now)


def undeclared_condition(place: Place, message: str, name: str, now: datetime) -> Condition:
    depends_on = (clients_source(place),)
    return Condition(relay_alert(place, "ClientUndeclared", "warning", message, now, depends_on, name), NODE_UPGRADE)


def blocked_mount(
    place: Place,
    there: ClientPlaceObservation,
    entries: Mapping[str, tuple[VaultEntry, ...]],
    inventory: Inventory,
    now: datetime,
) -> Iterator[Condition]:
    """A SecretProviderClass that does not exist; or pods that are not Ready while the vault lacks an object that it
    lists: nothing is mounted into a pod while one is missing."""
    unready = [pod.name for pod in there.workload.pods if not pod.ready]
    missing = missing_objects(place, there, entries, inventory, now)
    depends_on = (clients_source(place), *sorted(map(vault_source, missing)))
    how: Urgency = "critical" if unready else "warning"
    if there.missing_class:
        message = f"{there.missing_class}. A pod that mounts it cannot start"
        yield Condition(relay_alert(place, "ClientMountBlocked", how, message, now, depends_on), NEXT_WATCH)
    elif unready and missing:
        message = (
            f"{', '.join(unready)} cannot start: the SecretProviderClass lists {' and '.join(missing.values())}, and "
            "nothing is mounted while one object is missing. Store, enable or recover it, or take it out of the list"
        )
        yield Condition(relay_alert(place, "ClientMountBlocked", how, message, now, depends_on), NEXT_WATCH)


def missing_objects(
    place: Place,
    there: ClientPlaceObservation,
    entries: Mapping[str, tuple[VaultEntry, ...]],
    inventory: Inventory,
    now: datetime,
) -> Mapping[str, str]:
    """Return, by vault, which listed objects a vault that was read does not have."""
    vaults = {client.secret.lower(): client.vault for client in inventory.clients_of(place.relay.name)}
    found = dict[str, list[str]]()
    for each in there.listed or ():
        vault = vaults.get(each.name.lower()) or inventory.clients_vault(place.relay)
        if vault is not None and vault in entries and vault_lacks(each, entries[vault], now):
            found.setdefault(vault, []).append(each.name if each.kind == "secret" else f"{each.kind} {each.name}")
    return {vault: f"{shortened(names)}, which vault {vault} lacks" for vault, names in found.items()}


def vault_lacks(listed: ProviderObject, entries: Sequence[VaultEntry], now: datetime) -> bool:
    """Say whether a vault does not have a listed object. Of a key it is not known: keys are not listed."""
    match listed.kind:
        case "secret":
            return judge_client_secret(listed.name, entries, now).reason == "SecretUnavailable"
        case "cert":
            return not any(each.kind == "certificate" and same_name(each.name, listed.name) for each in entries)
    return False


def shortened(names: Sequence[str]) -> str:
    """Name the first of many."""
    shown = ", ".join(names[:MOST_NAMES])
    return shown if len(names) <= MOST_NAMES else f"{shown} and {len(names) - MOST_NAMES} more"


def auth_in_clear(place: Place, results: tuple[PlaintextResult, ...], now: datetime) -> Iterator[Condition]:
    """Replicas that offer a login before TLS, or take one."""
    taking = [each for each in results if each.taken]
    offering = [each for each in results if each.offered and not each.taken]
    if not taking and not offering:
        return
    parts = [f"{where(taking)} takes a login"] if taking else []
    parts += [f"{where(offering)} offers AUTH"] if offering else []
    message = f"{'; '.join(parts)} before TLS: clients may send their passwords in clear. Offer AUTH in TLS alone"
    how: Urgency = "critical" if taking else "warning"
    yield Condition(relay_alert(place, "AuthInClear", how, message, now, (plaintext_source(place),)), AT_ONCE)


def where(results: list[PlaintextResult]) -> str:
    return ", ".join(dict.fromkeys(f"{each.probe.pod} on port {each.probe.port}" for each in results))
