"""What could not be read: while it cannot, nobody knows what is wrong there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.alerting.alert import Alert, Condition
from shared.domain.alerting.life import lateness_of, stage
from shared.domain.alerting.observed import Observations
from shared.domain.alerting.patience import A_BLINK, A_NODE_UPGRADE
from shared.domain.alerting.sights import CertificateSight, LeafSight, PlaceSight, Sights
from shared.domain.alerting.spot import Spot, spot_at
from shared.domain.places import Answer, PlaceSeen, Unreachable
from shared.domain.served import turned_away, when_turned_away
from shared.inventory import Place


def of_blindness(observations: Observations, sights: Sights, now: datetime) -> Iterator[Condition]:
    """Yield an alert for each vault, journal, certificate and place; `sights` are those of the watch before."""
    blind = dict[str, str]()
    for watched in observations.watched:
        blind |= watched.blind
        for place, there in watched.seen.places.items():
            if isinstance(there, Unreachable):
                yield out_of_sight(spot_at(watched, place, there, now), there.reason, sights, A_BLINK)
            elif isinstance(there, PlaceSeen) and (away := turned_away(there.answers)):
                yield out_of_sight(
                    spot_at(watched, place, there, now), not_talking(place, away[0]), sights, A_NODE_UPGRADE
                )
    for subject, reason in {**blind, **observations.blind}.items():
        alert = Alert(name="WatchBlind", urgency="warning", message=reason, since=now, subject=subject)
        yield Condition(alert, A_BLINK)


def not_talking(place: Place, answer: Answer) -> str:
    namespace = place.relay.workload.namespace
    advice = when_turned_away(answer, f"kubectl --context {place.cluster} -n {namespace}")
    return f"{answer.question.pod} on port {answer.question.port}: {answer.failure}. {advice}"


def out_of_sight(spot: Spot, reason: str, sights: Sights, patience: timedelta) -> Condition:
    """Return the alert for a place, as urgent as the life left of what it served when it was last seen."""
    last = min(served_last(spot, sights), key=lambda leaf: leaf.not_after, default=None)
    how, served = None, ""
    if last is not None:
        how = stage(lateness_of(last.due, last.not_after, spot.now))
        served = f". When last seen it served a certificate that ends {last.not_after:%Y-%m-%d %H:%M} UTC"
    unseen = spot.condition("WatchBlind", f"{reason}{served}", patience, how)
    return replace(unseen, alert=replace(unseen.alert, certificate="", relies_on=()))


def served_last(spot: Spot, sights: Sights) -> tuple[LeafSight, ...]:
    certificate = sights.certificates.get(spot.watched.certificate.name, CertificateSight())
    return tuple(certificate.places.get(str(spot.place), PlaceSight("unreachable")).replicas.values())
