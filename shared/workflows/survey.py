"""Look at certificates on a person's behalf: wanted, stored and served. What cannot be read is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.report import FleetReport
from shared.domain.requests import Request
from shared.errors import Unforeseen
from shared.ports import Ports
from shared.suggestions import named
from shared.workflows.ask import under_way
from shared.workflows.heed import heeding
from shared.workflows.observe import observe, watch_one
from shared.workflows.silent import Silent


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What was seen, and what people have asked for that is not done yet; `unread` says why that is not known."""

    observations: FleetReport
    requests: tuple[Request, ...]
    unread: Mapping[str, str] = field(default_factory=dict)


def survey(ports: Ports) -> Surveyed:
    """Look at the whole estate."""
    return surveyed(observe(ports), ports)


def survey_one(name: str, ports: Ports) -> Surveyed:
    """Look at one certificate. Raises Unknown if the inventory has none of that name."""
    certificate = named("certificate", name, ports.inventory.certificates)
    ports = heeding(ports)
    watched = watch_one(certificate, Silent(), ports)
    return surveyed(FleetReport((watched,), pauses=ports.inventory.pauses), ports)


def surveyed(observations: FleetReport, ports: Ports) -> Surveyed:
    try:
        return Surveyed(observations, tuple(under_way(ports)))
    except Unforeseen as failure:
        return Surveyed(observations, (), {"requests": str(failure)})
