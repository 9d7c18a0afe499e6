"""Relays that accept mail without a login although the inventory says that they refuse it, or give no clear answer."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from shared.domain.alerting.alert import AT_ONCE, NODE_UPGRADE, Alert, Condition
from shared.domain.report import FleetReport, open_relay_source
from shared.domain.serving.open_relay import OpenRelayResult
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
    alert = Alert(
        name="AcceptsUnauthenticated",
        urgency="critical",
        message=f"{place}: {first} takes {mail(place)}: {accepted[0].message}{more}. {REMEDY}",
        since=now,
        cluster=place.cluster,
        service=place.relay.name,
        depends_on=(open_relay_source(place),),
    )
    return Condition(alert, AT_ONCE)


def inconclusive(place: Place, offer: OpenRelayResult, now: datetime) -> Condition:
    alert = Alert(
        name="WatchBlind",
        urgency="warning",
        message=f"{place}: {replica(offer)} does not tell whether it takes {mail(place)}: {offer.message}",
        since=now,
        cluster=place.cluster,
        service=place.relay.name,
        detail="unauthenticated mail",
    )
    return Condition(alert, NODE_UPGRADE)


def replica(offer: OpenRelayResult) -> str:
    return f"{offer.probe.pod} on port {offer.probe.port}"


def mail(place: Place) -> str:
    return f"mail for {place.relay.refuses_unauthenticated} without a login"
