"""One place of a certificate as it is at one moment, and how a condition there is put into words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.alerting.alert import Alert, AlertName, Condition
from shared.domain.alerting.life import Urgency, urgency
from shared.domain.alerting.observed import Watched, seen_at, served_at, served_leaves
from shared.domain.certificates import Leaf
from shared.domain.places import PlaceSeen, Resting, Unreachable
from shared.inventory import Place

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something may be wrong. `served` are the leaves that are presented there."""

    watched: Watched
    place: Place
    served: tuple[Leaf, ...]
    now: datetime

    @property
    def urgency(self) -> Urgency:
        """How urgent any fault here is: as the life left of what is served demands, of what is stored if nothing is."""
        return urgency(self.served or self.watched.stored_leaves, self.now)

    @property
    def served_there(self) -> str:
        """Name what is presented here as `relies_on` does."""
        return served_at(self.watched.certificate, self.place)

    def condition(
        self,
        name: AlertName,
        message: str,
        patience: timedelta | None = NO_TIME,
        how: Urgency | None = None,
        relies_on: tuple[str, ...] = (),
    ) -> Condition:
        """Return a condition that only another look at this place, and at what else it relies on, can end."""
        certificate = self.watched.certificate
        alert = Alert(
            name=name,
            urgency=how or self.urgency,
            message=f"{certificate.name} at {self.place}: {message}",
            since=self.now,
            cluster=self.place.cluster,
            service=self.place.relay.name,
            certificate=certificate.name,
            relies_on=(seen_at(certificate, self.place), *relies_on),
        )
        return Condition(alert, patience)


def spot_at(watched: Watched, place: Place, there: PlaceSeen | Resting | Unreachable, now: datetime) -> Spot:
    return Spot(watched, place, served_leaves(there) if isinstance(there, PlaceSeen) else (), now)
