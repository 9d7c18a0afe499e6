"""Look at certificates on a person's behalf: wanted, stored and served. What cannot be read is said."""

from dataclasses import dataclass

from shared.domain.alerting.observed import Observations, Watched
from shared.domain.near import near
from shared.domain.pauses import Pause
from shared.domain.requests import Request
from shared.errors import Unknown
from shared.ports import Ports
from shared.workflows.ask import under_way
from shared.workflows.heed import heeding
from shared.workflows.observe import PAUSES_UNREAD, Silent, observe, watch_one
from shared.workflows.pauses import in_force


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What was seen, what is paused, and what people have asked for that is not done yet."""

    observations: Observations
    pauses: tuple[Pause, ...]
    requests: tuple[Request, ...]


def survey(ports: Ports) -> Surveyed:
    """Look at the whole estate."""
    observations = observe(ports)
    pauses = () if PAUSES_UNREAD in observations.blind else in_force(ports)
    return Surveyed(observations, pauses, tuple(under_way(ports)))


def survey_one(name: str, ports: Ports) -> Surveyed:
    """Look at one certificate. Raises Unknown if the inventory has none of that name."""
    certificates = ports.inventory.certificates
    if (certificate := certificates.get(name)) is None:
        raise Unknown(f"the inventory has no certificate {name!r}.", near(name, certificates))
    watched: Watched = watch_one(certificate, Silent(), heeding(ports))
    return Surveyed(Observations((watched,)), in_force(ports), tuple(under_way(ports)))
