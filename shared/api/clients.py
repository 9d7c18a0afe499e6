"""Clients: where each is accepted, and what people may request for them."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from shared.api.client_view import ClientView, client_view
from shared.api.handler import ApiRequest, Operation, PathParameter
from shared.api.http import HttpResponse, ProblemKind, json_response
from shared.api.parsing import WithReason
from shared.api.requests import follow
from shared.api.views import PauseView, RequestView, View
from shared.domain.client_assessment import ClientAssessment
from shared.domain.object_ref import client_ref
from shared.domain.requests import Request
from shared.inventory import Inventory
from shared.inventory.names import DNS_LABEL
from shared.suggestions import named
from shared.workflows.client_plan import ClientFleet, client_fleet
from shared.workflows.fulfil_deliveries import submit_for_client
from shared.workflows.lost_clients import confirm_removal
from shared.workflows.observe_clients import judgeable_client

ClientId = Annotated[str, Field(pattern=DNS_LABEL, max_length=63)]


class ClientsView(View):
    """Every client of the inventory, and those that only a SecretProviderClass lists."""

    clients: tuple[ClientView, ...]
    """In the inventory's order; then those that only a SecretProviderClass lists."""
    loss: str | None
    """That the inventory lost several clients at once, and which, or that this could not be read: until that is
    confirmed, or known, no client is changed. Null if it lost none."""
    pauses: tuple[PauseView, ...]
    """Every pause in force."""
    errors: Mapping[str, str]
    """What else could not be read (`pauses`, `requests`), and why; empty if everything could."""


class RemovalInput(WithReason):
    """Confirm that these clients left the inventory on purpose."""

    clients: Annotated[tuple[ClientId, ...], Field(min_length=1, max_length=1000, strict=False)]
    """Exactly the IDs that the inventory lost."""


class RemovalView(View):
    """The clients that were confirmed to have left. Relays accept them still: nothing of them was changed."""

    clients: tuple[str, ...]


def list_clients(call: ApiRequest) -> HttpResponse:
    ports = call.ports()
    fleet = client_fleet(ports)
    return json_response(
        ClientsView(
            clients=tuple(safe_client_view(each, fleet, ports.inventory) for each in fleet.clients.values()),
            loss=fleet.loss,
            pauses=tuple(map(PauseView.of, fleet.pauses)),
            errors=fleet.read_errors,
        )
    )


def show_client(call: ApiRequest) -> HttpResponse:
    ports = call.ports()
    fleet = client_fleet(ports)
    return json_response(safe_client_view(named("client", call.path["id"], fleet.clients), fleet, ports.inventory))


def safe_client_view(assessment: ClientAssessment, fleet: ClientFleet, inventory: Inventory) -> ClientView:
    """Return a client's view. If a bug prevents it, return the view of a client that was not observed."""
    judged = judgeable_client(assessment.observation, lambda one: client_view(one, fleet, inventory))
    return client_view(judged, fleet, inventory)


def deliver_client(call: ApiRequest[WithReason]) -> HttpResponse:
    ports = call.ports()
    wanted = Request(kind="delivery", target=client_ref(call.path["id"]), trigger=call.trigger)
    return follow(submit_for_client(wanted, ports), ports)


def confirm_client_removals(call: ApiRequest[RemovalInput]) -> HttpResponse:
    removed = confirm_removal(frozenset(call.body.clients), call.trigger, call.ports())
    return json_response(RemovalView(clients=removed))


ID_IN_PATH = PathParameter("A client's ID in the inventory.", DNS_LABEL)

CLIENT_OPERATIONS = (
    Operation(
        id="list_clients",
        method="GET",
        path="clients",
        summary="Every client: its password's version in the vault, and where it is accepted",
        description="Reads vaults and clusters now, which may take some seconds; no login is made. What cannot be read "
        "is listed in `errors`, beside what can. Nothing made of a password is returned, neither digest nor length.",
        role="reader",
        run=list_clients,
        responses={200: ClientsView},
    ),
    Operation(
        id="show_client",
        method="GET",
        path="clients/{id}",
        summary="A client: its password's version in the vault, and where it is accepted",
        description="Reads every client as the list does, because only a look at all of them shows who has the same "
        "password; no login is made.",
        role="reader",
        run=show_client,
        responses={200: ClientView},
        parameters={"id": ID_IN_PATH},
        problems=(ProblemKind.UNKNOWN,),
    ),
    Operation(
        id="deliver_client",
        method="POST",
        path="clients/{id}/deliver",
        summary="Process a client now, and bring it to accepted",
        description="Queues the client, as a tick does: its password is made if there is none, its file is written "
        "where it is missing or outdated, one cluster after the other, and a login or the relay's probe client proves "
        "it. Windows, freezes and the login interval hold as always. It ends as `done` once each place accepts the "
        "newest version, as `failed` if one does not. 409: the client is only observed or paused, the inventory lost "
        "several clients and nobody has confirmed it, or eight requests for it are open. 429: two hundred are open in "
        "all.",
        role="operator",
        run=deliver_client,
        body=WithReason,
        responses={202: RequestView},
        parameters={"id": ID_IN_PATH},
        problems=(ProblemKind.UNKNOWN, ProblemKind.REFUSED, ProblemKind.TOO_MANY),
    ),
    Operation(
        id="confirm_client_removals",
        method="POST",
        path="clients/removals",
        summary="Confirm that several clients left the inventory on purpose",
        description="While the inventory has lost several clients at once, no client is changed: it may be a mistake. "
        "`GET /api/clients` says in `loss` which. Their secrets and files stay as they are. 409: these are not exactly "
        "the ones that the inventory lost.",
        role="operator",
        run=confirm_client_removals,
        body=RemovalInput,
        responses={200: RemovalView},
        problems=(ProblemKind.REFUSED,),
    ),
)
