"""Relays: their clients, and which logins each replica took, by port and way."""

from collections.abc import Mapping
from datetime import datetime

from shared.api.handler import ApiRequest, Operation, PathParameter
from shared.api.http import HttpResponse, ProblemKind, json_response
from shared.api.parsing import WithReason
from shared.api.views import View
from shared.domain.alerting.notification import WatchJournal
from shared.domain.clients.login import LoginReason
from shared.domain.clients.login_journal import LoginJournal, LoginRecord, ReplicaLogins
from shared.domain.readiness import Readiness, first_and_count, relay_readiness
from shared.domain.sources import WATCH_SOURCE, logins_source
from shared.errors import PermanentError, TransientError
from shared.inventory.names import DNS_LABEL
from shared.inventory.relays import Relay
from shared.ports import Ports
from shared.suggestions import named
from shared.workflows.logins import resume_logins
from shared.workflows.watch import ALERTS


class LoginView(View):
    """The last login of a client in one way at one port of a replica; logins of an examination are not listed."""

    port: int
    """The port of the pods."""
    way: str
    """The mechanism, and whether it is used with or without initial response, such as `AUTH PLAIN with initial
    response`."""
    reason: LoginReason
    """`Accepted`: 235. `Refused`: 535, or another 5xx. `Tainted`: 435, the relay's own authenticator failed.
    `TemporarilyRefused`: another 4xx. `NotOffered`: the relay does not offer the mechanism. `NoTls`, `WrongServer`: the
    password was not offered, because there was no TLS, or another certificate than the expected. `BadChallenge`,
    `UnexpectedReply`: not as RFC 4954 has it. `NoAnswer`, `NoSession`: the connection ended, or there was none."""
    message: str
    version: str
    """The version in the vault of the password that was used."""
    at: datetime


class ReplicaLoginsView(View):
    """The logins of Relaykeeper at one replica."""

    replica: str
    """`CLUSTER/POD`, or `CLUSTER/Service NAME` where a Service hides the pods."""
    last: datetime
    """When the last login was, one of an examination included; the next is at least `login_interval` later."""
    logins: tuple[LoginView, ...]
    """The probe client's last one for each port and way, by port and way; a way that is missing was not tried yet."""


class StoppedLoginsView(View):
    """Why Relaykeeper tries no login at the relay."""

    at: datetime
    message: str


class RelayView(View):
    """A relay of the inventory, its clients, and the logins that Relaykeeper made there."""

    name: str
    ready: bool
    """The last watch found nothing wrong there: no alert fires at the relay. And logins are not stopped now."""
    message: str
    """Why it is not ready, or what the watch found, as one sentence: the first of several, and how many there are
    besides."""
    labels: Mapping[str, str]
    """From the inventory."""
    places: tuple[str, ...]
    """As `relay@cluster`, in the order of delivery."""
    clients: tuple[str, ...]
    """The IDs of the clients that it is to accept, its probe client among them."""
    probe_client: str | None
    """The client that proves by its logins that each replica has the newest files; null if there is none."""
    login_interval: int
    """Seconds between two logins at one replica."""
    refusals: int
    """Unexpected refusals (535) in a row."""
    stopped: StoppedLoginsView | None
    """Null if logins are tried. `POST /api/relays/{name}/resume-logins` lets them go on."""
    replicas: tuple[ReplicaLoginsView, ...]
    """By name; a replica without a login is missing."""
    errors: Mapping[str, str]
    """What could not be read (`logins at relay NAME`, `watch`: what the last watch found), and why; empty if everything
    could."""


class RelaysView(View):
    """Every relay of the inventory, in its order."""

    relays: tuple[RelayView, ...]


def list_relays(call: ApiRequest) -> HttpResponse:
    ports = call.ports()
    watched = read_watch(ports)
    views = tuple(relay_view(relay, watched, ports) for relay in ports.inventory.relays.values())
    return json_response(RelaysView(relays=views))


def show_relay(call: ApiRequest) -> HttpResponse:
    ports = call.ports()
    relay = named("relay", call.path["name"], ports.inventory.relays)
    return json_response(relay_view(relay, read_watch(ports), ports))


