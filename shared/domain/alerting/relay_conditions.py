"""Relays that accept mail without a login although the inventory says that they refuse it, or give no clear answer."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from shared.domain.alerting.alert import AT_ONCE, NODE_UPGRADE, Alert, AlertName, Condition, Urgency
from shared.domain.object_ref import ObjectRef
from shared.domain.report import FleetReport
from shared.domain.serving.open_relay import OpenRelayResult
from shared.domain.sources import open_relay_source
from shared.inventory import Place

REMEDY = (
    "Anybody can send mail through it. Keep strangers from the port, then let the relay accept recipients only from "
    "clients that logged in"
)


def relay_conditions(report: FleetReport, now: datetime) -> Iterator[Condition]:
    """Yield an alert for each place that accepts such mail, and one for each that leaves it open whether it does."""
    for place, offers in report.open_relay_results.items():
        if accepted := [offer for offer in offers if offer.verdict == "accepted"]:
            yield accepts_unauthenticated(place, accepted, now)
        if unknown := [offer for offer in offers if offer.verdict == "unknown"]:
            yield inconclusive(place, unknown[0], now)


def accepts_unauthenticated(place: Place, accepted: Sequence[OpenRelayResult], now: datetime) -> Condition:
    """It lasts until every replica has refused."""
    first = replica(accepted[0])
    others = sorted({replica(offer) for offer in accepted} - {first})
    more = f" (as do {', '.join(others)})" if others else ""
    message = f"{first} takes {mail(place)}: {accepted[0].message}{more}. {REMEDY}"
    depends_on = (open_relay_source(place),)
    return Condition(relay_alert(place, "AcceptsUnauthenticated", "critical", message, now, depends_on), AT_ONCE)


def inconclusive(place: Place, offer: OpenRelayResult, now: datetime) -> Condition:
    message = f"{replica(offer)} does not tell whether it takes {mail(place)}: {offer.message}"
    alert = relay_alert(place, "WatchBlind", "warning", message, now, detail="unauthenticated mail")
    return Condition(alert, NODE_UPGRADE)


def relay_alert(
    place: Place,
    name: AlertName,
    how: Urgency,
    message: str,
    now: datetime,
    depends_on: tuple[str, ...] = (),
    detail: str = "",
) -> Alert:
    """Return an alert about a relay in one of its clusters, whatever it serves."""
    return Alert(
        name=name,
        urgency=how,
        message=f"{place}: {message}",
        since=now,
        object=ObjectRef("relay", place.relay.name),
        relay=place.relay.name,
        cluster=place.cluster,
        detail=detail,
        depends_on=depends_on,
    )


def replica(offer: OpenRelayResult) -> str:
    return f"{offer.probe.pod} on port {offer.probe.port}"


def mail(place: Place) -> str:
    return f"mail for {place.relay.refuses_unauthenticated} without a login"
