"""A client: its password's version in the vault, and where it is accepted. Nothing made of a password is in it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from shared.api.client_place_view import ClientPlaceView, client_place_view
from shared.api.views import PauseView, RequestView, View
from shared.domain.client_assessment import ClientAssessment
from shared.domain.clients.password import PasswordReason
from shared.domain.object_ref import client_ref
from shared.domain.password_sharing import PasswordSharingReason
from shared.domain.pause_scopes import client_scopes
from shared.domain.pauses import within
from shared.domain.readiness import client_readiness
from shared.domain.requests import state_of
from shared.inventory import Inventory
from shared.workflows.client_plan import ClientFleet


class OwnerView(View):
    """Whose service it is."""

    team: str
    route: str | None
    """The route of the inventory for alerts about this client; null if there is none."""


class StoredPasswordView(View):
    """The newest version of its secret, which is enabled."""

    version: str
    begins: datetime
    """Since when it is valid: when it was stored, unless a later moment was set."""
    expires: datetime | None
    """When it expires; null if it does not."""
    made_by_relaykeeper: bool
    """It has the tag with which Relaykeeper marks a password that it made for this client."""
    handed_out: datetime | None
    """Since when a password that Relaykeeper made is the client's own: it is not used for logins from then on. Null
    before, and for a password that somebody else made."""


class PasswordFaultView(View):
    """Why a password may not work, or is not safe."""

    reason: PasswordReason | PasswordSharingReason
    """`PasswordWithLineBreak`, `PasswordWithControlCharacter`, `PasswordNotAscii`: it has characters that relays or
    clients may not take. `PasswordTooShort`: it can be guessed. `PasswordShared`: another client of the same vault has
    the same. `PasswordEqualElsewhere`: a client of another vault has the same."""
    message: str
    clients: tuple[str, ...]
    """The IDs of the clients that have the same password; empty unless it is shared."""


class ClientView(View):
    """A service that logs in to relays. If `errors` names its journal, members that come from it are empty or null."""

    id: str
    """In the inventory, or what Relaykeeper calls a client that only a SecretProviderClass lists."""
    ready: bool
    """There is a password, every place was found to accept its newest version, and nothing has failed. A place that is
    `offline_expected` counts as it was recorded last. Faults of the password itself are in `faults`."""
    message: str
    """Why it is not ready, what it waits for, or what proves it, as one sentence: the first of several, and how many
    there are besides."""
    labels: Mapping[str, str]
    """From the inventory; empty if it does not have the client."""
    declared: bool
    """The inventory has it. False: only a SecretProviderClass lists its secret (`relays.NAME.clients.from`)."""
    user: str
    """The name that it logs in with."""
    vault: str
    """The inventory's name for the vault that holds its password."""
    secret: str
    """The name of the secret there."""
    mode: Literal["manage", "observe"]
    """`manage`: its password is made if there is none, and its file written. `observe`: nothing of it is changed."""
    owner: OwnerView | None
    """Null if the inventory does not say."""
    probe_of: str | None
    """The relay whose probe client it is; null if it is none."""
    stored: StoredPasswordView | None
    """Null if the vault has no enabled version, or `errors` names the vault or the client."""
    faults: tuple[PasswordFaultView, ...]
    """What is wrong with the password itself; empty if nothing is, or it could not be read."""
    next_attempt: datetime | None
    """When work in progress continues; null if there is none: then the next tick looks."""
    waits_for: str | None
    """What that work waits for; null if it does not wait, or failed."""
    waits_since: datetime | None
    """Since when it has waited for something of that kind; null if it does not wait."""
    last_error: str | None
    """Why the last attempt ended early, unless a place has the reason; null if it did not."""
    places: tuple[ClientPlaceView, ...]
    """Where it is to be accepted, in the order of delivery."""
    pauses: tuple[PauseView, ...]
    """Those in force for it, or one of its places."""
    requests: tuple[RequestView, ...]
    """Open requests for it, the oldest first."""
    errors: Mapping[str, str]
    """What could not be read (`vault NAME`, `journal of client ID`, `requests`, or `client ID`: its password, or all of
    it), and why; empty if everything could."""


def client_view(assessment: ClientAssessment, fleet: ClientFleet, inventory: Inventory) -> ClientView:
    client, observation = assessment.client, assessment.observation
    attempt = observation.active_journal.attempt
    probed = (name for name in client.relays if inventory.relays[name].probe_client == client.name)
    requests = [each for each in fleet.requests if each.target == client_ref(client.name)]
    readiness = client_readiness(assessment)
    return ClientView(
        id=client.name,
        ready=readiness.ready,
        message=readiness.message,
        labels=dict(client.labels),
        declared=client.name in inventory.clients,
        user=client.user,
        vault=client.vault,
        secret=client.secret,
        mode=client.mode,
        owner=OwnerView.model_validate(client.owner) if client.owner is not None else None,
        probe_of=next(probed, None),
        stored=stored_password_view(assessment),
        faults=fault_views(assessment, fleet),
        next_attempt=attempt.next_attempt,
        waits_for=attempt.waiting_for,
        waits_since=attempt.waiting_since,
        last_error=attempt.error,
        places=tuple(client_place_view(place, assessment) for place in observation.places),
        pauses=tuple(map(PauseView.of, within(fleet.pauses, client_scopes(client, inventory)))),
        requests=tuple(RequestView.of(each, state_of(each, issuing=False)) for each in requests),
        errors={**observation.read_errors, **fleet.read_errors},
    )


def stored_password_view(assessment: ClientAssessment) -> StoredPasswordView | None:
    stored, made = assessment.observation.stored, assessment.observation.active_journal.made
    if stored is None:
        return None
    return StoredPasswordView(
        version=stored.version,
        begins=stored.begins,
        expires=stored.expires,
        made_by_relaykeeper=stored.made_for == assessment.client.name,
        handed_out=made.handed_out if made is not None and made.version == stored.version else None,
    )


def fault_views(assessment: ClientAssessment, fleet: ClientFleet) -> tuple[PasswordFaultView, ...]:
    stored = assessment.observation.stored
    faults = stored.faults if stored is not None else ()
    own = [PasswordFaultView(reason=each.reason, message=each.message, clients=()) for each in faults]
    shared = map(PasswordFaultView.model_validate, fleet.shared.get(assessment.client.name, ()))
    return (*own, *shared)
