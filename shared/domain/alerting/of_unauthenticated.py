"""Relays that take mail without a login, though the inventory says that they refuse it, or do not tell."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from shared.domain.alerting.alert import Alert, AlertName, Condition
from shared.domain.alerting.life import Urgency
from shared.domain.alerting.observed import Observations, mail_at
from shared.domain.alerting.patience import A_NODE_UPGRADE
from shared.domain.unauthenticated import Offer
from shared.inventory import Place

WAY_OUT = (
    "Anybody can send mail through it. Keep strangers from the port, then let the relay accept recipients only from "
    "clients that logged in"
)


def of_offers(observations: Observations, now: datetime) -> Iterator[Condition]:
    """Yield an alert for each place that takes mail, and one for each that leaves it open whether it does."""
    for place, offers in observations.offers.items():
        if taken := [offer for offer in offers if offer.verdict == "accepted"]:
            yield accepting(place, taken, now)
        if untold := [offer for offer in offers if offer.verdict == "unknown"]:
            yield untelling(place, untold[0], now)


def accepting(place: Place, taken: Sequence[Offer], now: datetime) -> Condition:
    """It stays until each replica that is asked has refused."""
    others = {where(offer) for offer in taken} - {where(taken[0])}
    more = f" (as do {', '.join(sorted(others))})" if others else ""
    message = f"{where(taken[0])} takes {mail(place)}: {taken[0].words}{more}. {WAY_OUT}"
    alert = alert_at(place, "AcceptsUnauthenticated", "critical", message, now)
    return Condition(replace(alert, relies_on=(mail_at(place),)))


def untelling(place: Place, offer: Offer, now: datetime) -> Condition:
    message = f"{where(offer)} does not tell whether it takes {mail(place)}: {offer.words}"
    alert = alert_at(place, "WatchBlind", "warning", message, now)
    return Condition(replace(alert, subject="unauthenticated mail"), A_NODE_UPGRADE)


def alert_at(place: Place, name: AlertName, how: Urgency, message: str, now: datetime) -> Alert:
    return Alert(
        name=name,
        urgency=how,
        message=f"{place}: {message}",
        since=now,
        cluster=place.cluster,
        service=place.relay.name,
    )


def where(offer: Offer) -> str:
    return f"{offer.question.pod} on port {offer.question.port}"


def mail(place: Place) -> str:
    return f"mail for {place.relay.refuses_unauthenticated} without a login"
