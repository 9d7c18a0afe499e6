"""The columns of each kind of object: what an operator reads first, on one line."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from relaykeeper.app.kinds import ALERTS, CERTIFICATES, CLIENTS, PAUSES, RELAYS, REQUESTS, Kind
from relaykeeper.failures import AppRefused
from relaykeeper.moments import age, day_left, minute_away
from relaykeeper.output import NOTHING, Column, Style
from shared.api.alerts import AlertView
from shared.api.certificate_view import CertificateView
from shared.api.client_place_view import ClientPlaceView
from shared.api.client_view import ClientView
from shared.api.place_view import PlaceView
from shared.api.relays import RelayView
from shared.api.views import ActorView, PauseView, RequestView

SHORT = 8
"""Characters of a version, and twice as many of a thumbprint, that tell two of them apart."""

STATE_STYLES = {"done": Style.GOOD, "failed": Style.BAD, "held": Style.DOUBTFUL}


def short_version(version: str | None) -> str:
    return version[:SHORT] if version else NOTHING


def some(names: Sequence[str]) -> str:
    """Return the first of several names, and how many more there are: `mail.example.net+2`."""
    return NOTHING if not names else names[0] + (f"+{len(names) - 1}" if len(names) > 1 else "")


def actor_name(actor: ActorView) -> str:
    return actor.name or actor.id or actor.kind


def out_of(good: int, whole: int) -> str:
    return f"{good}/{whole}" if whole else NOTHING


def served_leaf_expiry(certificate: CertificateView) -> datetime | None:
    """Return the first expiry of what is served, or of what is stored where nothing is seen to be served."""
    served = [replica.expires for place in certificate.places for replica in place.replicas if replica.expires]
    return min(served, default=certificate.stored.expires if certificate.stored is not None else None)


def serves_stored(place: PlaceView, certificate: CertificateView) -> bool:
    """Say whether a place serves the newest version: as seen now, or as recorded if it is offline as expected."""
    if certificate.stored is None or place.wanted != certificate.stored.version:
        return False
    if place.state == "offline_expected":
        return place.verified_version == certificate.stored.version
    return place.state == "observed" and bool(place.replicas) and all(replica.ok for replica in place.replicas)


def accepts_newest(place: ClientPlaceView) -> bool:
    return place.accepted is not None and place.accepted.newest


def relays_of(places: Iterable[PlaceView | ClientPlaceView]) -> list[str]:
    return list(dict.fromkeys(place.place.partition("@")[0] for place in places))


def yes_or_no(ready: bool) -> str:
    return "yes" if ready else "no"


def ready_style(ready: bool) -> Style:
    return Style.GOOD if ready else Style.BAD


def certificate_columns(at: datetime) -> Sequence[Column[CertificateView]]:
    return (
        Column("NAME", lambda each: each.name),
        Column("WANTED", lambda each: some(each.wanted.dns_names)),
        Column("MODE", lambda each: each.wanted.mode, wide=True),
        Column("VAULT", lambda each: each.wanted.vault, wide=True),
        Column("ISSUER", lambda each: each.wanted.issuer, wide=True),
        Column("KEY", lambda each: each.wanted.key, wide=True),
        Column("RELAYS", lambda each: ",".join(relays_of(each.places)), wide=True),
        Column("STORED", lambda each: short_version(each.stored.version if each.stored else None)),
        Column("THUMBPRINT", lambda each: each.stored.thumbprint[: 2 * SHORT] if each.stored else NOTHING, wide=True),
        Column("SERVED", lambda each: out_of(sum(serves_stored(p, each) for p in each.places), len(each.places))),
        Column("EXPIRES", lambda each: day_left(served_leaf_expiry(each), at), aging=True),
        Column("READY", lambda each: yes_or_no(each.ready), lambda each: ready_style(each.ready)),
        Column("MESSAGE", lambda each: each.message),
    )


def client_columns(at: datetime) -> Sequence[Column[ClientView]]:
    return (
        Column("NAME", lambda each: each.id),
        Column("WANTED", lambda each: some(relays_of(each.places))),
        Column("USER", lambda each: each.user, wide=True),
        Column("MODE", lambda each: each.mode, wide=True),
        Column("VAULT", lambda each: each.vault, wide=True),
        Column("OWNER", lambda each: each.owner.team if each.owner is not None else NOTHING, wide=True),
        Column("STORED", lambda each: short_version(each.stored.version if each.stored else None)),
        Column("MOUNTED", mounted),
        Column("ACCEPTED", lambda each: out_of(sum(map(accepts_newest, each.places)), len(each.places))),
        Column("EXPIRES", lambda each: day_left(each.stored.expires if each.stored else None, at), aging=True),
        Column("READY", lambda each: yes_or_no(each.ready), lambda each: ready_style(each.ready)),
        Column("MESSAGE", lambda each: each.message),
    )


def mounted(client: ClientView) -> str:
    """Return how many pods mounted the newest version; nothing where no vault driver brings the files."""
    pods = [mount for place in client.places for mount in place.mounted]
    return out_of(sum(mount.newest for mount in pods), len(pods))


def relay_columns(at: datetime) -> Sequence[Column[RelayView]]:
    del at
    return (
        Column("NAME", lambda each: each.name),
        Column("PLACES", lambda each: str(len(each.places))),
        Column("CLUSTERS", lambda each: ",".join(place.partition("@")[2] for place in each.places), wide=True),
        Column("CLIENTS", lambda each: str(len(each.clients))),
        Column("PROBE", lambda each: each.probe_client or NOTHING, wide=True),
        Column("LOGINS", logins),
        Column("READY", lambda each: yes_or_no(each.ready), lambda each: ready_style(each.ready)),
        Column("MESSAGE", lambda each: each.message),
    )


def logins(relay: RelayView) -> str:
    """Return how many of the probe client's last logins were accepted, or that logins are stopped."""
    if relay.stopped is not None:
        return "stopped"
    last = [login for replica in relay.replicas for login in replica.logins]
    return out_of(sum(login.reason == "Accepted" for login in last), len(last))


