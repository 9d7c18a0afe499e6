"""What is wrong with an SMTP client: its secret, its password, its files at a place, and whether it is accepted."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from shared.domain.alerting.alert import (
    AT_ONCE,
    NEXT_TICK,
    NEXT_WATCH,
    NODE_UPGRADE,
    Alert,
    AlertName,
    Condition,
    Urgency,
    longest_rollout,
    longest_wait,
)
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.client_assessment import ClientAssessment, ClientPlaceAssessment
from shared.domain.client_observation import ClientObservation, ClientPlaceObservation
from shared.domain.client_steps import LeftToOthers, WriteFile
from shared.domain.clients.client_secret import ClientSecret, judge_client_secret
from shared.domain.object_ref import client_ref
from shared.domain.password_sharing import shared_passwords
from shared.domain.pauses import place_scopes, within
from shared.domain.report import FleetReport
from shared.domain.sources import client_journal_source, client_source, clients_source, vault_source
from shared.inventory import Inventory, Place
from shared.inventory.clients import Client


def client_conditions(report: FleetReport, inventory: Inventory, now: datetime) -> Iterator[Condition]:
    """Yield everything that is wrong with a client, of the inventory or listed by a cluster alone."""
    yield from secret_conditions(report, inventory, now)
    shared = shared_passwords(each.observation for each in report.clients)
    for assessed in report.clients:
        sources = password_sources(assessed, inventory)
        yield from unsound_password(assessed, sources, now)
        for each in shared.get(assessed.client.name, ()):
            alert = client_alert(
                assessed.client, "ClientPasswordShared", "warning", each.message, now, sources, each.reason, each.reason
            )
            yield Condition(alert, NEXT_WATCH)
        yield from journal_conditions(assessed.observation, now)
        for place, there in assessed.places.items():
            yield from place_conditions(assessed, place, there, inventory, now)


def secret_conditions(report: FleetReport, inventory: Inventory, now: datetime) -> Iterator[Condition]:
    for client, secret in unusable_secrets(report.entries, inventory, now):
        message = f"secret {client.vault}/{client.secret}: {secret.message}"
        depends_on = (vault_source(client.vault),)
        alert = client_alert(client, "ClientSecretUnusable", "critical", message, now, depends_on, secret.reason)
        yield Condition(alert, NEXT_WATCH)


def unusable_secrets(
    entries: Mapping[str, tuple[VaultEntry, ...]], inventory: Inventory, now: datetime
) -> Iterator[tuple[Client, ClientSecret]]:
    """Yield each client whose secret its vault, which was listed, does not have as an enabled and unexpired one."""
    for client in inventory.clients.values():
        if client.vault in entries:
            secret = judge_client_secret(client.secret, entries[client.vault], now)
            if not secret.usable:
                yield client, secret


def password_sources(assessed: ClientAssessment, inventory: Inventory) -> tuple[str, ...]:
    """Return what must be read before something about a password is over: who lists it too, if only clusters do."""
    client, listed_at = assessed.client, tuple[str, ...]()
    if client.name not in inventory.clients:
        listed_at = tuple(map(clients_source, inventory.client_places(client)))
    return vault_source(client.vault), client_source(client.name), *listed_at


def unsound_password(assessed: ClientAssessment, sources: tuple[str, ...], now: datetime) -> Iterator[Condition]:
    """What is wrong with the newest password: its characters, or its mark."""
    observation = assessed.observation
    found: list[tuple[str, str]] = [
        (fault.reason, f"{fault.message}. {store_another(assessed.client)}")
        for fault in (observation.stored.faults if observation.stored is not None else ())
    ]
    if (fault := observation.use_fault) is not None:
        found.append((fault.reason, fault.message))
    for reason, message in found:
        alert = client_alert(assessed.client, "ClientPasswordUnsound", "warning", message, now, sources, reason, reason)
        yield Condition(alert, NEXT_WATCH)


def store_another(client: Client) -> str:
    return f"Store another in {client.vault}/{client.secret}, and give it to the client"


def journal_conditions(observation: ClientObservation, now: datetime) -> Iterator[Condition]:
    """A managed client of which an attempt failed as a whole, or a delivery waits for too long."""
    journal, name = observation.active_journal, observation.client.name
    depends_on = (client_journal_source(name), client_source(name))
    if journal.attempt.error is not None:
        message = f"the last attempt to on-board it failed: {journal.attempt.error}"
        alert = client_alert(observation.client, "ClientNotAccepted", "warning", message, now, depends_on)
        yield Condition(alert, NODE_UPGRADE)


def place_conditions(
    assessed: ClientAssessment, place: Place, there: ClientPlaceAssessment, inventory: Inventory, now: datetime
) -> Iterator[Condition]:
    if isinstance(there.there, ClientPlaceObservation):
        if not there.there.missing_class:
            yield from outdated_files(assessed, place, there, inventory, now)
        yield from not_accepted(assessed.observation, place, there, now)


def outdated_files(
    assessed: ClientAssessment, place: Place, there: ClientPlaceAssessment, inventory: Inventory, now: datetime
) -> Iterator[Condition]:
    """The relay's files of a client are missing, or older than the newest password, for longer than they take.

    A file that we would write if the client were not only observed is no emergency: nobody may use it yet.
    """
    client, step = assessed.client, there.step
    match step:
        case WriteFile():
            longest = longest_rollout(place, inventory.client_places(client), place.relay.clients_pick_up)
            pending_for = longest if there.hold is None else None
        case LeftToOthers(reason="MountOutdated"):
            pending_for = place.relay.clients_pick_up
        case LeftToOthers(reason="MountMissing"):
            pending_for = max(NODE_UPGRADE, place.relay.clients_pick_up)
        case _:
            return
    missing = step.reason in ("ClientFileMissing", "MountMissing")
    message = f"{step.message}. The relay {'refuses it' if missing else 'does not take its newest password'}"
    how: Urgency = "critical" if missing else "warning"
    if isinstance(step, WriteFile) and client.mode == "observe":
        message, how = f"{message}, and nothing writes its file: it is only observed, see mode: manage", "warning"
    yield Condition(
        client_alert(
            client,
            "ClientFilesOutdated",
            how,
            message,
            now,
            (*at_place(client, place), vault_source(client.vault)),
            step.reason,
            place=place,
        ),
        pending_for,
    )


def at_place(client: Client, place: Place) -> tuple[str, ...]:
    return clients_source(place), client_source(client.name)


def not_accepted(
    observation: ClientObservation, place: Place, there: ClientPlaceAssessment, now: datetime
) -> Iterator[Condition]:
    """A managed client whose last attempt at a place failed, or whose delivery there waits for too long."""
    client, journal = observation.client, observation.active_journal
    depends_on = (*at_place(client, place), client_journal_source(client.name))
    found: tuple[str, timedelta | None] | None = None
    if (error := journal.at(str(place)).error) is not None:
        found = f"the last attempt there failed: {error}", NEXT_TICK
    elif (since := journal.attempt.waiting_since) is not None and journal.attempt.waiting_on == str(place):
        waits_for = journal.attempt.waiting_for or "it was not looked at since"
        excused = bool(within(observation.pauses, place_scopes(client_ref(client.name), place)))
        waited = now - since >= longest_wait(place.relay.clients_pick_up, requested=False) and not excused
        found = f"its delivery waits since {since:%Y-%m-%d %H:%M} UTC: {waits_for}", AT_ONCE if waited else None
    if found is not None:
        reason = there.step.reason if there.step is not None else ""
        alert = client_alert(client, "ClientNotAccepted", "warning", found[0], now, depends_on, reason, place=place)
        yield Condition(alert, found[1])


def client_alert(
    client: Client,
    name: AlertName,
    how: Urgency,
    message: str,
    now: datetime,
    depends_on: tuple[str, ...],
    reason: str = "",
    detail: str = "",
    place: Place | None = None,
) -> Alert:
    """Return an alert about a client, as a whole or at a place. The message names it and those whose it is."""
    owner = f" of {client.owner.team}" if client.owner is not None else ""
    where = f" at {place}" if place is not None else ""
    return Alert(
        name=name,
        urgency=how,
        message=f"client {client.name}{owner}{where}: {message}",
        since=now,
        object=client_ref(client.name),
        relay=place.relay.name if place is not None else "",
        cluster=place.cluster if place is not None else "",
        detail=detail,
        reason=reason,
        depends_on=depends_on,
    )
