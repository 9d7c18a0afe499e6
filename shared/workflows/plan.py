"""Say what the next tick would do, and what it would hold back and why. Nothing is changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.assessment import Assessment, Finding, assess, held_once_issued, status_findings
from shared.domain.findings import blocking
from shared.domain.issuing.due import Due, Waiting
from shared.domain.object_ref import certificate_ref
from shared.domain.report import FleetReport
from shared.domain.requests import Request, take_up_message
from shared.errors import PermanentError, TransientError, Unforeseen
from shared.guard import guard
from shared.inventory.relays import Certificate
from shared.ports import Ports
from shared.suggestions import named
from shared.workflows.client_plan import PlannedClient, loss_or_explain, plan_clients
from shared.workflows.issuing.issue import is_orphaned
from shared.workflows.observe import Look, observe
from shared.workflows.observe_fleet import assess_full, observe_fleet
from shared.workflows.pauses import active_pauses
from shared.workflows.requests import open_requests

CLEAR_AWAY = Finding("LeftTheInventory", "clear away what its issuance left behind: it is no longer in the inventory")

ONLY_OBSERVED = Finding("ObserveOnly", "it is only observed")


@dataclass(frozen=True, slots=True)
class Planned:
    """What the next tick would do about a certificate.

    `verdict`: why it is due, or that it is not. `todo`: what would be done. `held`: what is not done now, and why.
    `would_do`: what would be done if it were managed and not only observed. `error`: why it, or a part of it, could not
    be observed.
    """

    certificate: str
    verdict: str = ""
    todo: tuple[Finding, ...] = ()
    held: tuple[Finding, ...] = ()
    would_do: tuple[Finding, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next tick would do about certificates and clients.

    `loss` says that the inventory lost several clients at once, or that this is not known: then no client is changed.
    """

    certificates: tuple[Planned, ...]
    clients: tuple[PlannedClient, ...]
    loss: str | None


def plan(ports: Ports) -> Plan:
    """Observe every certificate and client quickly, as a tick does, under the pauses in force."""
    look, requests, loss = Look("quick", active_pauses(ports)), open_requests(ports), loss_or_explain(ports)
    planned = [plan_one(certificate, requests, look, ports) for certificate in ports.inventory.certificates.values()]
    return Plan((*planned, *plan_orphans(ports)), plan_clients(requests, loss, look, ports), loss)


def plan_one(certificate: Certificate, requests: list[Request], look: Look, ports: Ports) -> Planned:
    try:
        with guard(f"planning for {certificate.name}"):
            journal = ports.state.certificates.read(certificate.name)
            return plan_assessed(assess(observe(certificate, journal, look, ports)), requests, ports)
    except (TransientError, PermanentError) as failure:
        return Planned(certificate.name, error=str(failure))


def plan_assessed(assessment: Assessment, requests: list[Request], ports: Ports) -> Planned:
    name, verdict = assessment.certificate.name, assessment.verdict
    work, error = assessment.actions, "; ".join(assessment.observation.read_errors.values())
    if assessment.certificate.mode == "observe":
        return Planned(name, verdict.message, held=(ONLY_OBSERVED,), would_do=work, error=error)
    if assessment.refusal is not None:
        refusal = Finding("OwnedByAnotherTool", assessment.refusal)
        return Planned(name, verdict.message, held=(refusal,), error=error)
    target = certificate_ref(name)
    asked = [
        Finding("Requested", take_up_message(each))
        for each in requests
        if each.target == target and each.accepted is None
    ]
    todo, held = (*asked, *work), [*status_findings(assessment)]
    if isinstance(verdict, Waiting):
        held.append(Finding(verdict.reason, verdict.message))
    if isinstance(verdict, Due):
        held += held_once_issued(assessment, ports.inventory.places(name))
    observation = assessment.observation
    waits = blocking(target, observation.pauses, observation.journal.attempt, observation.at, asked=bool(asked))
    if waits is not None:
        return Planned(name, verdict.message, held=(waits, *todo, *held), error=error)
    return Planned(name, verdict.message, todo, tuple(held), error=error)


def plan_orphans(ports: Ports) -> list[Planned]:
    """Return what is to be cleared away of certificates that left the inventory while they were being issued."""
    planned = []
    for name in ports.state.certificates.names():
        try:
            with guard(f"planning for {name}"):
                if is_orphaned(name, ports):
                    planned.append(Planned(name, todo=(CLEAR_AWAY,)))
        except (TransientError, PermanentError) as failure:
            planned.append(Planned(name, error=str(failure)))
    return planned


@dataclass(frozen=True, slots=True)
class FleetView:
    """What was seen, and what people have asked for that is not done yet; `read_errors` says why that is not known."""

    observations: FleetReport
    requests: tuple[Request, ...]
    read_errors: Mapping[str, str] = field(default_factory=dict)


def fleet_status(ports: Ports) -> FleetView:
    """Observe the whole fleet."""
    return with_requests(observe_fleet(ports), ports)


def certificate_status(name: str, ports: Ports) -> FleetView:
    """Look at one certificate. Raises NotFound if the inventory has none of that name."""
    certificate = named("certificate", name, ports.inventory.certificates)
    look = Look("full", active_pauses(ports))
    report = FleetReport((assess_full(certificate, look, ports),), pauses=look.pauses)
    return with_requests(report, ports)


def with_requests(observations: FleetReport, ports: Ports) -> FleetView:
    try:
        return FleetView(observations, tuple(open_requests(ports)))
    except Unforeseen as failure:
        return FleetView(observations, (), {"requests": str(failure)})
