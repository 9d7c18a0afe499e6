"""The sections of `status` about a client: its password's version, and where it is accepted."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from relaykeeper.looking.tables import SHORT, out_of, short_version
from relaykeeper.moments import day_left, minute_away
from relaykeeper.status.certificate import held_line
from shared.api.client_place_view import AcceptedView, ClientPlaceView
from shared.api.client_view import ClientView


def client_sections(client: ClientView, at: datetime) -> Mapping[str, Iterable[str]]:
    return {
        "WANTED": wanted_lines(client),
        "STORED": stored_lines(client, at),
        "PASSWORD": (f"{fault.reason}: {fault.message}" for fault in client.faults),
        "WORK": work_lines(client, at),
        "ACCEPTED": accepted_lines(client, at),
    }


def wanted_lines(client: ClientView) -> Iterator[str]:
    yield f"user {client.user}, secret {client.secret} in vault {client.vault}, mode {client.mode}"
    if client.owner is not None:
        route = f", alerts to route {client.owner.route}" if client.owner.route else ""
        yield f"owner: team {client.owner.team}{route}"
    if client.probe_of is not None:
        yield f"probe client of relay {client.probe_of}"
    if not client.declared:
        yield "the inventory does not have it: a SecretProviderClass lists its secret"


def stored_lines(client: ClientView, at: datetime) -> Iterator[str]:
    stored = client.stored
    if stored is None:
        yield "nothing is known to be in the vault"
        return
    made = "made by Relaykeeper" if stored.made_by_relaykeeper else "not made by Relaykeeper"
    yield f"version {stored.version}, {made}, valid since {minute_away(stored.begins, at)}"
    if stored.expires is not None:
        yield f"expires {day_left(stored.expires, at)}"
    if stored.handed_out is not None:
        yield f"the client's own since {minute_away(stored.handed_out, at)}: it is not used for logins since"


def work_lines(client: ClientView, at: datetime) -> Iterator[str]:
    if client.last_error is not None:
        yield f"the last attempt failed: {client.last_error}"
    if client.waits_for is not None:
        since = f" since {minute_away(client.waits_since, at)}" if client.waits_since is not None else ""
        yield f"it waits{since}: {client.waits_for}"


def accepted_lines(client: ClientView, at: datetime) -> Iterator[str]:
    if not client.places:
        yield "it is for no relay"
    for place in client.places:
        yield f"{place.place}: {accepted_words(place.accepted, at)}"
        yield from (f"  {line}" for line in place_lines(place, at))


def accepted_words(accepted: AcceptedView | None, at: datetime) -> str:
    if accepted is None:
        return "NOT accepted yet"
    which = "the newest" if accepted.newest else "NOT the newest"
    since = f", since {minute_away(accepted.at, at)}" if accepted.at is not None else ""
    return f"accepts version {accepted.version[:SHORT]}, {which}{since} ({accepted.reason}): {accepted.message}"


def place_lines(place: ClientPlaceView, at: datetime) -> Iterator[str]:
    if place.message:
        yield f"{place.reason}: {place.message}"
    if place.file is not None:
        has = ", ".join(map(short_version, place.file.versions)) or "of unknown versions"
        yield f"file in Secret {place.file.secret}: {has if place.file.present else 'missing'}"
        if place.file.message:
            yield f"  {place.file.fault}: {place.file.message}"
    if place.provider_class is not None:
        listed = {True: "lists it", False: "does NOT list it", None: "was not read"}[place.in_provider_class]
        newest = out_of(sum(mount.newest for mount in place.mounted), len(place.mounted))
        yield f"SecretProviderClass {place.provider_class} {listed}; pods that mounted the newest version: {newest}"
    yield from (f"list in Git: {each.path}; {each.message}" for each in place.in_git)
    if place.held is not None:
        yield held_line(place.held, at)
    if place.last_error is not None:
        yield f"the last delivery failed: {place.last_error}"