def request_columns(at: datetime) -> Sequence[Column[RequestView]]:
    return (
        Column("NAME", lambda each: each.id),
        Column("KIND", lambda each: each.kind),
        Column("TARGET", lambda each: each.target),
        Column("STATE", lambda each: each.state, lambda each: STATE_STYLES.get(each.state, Style.PLAIN)),
        Column("AGE", lambda each: age(each.at, at), aging=True),
        Column("BY", lambda each: actor_name(each.by)),
        Column("REASON", lambda each: each.reason, wide=True),
        Column("CORRELATION", lambda each: each.correlation, wide=True),
        Column("MESSAGE", lambda each: each.message),
    )


def pause_columns(at: datetime) -> Sequence[Column[PauseView]]:
    return (
        Column("NAME", lambda each: each.id),
        Column("SCOPE", lambda each: each.scope),
        Column("UNTIL", lambda each: minute_away(each.until, at), aging=True),
        Column("BEGUN", lambda each: minute_away(each.at, at) if each.at else NOTHING, wide=True, aging=True),
        Column("BY", lambda each: actor_name(each.by)),
        Column("REASON", lambda each: each.reason),
    )


def severity_style(alert: AlertView) -> Style:
    return Style.BAD if alert.severity == "critical" else Style.DOUBTFUL


def alert_columns(at: datetime) -> Sequence[Column[AlertView]]:
    return (
        Column("NAME", lambda each: each.name),
        Column("SEVERITY", lambda each: each.severity, severity_style),
        Column("STATE", lambda each: each.state),
        Column("OBJECT", lambda each: each.object),
        Column("PLACE", lambda each: each.place or NOTHING),
        Column("AGE", lambda each: age(each.since, at), aging=True),
        Column("TOLD", lambda each: ",".join(told.route for told in each.told), wide=True),
        Column("RUNBOOK", lambda each: each.runbook, wide=True),
        Column("MESSAGE", lambda each: each.message),
    )


MODELS: dict[str, type[BaseModel]] = {
    CERTIFICATES.name: CertificateView,
    CLIENTS.name: ClientView,
    RELAYS.name: RelayView,
    REQUESTS.name: RequestView,
    PAUSES.name: PauseView,
    ALERTS.name: AlertView,
}

COLUMNS: dict[str, Callable[[datetime], Sequence[Column]]] = {  # type: ignore[type-arg] # each of its own model
    CERTIFICATES.name: certificate_columns,
    CLIENTS.name: client_columns,
    RELAYS.name: relay_columns,
    REQUESTS.name: request_columns,
    PAUSES.name: pause_columns,
    ALERTS.name: alert_columns,
}


def columns_of(kind: Kind, at: datetime, *, wide: bool) -> Sequence[Column[BaseModel]]:
    return tuple(each for each in COLUMNS[kind.name](at) if wide or not each.wide)


def views_of(kind: Kind, items: Iterable[Mapping[str, Any]]) -> Sequence[Any]:
    """Return objects of the API as its views. Raises AppRefused if they have another shape."""
    try:
        return tuple(map(MODELS[kind.name].model_validate, items))
    except ValidationError:
        raise AppRefused(
            f"the app's {kind.name} have another shape than this release knows: install the app's release of the "
            "command, or use -o json"
        ) from None
