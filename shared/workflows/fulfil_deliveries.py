"""A person's request to bring a client to accepted now: whether it can be done, that it was taken up, how it stands."""

from dataclasses import replace

from shared.domain.client_assessment import assess_client
from shared.domain.client_request_status import delivery_result
from shared.domain.clients.client_journal import ClientJournal
from shared.domain.pauses import pause_of
from shared.domain.request_status import RequestResult
from shared.domain.requests import Request
from shared.errors import LeaseTaken, NotAllowed, NotYet, PermanentError, TransientError
from shared.guard import guard
from shared.inventory.clients import Client
from shared.ports import Ports
from shared.suggestions import named
from shared.workflows.lease import Leased
from shared.workflows.lost_clients import loss_refusal
from shared.workflows.observe import Look
from shared.workflows.observe_client import observe_client
from shared.workflows.pauses import active_pauses
from shared.workflows.request_updates import A_MOMENT, completed, not_managed, taken_up, why_not_started
from shared.workflows.requests import require_mode_manage, submit


def submit_for_client(wanted: Request, ports: Ports) -> Request:
    """Put a request about a client into the queue, as `submit` does.

    Raises NotFound for a client that is not in the inventory; NotAllowed for one that is only observed, while it is
    paused, and while the inventory's loss of several clients is not confirmed.
    """
    client = named("client", wanted.target.name, ports.inventory.clients)
    require_mode_manage(client)
    if (pause := pause_of(wanted.target, active_pauses(ports))) is not None:
        raise NotAllowed(
            f"{client.name}: {pause.reason}, until {pause.until:%Y-%m-%d %H:%M:%S %Z}. End the pause first "
            f"(relaykeeper resume {pause.id})."
        )
    if (refused := loss_refusal(ports)) is not None:
        raise NotAllowed(refused)
    return submit(wanted, lambda request, _: request, ports)


def accept_delivery(held: Leased[ClientJournal], id_: str) -> None:
    """Record that a worker took the request up. Raises NotYet while another worker updates it."""
    try:
        with held.ports.state.requests.lease(id_) as hold:
            if hold.journal.accepted is None:
                hold.write(taken_up(hold.journal, held.ports.clock.now()))
    except LeaseTaken as taken:
        raise NotYet(f"another worker updates request {id_}", A_MOMENT) from taken


def evaluate_delivery(request: Request, client: Client | None, ports: Ports) -> Request:
    """Observe the client again and derive the request's status from where it is accepted."""
    now = ports.clock.now()
    if client is None or client.mode == "observe":
        return completed(request, not_managed(request, in_inventory=client is not None), now)
    if (refused := loss_refusal(ports)) is not None:
        return completed(request, RequestResult("held", refused), now)
    pauses, journals = active_pauses(ports), ports.state.clients
    if request.accepted is None:
        reason = why_not_started(request.target, lambda: journals.read(client.name).attempt, pauses, now)
        return completed(request, reason, now)
    journal = journals.read(client.name)
    if journal.attempt.is_waiting(now):
        return replace(request, status="open", message=journal.attempt.describe_wait())
    try:
        with guard(f"looking at {client.name} for request {request.id}"):
            observation = observe_client(client, journal, Look("quick", pauses), ports)
            return completed(request, delivery_result(assess_client(observation)), ports.clock.now())
    except (TransientError, PermanentError) as failure:
        return replace(request, status="open", message=str(failure))
