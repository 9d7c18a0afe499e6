"""Say where each client is accepted, and what the next tick would do for it or hold back. Nothing is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.domain.client_assessment import ClientAssessment, ClientFinding, assess_client
from shared.domain.findings import blocking
from shared.domain.object_ref import client_ref
from shared.domain.password_sharing import SharedPassword, shared_passwords
from shared.domain.pauses import Pause
from shared.domain.requests import Request, take_up_message
from shared.domain.serving.place_observation import ExpectedOffline
from shared.errors import PermanentError, TransientError
from shared.guard import guard
from shared.inventory.clients import Client
from shared.ports import Ports
from shared.workflows.lost_clients import loss_refusal
from shared.workflows.observe import Look
from shared.workflows.observe_client import observe_client
from shared.workflows.observe_clients import observe_clients
from shared.workflows.observe_fleet import full_look
from shared.workflows.requests import open_requests

ONLY_OBSERVED = ClientFinding("ObserveOnly", "it is only observed")


@dataclass(frozen=True, slots=True)
class PlannedClient:
    """What the next tick would do about a client; the fields are those of `Planned`."""

    client: str
    todo: tuple[ClientFinding, ...] = ()
    held: tuple[ClientFinding, ...] = ()
    would_do: tuple[ClientFinding, ...] = ()
    error: str = ""


def plan_clients(requests: Sequence[Request], loss: str | None, look: Look, ports: Ports) -> tuple[PlannedClient, ...]:
    """Observe every client of the inventory as a tick does, in a tick's order. `loss` forbids every change."""
    return tuple(plan_client(client, requests, loss, look, ports) for client in ports.inventory.clients_probes_last())


def plan_client(
    client: Client, requests: Sequence[Request], loss: str | None, look: Look, ports: Ports
) -> PlannedClient:
    try:
        with guard(f"planning for client {client.name}"):
            journal = ports.state.clients.read(client.name)
            return plan_assessed_client(assess_client(observe_client(client, journal, look, ports)), requests, loss)
    except (TransientError, PermanentError) as failure:
        return PlannedClient(client.name, error=str(failure))


def plan_assessed_client(assessment: ClientAssessment, requests: Sequence[Request], loss: str | None) -> PlannedClient:
    client, error = assessment.client, "; ".join(assessment.observation.read_errors.values())
    if client.mode == "observe":
        return PlannedClient(client.name, held=(ONLY_OBSERVED,), would_do=assessment.actions, error=error)
    mine = [each for each in requests if each.target == client_ref(client.name) and each.accepted is None]
    asked = [ClientFinding("Requested", take_up_message(each)) for each in mine]
    todo, held = (*asked, *assessment.actions), held_back(assessment)
    if (blocked := why_nothing(assessment, bool(asked), loss)) is not None:
        return PlannedClient(client.name, held=(blocked, *todo, *held), error=error)
    return PlannedClient(client.name, todo, held, error=error)


def held_back(assessment: ClientAssessment) -> tuple[ClientFinding, ...]:
    """Return what holds places back, or keeps them from being looked at."""
    found = []
    for place, assessed in assessment.places.items():
        if isinstance(assessed.there, ExpectedOffline):
            found.append(ClientFinding(assessed.there.reason, assessed.there.message, place))
        if assessed.hold is not None:
            found.append(ClientFinding(assessed.hold.reason, assessed.hold.message, place))
    return tuple(found)


def why_nothing(assessment: ClientAssessment, asked: bool, loss: str | None) -> ClientFinding | None:
    """Say why nothing at all would be done; None where something would."""
    observation = assessment.observation
    if loss is not None:
        return ClientFinding("ClientsLost", loss)
    target, attempt = client_ref(observation.client.name), observation.journal.attempt
    return blocking(target, observation.pauses, attempt, observation.at, asked=asked)


def loss_or_explain(ports: Ports) -> str | None:
    """Say that the inventory lost several clients, or that nobody can know: both keep every client from a change."""
    try:
        with guard("reading which clients the last watch knew"):
            return loss_refusal(ports)
    except (TransientError, PermanentError) as failure:
        return f"no client is changed until it is known again which clients the last watch knew: {failure}"


@dataclass(frozen=True, slots=True)
class ClientFleet:
    """Every client as one look found it, and what people have asked for that is not done yet.

    `shared` names, by ID, who has the same password; `loss` says that the inventory lost several clients; `read_errors`
    why something else is not known.
    """

    clients: Mapping[str, ClientAssessment]
    shared: Mapping[str, tuple[SharedPassword, ...]]
    pauses: tuple[Pause, ...]
    requests: tuple[Request, ...]
    loss: str | None
    read_errors: Mapping[str, str] = field(default_factory=dict)


def client_fleet(ports: Ports) -> ClientFleet:
    """Observe every client, also those that only clusters list: equal passwords are found in one look at all."""
    look, unread = full_look(ports)
    clients = {each.client.name: each for each in observe_clients(look, ports)}
    shared = shared_passwords(each.observation for each in clients.values())
    requests = tuple[Request, ...]()
    try:
        with guard("reading requests"):
            requests = tuple(open_requests(ports))
    except (TransientError, PermanentError) as failure:
        unread["requests"] = str(failure)
    return ClientFleet(clients, shared, look.pauses, requests, loss_or_explain(ports), unread)