def resume_relay_logins(call: ApiRequest[WithReason]) -> HttpResponse:
    ports, name = call.ports(), call.path["name"]
    resume_logins(name, call.trigger, ports)
    return json_response(relay_view(ports.inventory.relays[name], read_watch(ports), ports))


def read_watch(ports: Ports) -> WatchJournal | TransientError | PermanentError:
    """Return what the last watch found, or why that cannot be read."""
    try:
        return ports.state.watch.read(ALERTS)
    except (TransientError, PermanentError) as failure:
        return failure


def relay_view(relay: Relay, watched: WatchJournal | TransientError | PermanentError, ports: Ports) -> RelayView:
    errors = {} if isinstance(watched, WatchJournal) else {WATCH_SOURCE: str(watched)}
    try:
        journal = ports.state.logins.read(relay.name)
    except (TransientError, PermanentError) as failure:
        journal, errors = LoginJournal(), {**errors, logins_source(relay.name): str(failure)}
    if isinstance(watched, WatchJournal) and not errors:
        readiness = relay_readiness(relay.name, journal, watched)
    else:
        readiness = Readiness(False, first_and_count(list(errors.values())))
    return RelayView(
        name=relay.name,
        ready=readiness.ready,
        message=readiness.message,
        labels=dict(relay.labels),
        places=tuple(map(str, ports.inventory.places_of(relay))),
        clients=tuple(client.name for client in ports.inventory.clients_of(relay.name)),
        probe_client=relay.probe_client,
        login_interval=int(relay.login_interval.total_seconds()),
        refusals=journal.refusals,
        stopped=StoppedLoginsView.model_validate(journal.stopped) if journal.stopped is not None else None,
        replicas=tuple(replica_logins_view(name, journal.replicas[name]) for name in sorted(journal.replicas)),
        errors=errors,
    )


def replica_logins_view(name: str, replica: ReplicaLogins) -> ReplicaLoginsView:
    logins = (login_view(way, replica.by_way[way]) for way in replica.by_way)
    in_order = sorted(logins, key=lambda login: (login.port, login.way))
    return ReplicaLoginsView(replica=name, last=replica.last, logins=tuple(in_order))


def login_view(port_and_way: str, record: LoginRecord) -> LoginView:
    """Return a record by its key in the journal, which `way_key` writes."""
    port, _, way = port_and_way.partition(" ")
    return LoginView(
        port=int(port), way=way, reason=record.reason, message=record.message, version=record.version, at=record.at
    )


RELAY_IN_PATH = PathParameter("A relay's name in the inventory.", DNS_LABEL)

RELAY_OPERATIONS = (
    Operation(
        id="list_relays",
        method="GET",
        path="relays",
        summary="Every relay, its clients, and which logins its replicas took",
        description="Reads storage only: the journals of logins, and what the last watch found. "
        "`GET /api/certificates` says what relays serve.",
        role="reader",
        run=list_relays,
        responses={200: RelaysView},
    ),
    Operation(
        id="show_relay",
        method="GET",
        path="relays/{name}",
        summary="A relay, its clients, and which logins its replicas took",
        description="Reads storage only: the journal of logins at this relay, and what the last watch found.",
        role="reader",
        run=show_relay,
        responses={200: RelayView},
        parameters={"name": RELAY_IN_PATH},
        problems=(ProblemKind.UNKNOWN,),
    ),
    Operation(
        id="resume_logins",
        method="POST",
        path="relays/{name}/resume-logins",
        summary="Let logins at a relay go on after three refusals stopped them",
        description="Find out first why the relay refused (535): three more refusals stop the logins again. The "
        "relay's clients are looked at again, 20 seconds apart. 409: logins are not stopped. 503: a worker logs in "
        "there at this moment.",
        role="operator",
        run=resume_relay_logins,
        body=WithReason,
        responses={200: RelayView},
        parameters={"name": RELAY_IN_PATH},
        problems=(ProblemKind.UNKNOWN, ProblemKind.REFUSED),
    ),
)
