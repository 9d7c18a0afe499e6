"""Examples for the OpenAPI document: a client that one cluster accepts and the other does not yet, and its relay."""

from datetime import UTC, datetime, timedelta

from shared.api.client_place_view import HOW_TO_CHECK, AcceptedView, ClientFileView, ClientPlaceView, GitListView
from shared.api.client_view import ClientView, OwnerView, PasswordFaultView, StoredPasswordView
from shared.api.clients import ClientsView, RemovalView
from shared.api.place_view import HeldView
from shared.api.plan import ClientFindingView, PlannedClientView
from shared.api.relay_checks import RelayChecksView, RelayCheckView
from shared.api.relays import LoginView, RelaysView, RelayView, ReplicaLoginsView, StoppedLoginsView
from shared.domain.clients.relay_checks import REMEDIES

CLIENT_ID = "pcol-prod"
LOGIN_AT = datetime(2026, 11, 22, 11, 30, tzinfo=UTC)
PASSWORD_VERSION = "5d2f1c0b9a7e4f6d8c5b4a3928170615"  # noqa: S105 a version's name
PROBE_VERSION = "6e2f1c0b9a7e4f6d8c5b4a3928170615"

LISTED = GitListView(
    path="apps/mailrelay/prod/values.yaml",
    keys=("spec", "values", "authKeyVaultSecrets"),
    state="unknown",
    message=HOW_TO_CHECK,
)
ACCEPTED = ClientPlaceView(
    place="prod@ss-prod-00",
    state="observed",
    in_git=(LISTED,),
    provider_class=None,
    in_provider_class=None,
    mounted=(),
    file=ClientFileView(
        secret="mailrelay/relay-clients",  # noqa: S106 its name
        present=True,
        versions=(PASSWORD_VERSION,),
        fault=None,
        message="",
    ),
    accepted=AcceptedView(
        version=PASSWORD_VERSION,
        newest=True,
        reason="AcceptedByProbe",
        message="accepted by every replica, of which there are 2, since 2026-11-22 11:30:00 UTC",
        replicas=2,
        one_of=False,
        at=LOGIN_AT,
    ),
    reason=None,
    message="",
    held=None,
    last_error=None,
)
MISSING_FILE = "the clients' Secret does not have its file"
CLIENT_WINDOW = "held until 2026-11-23 01:00 UTC (window 01:00-05:00 UTC)"
TO_WRITE = ACCEPTED.model_copy(
    update={
        "place": "prod@ss-prod-01",
        "file": ClientFileView(
            secret="mailrelay/relay-clients",  # noqa: S106 its name
            present=False,
            versions=(),
            fault="ClientFileMissing",
            message=MISSING_FILE,
        ),
        "accepted": None,
        "reason": "ClientFileMissing",
        "message": MISSING_FILE,
        "held": HeldView(reason="HeldByWindow", message=CLIENT_WINDOW, until=LOGIN_AT + timedelta(hours=13.5)),
    }
)
CLIENT = ClientView(
    id=CLIENT_ID,
    ready=False,
    message=f"prod@ss-prod-01: {MISSING_FILE}; {CLIENT_WINDOW}",
    labels={"team": "possession-claims"},
    declared=True,
    user="pcol",
    vault="prod",
    secret="pcol",  # noqa: S106 its name
    mode="manage",
    owner=OwnerView(team="Payments", route="slack"),
    probe_of=None,
    stored=StoredPasswordView(
        version=PASSWORD_VERSION,
        begins=LOGIN_AT,
        expires=LOGIN_AT + timedelta(days=395),
        made_by_relaykeeper=True,
        handed_out=None,
    ),
    faults=(
        PasswordFaultView(
            reason="PasswordEqualElsewhere",
            message="the password is also that of pcol-dev, in another vault. Give each client a password of its own",
            clients=("pcol-dev",),
        ),
    ),
    next_attempt=None,
    waits_for=None,
    waits_since=None,
    last_error=None,
    places=(ACCEPTED, TO_WRITE),
    pauses=(),
    requests=(),
    errors={},
)
CLIENTS = ClientsView(clients=(CLIENT,), loss=None, pauses=(), errors={})
REMOVED = RemovalView(clients=("jobs-prod", "old-prod"))
PLANNED_CLIENT = PlannedClientView(
    client=CLIENT_ID,
    todo=(),
    held=(
        ClientFindingView(reason="HeldByWindow", message=f"{MISSING_FILE}; {CLIENT_WINDOW}", place="prod@ss-prod-01"),
    ),
    would_do=(),
    error="",
)
RELAY = RelayView(
    name="prod",
    ready=True,
    message="nothing was wrong at 2026-11-22 12:10 UTC",
    labels={"team": "mail"},
    places=("prod@ss-prod-00", "prod@ss-prod-01"),
    clients=(CLIENT_ID, "probe-prod"),
    probe_client="probe-prod",
    login_interval=60,
    refusals=0,
    stopped=None,
    replicas=(
        ReplicaLoginsView(
            replica="ss-prod-00/mailrelay-0",
            last=LOGIN_AT,
            logins=(
                LoginView(
                    port=587,
                    way="AUTH PLAIN with initial response",
                    reason="Accepted",
                    message="235 Authentication succeeded",
                    version=PROBE_VERSION,
                    at=LOGIN_AT,
                ),
            ),
        ),
    ),
    errors={},
)
STOPPED_RELAY = RELAY.model_copy(
    update={
        "refusals": 3,
        "stopped": StoppedLoginsView(
            at=LOGIN_AT,
            message="3 logins in a row got 535, the last at ss-prod-00/mailrelay-0 as relay-probe",
        ),
    }
)
RELAYS = RelaysView(relays=(STOPPED_RELAY,))
RELAY_CHECKS = RelayChecksView(
    checks=(
        RelayCheckView(
            about="cluster/ss-prod-00",
            replica="ss-prod-00",
            address="",
            port=None,
            name="replicas",
            status="ok",
            reason="AllReplicasReady",
            message="2 of 2 pods Ready",
            remedy="",
        ),
        RelayCheckView(
            about="relay/prod",
            replica="ss-prod-00/mailrelay-0",
            address="10.0.4.7",
            port=8025,
            name="login-plain-initial",
            status="failed",
            reason="Refused",
            message="535 Incorrect authentication data",
            remedy=REMEDIES["Refused"],
        ),
    )
)
