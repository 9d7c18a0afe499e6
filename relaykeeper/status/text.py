"""What `status` prints: one section for each thing that an operator asks, one fact on each line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from relaykeeper.app.kinds import ALERTS, CERTIFICATES, CLIENTS, RELAYS, REQUESTS
from relaykeeper.failures import AppRefused
from relaykeeper.looking.records import as_record, what_happened
from relaykeeper.looking.tables import actor_name, severity_style, views_of
from relaykeeper.moments import minute_away, second, span
from relaykeeper.output import Cell, Style, fold, in_one_line, print_line
from relaykeeper.status.certificate import certificate_sections, places_of_relay
from relaykeeper.status.client import client_sections
from relaykeeper.status.next_steps import helping_commands, next_steps
from relaykeeper.status.situation import Situation
from shared.api.alerts import AlertView
from shared.api.health import HealthView
from shared.api.relays import RelayView
from shared.api.views import PauseView, RequestView
from shared.text import printable_line

TITLE = 12
"""Cells before a section's lines."""


@dataclass(frozen=True, slots=True)
class Section:
    """A title and its lines; a section without lines is not printed."""

    title: str
    lines: tuple[str, ...]
    style: Style = Style.PLAIN


def print_status(found: Situation, at: datetime) -> None:
    """Print everything about an object. Raises AppRefused if something of it has an unknown shape."""
    [view] = views_of(found.kind, [found.document])
    verdict = Cell("ready", Style.GOOD) if found.ready else Cell("NOT READY", Style.BAD)
    print_line([Cell(f"{found.reference}  "), verdict])
    print_line([Cell(printable_line(view.message))])
    print()
    for section in sections_of(found, view, at):
        for number, line in enumerate(section.lines):
            title = Cell((section.title if number == 0 else "").ljust(TITLE), section.style)
            first, *more = fold(" " * TITLE + in_one_line(line), TITLE + len(line) - len(line.lstrip(" ")) + 2)
            print_line([title, Cell(first[TITLE:])])
            for rest in more:
                print_line([Cell(rest)])


def status_document(found: Situation, at: datetime) -> Mapping[str, Any]:
    """Return the same as JSON: objects of the API, and our own sentences about what is next."""
    [view] = views_of(found.kind, [found.document])
    return {
        "object": found.reference,
        "ready": found.ready,
        found.kind.singular: found.document,
        "certificates": found.certificates,
        "requests": found.requests,
        "alerts": found.alerts,
        "history": found.history,
        "health": found.health,
        "not_read": found.not_read,
        "next": [*next_steps(view, health_of(found), at)],
        "commands": [*helping_commands(found.reference, view, health_of(found), at)],
    }


def sections_of(found: Situation, view: Any, at: datetime) -> Iterator[Section]:
    own: Mapping[str, Iterable[str]]
    if found.kind is CERTIFICATES:
        own = certificate_sections(view, at)
    elif found.kind is CLIENTS:
        own = client_sections(view, at)
    else:
        own = relay_sections(view, found, at)
    yield from (Section(title, tuple(lines)) for title, lines in own.items())
    if found.kind is not RELAYS:
        yield Section("PAUSES", tuple(pause_line(each, at) for each in view.pauses))
    yield Section("REQUESTS", tuple(request_line(each, at) for each in views_of(REQUESTS, found.requests)))
    alerts = views_of(ALERTS, found.alerts)
    style = severity_style(alerts[0]) if alerts else Style.PLAIN
    yield Section("ALERTS", tuple(alert_lines(alerts, at)), style)
    yield Section("HISTORY", tuple(history_line(each) for each in found.history))
    errors = {**view.errors, **found.not_read}
    yield Section("NOT READ", tuple(f"{source}: {why}" for source, why in errors.items()), Style.BAD)
    health = health_of(found)
    yield Section("APP", tuple(app_lines(health)))
    yield Section("NEXT", tuple(next_steps(view, health, at)))
    yield Section("TRY", tuple(helping_commands(found.reference, view, health, at)))


def relay_sections(relay: RelayView, found: Situation, at: datetime) -> Mapping[str, Iterable[str]]:
    return {
        "PLACES": [", ".join(relay.places) or "none"],
        "CLIENTS": [", ".join(relay.clients) or "none", f"probe client: {relay.probe_client or 'none'}"],
        "LOGINS": [*logins_lines(relay, at)],
        "SERVED": [*places_of_relay(relay.name, views_of(CERTIFICATES, found.certificates), at)],
    }


def logins_lines(relay: RelayView, at: datetime) -> Iterator[str]:
    if relay.stopped is not None:
        yield f"STOPPED at {minute_away(relay.stopped.at, at)}: {relay.stopped.message}"
    if relay.refusals:
        yield f"{relay.refusals} unexpected refusals (535) in a row"
    for replica in relay.replicas:
        yield f"{replica.replica}: last login {minute_away(replica.last, at)}"
        for each in replica.logins:
            yield f"  port {each.port}, {each.way}: {each.reason}, {minute_away(each.at, at)}: {each.message}"


def pause_line(pause: PauseView, at: datetime) -> str:
    return (
        f"{pause.scope} until {minute_away(pause.until, at)}, by {actor_name(pause.by)}: {pause.reason} "
        f"(pause {pause.id})"
    )


def request_line(request: RequestView, at: datetime) -> str:
    kind = f"{request.kind} by force" if request.force else request.kind
    return (
        f"{request.id}  {request.state}: {kind} by {actor_name(request.by)}, {minute_away(request.at, at)}, because: "
        f"{request.reason}" + (f". {request.message}" if request.message else "")
    )


def alert_lines(alerts: Iterable[AlertView], at: datetime) -> Iterator[str]:
    runbooks: dict[str, None] = {}
    for alert in alerts:
        told = ", ".join(each.route for each in alert.told) or "nobody yet"
        yield f"{alert.name} ({alert.severity}, {alert.state}) since {minute_away(alert.since, at)}; told: {told}"
        yield f"  {alert.message}"
        runbooks[alert.runbook] = None
    yield from (f"runbook: {each}" for each in runbooks)


def history_line(record: Mapping[str, Any]) -> str:
    read = as_record(record)
    return f"{second(read.at)}  {what_happened(read)}"


def health_of(found: Situation) -> HealthView | None:
    """Return the app's health; None if it could not be read. Raises AppRefused for another shape."""
    try:
        return None if found.health is None else HealthView.model_validate(found.health)
    except ValidationError:
        raise AppRefused("the app's health has another shape than this release knows") from None


def app_lines(health: HealthView | None) -> Iterator[str]:
    """Tell when the app last looked, and which of its parts do not work."""
    if health is None:
        return
    ages = (("tick", health.tick_age_seconds), ("watch", health.watch_age_seconds))
    yield "; ".join(
        f"the last {what} was {span(seconds)} ago" if seconds is not None else f"no {what} is known"
        for what, seconds in ages
    )
    yield from (f"{part.name} is {part.status}: {part.message}" for part in health.parts if part.status != "ok")
