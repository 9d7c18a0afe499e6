"""Examples for the OpenAPI document: one certificate, renewed, on its way through two clusters."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.api.audit import HistoryView, RecordView
from shared.api.certificate_view import CertificateView, StoredView, VerdictView, WantedView
from shared.api.certificates import CertificatesView, UnmanagedView
from shared.api.http import RETRY_SOON, FieldError, HttpProblem, ProblemKind
from shared.api.openapi_client_examples import (
    CLIENT,
    CLIENT_ID,
    CLIENTS,
    RELAY,
    RELAY_CHECKS,
    RELAYS,
    REMOVED,
)
from shared.api.openapi_monitoring_examples import ALERT_TEST, ALERTS, HEALTH, METRICS, STATE, STATE_DEGRADED
from shared.api.openapi_plan_examples import INVENTORY, INVENTORY_PLAN, NAME, PLAN, TICK
from shared.api.parsing import INVALID_BODY, LARGEST_BODY
from shared.api.pauses import PausesView
from shared.api.place_view import HeldView, PlaceView, ReplicaView, RolloutView
from shared.api.requests import RequestsView
from shared.api.views import ActorView, PauseView, RequestView
from shared.version import RELEASE

EXAMPLE_HOST = "prod.mailrelay.platform.hmcts.net"
REASON = "the old key may have been seen"
CORRELATION_ID = "change-1234"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEW, OLD = "8d2f1c0b9a7e4f6d8c5b4a3928170615", "1a2b3c4d5e6f47088091a2b3c4d5e6f7"
NEW_PRINT, OLD_PRINT = "9f86d081884c7d65" * 4, "60303ae22b998861" * 4
ENDS, OLD_ENDS = NOON + timedelta(days=90), NOON + timedelta(days=29)

ADA = ActorView(kind="person", id="0f0e0d0c-0b0a-4908-8706-050403020100", name="Ada Lovelace")
PAUSE = PauseView(
    id="0a1b2c3d4e5f", scope="relay/prod", until=NOON + timedelta(hours=4), reason="incident INC-1234", by=ADA, at=NOON
)
REQUEST = RequestView(
    id="20261122T120000Z-0a1b2c3d",
    kind="renewal",
    target=f"certificate/{NAME}",
    state="held",
    message="prod@ss-prod-01: held until 2026-11-23 01:00 UTC (window 01:00-05:00 UTC)",
    reason=REASON,
    by=ADA,
    at=NOON,
    ended=None,
    force=True,
    ignore_backoff=False,
    version=None,
    correlation=CORRELATION_ID,
)
QUEUED = REQUEST.model_copy(update={"state": "queued", "message": ""})


def example_replicas(thumbprint: str, expires: datetime, message: str) -> tuple[ReplicaView, ...]:
    return tuple(
        ReplicaView(
            replica=f"mailrelay-{number}",
            ready=True,
            ok=not message,
            thumbprint=thumbprint,
            expires=expires,
            message=message,
        )
        for number in (0, 1)
    )


FIRST = PlaceView(
    place="prod@ss-prod-00",
    state="observed",
    reason=None,
    message="",
    wanted=NEW,
    held=None,
    verified_version=NEW,
    last_error=None,
    rollout=RolloutView(replicas=2, done=True, message="2 of 2 replicas are updated and ready"),
    replicas=example_replicas(NEW_PRINT, ENDS, ""),
)
SECOND = PlaceView(
    place="prod@ss-prod-01",
    state="observed",
    reason=None,
    message="",
    wanted=NEW,
    held=HeldView(
        reason="HeldByWindow",
        message="held until 2026-11-23 01:00 UTC (window 01:00-05:00 UTC)",
        until=NOON + timedelta(hours=13),
    ),
    verified_version=OLD,
    last_error=None,
    rollout=None,
    replicas=example_replicas(OLD_PRINT, OLD_ENDS, f"serves {OLD_PRINT[:12]} on port 25 for {EXAMPLE_HOST}"),
)
CERTIFICATE = CertificateView(
    name=NAME,
    ready=False,
    message="prod@ss-prod-01: held until 2026-11-23 01:00 UTC (window 01:00-05:00 UTC)",
    labels={"team": "mail"},
    wanted=WantedView(
        vault="prod", issuer="letsencrypt", dns_names=(EXAMPLE_HOST,), key="ec-256", uses=("server",), mode="manage"
    ),
    stored=StoredView(
        version=NEW,
        thumbprint=NEW_PRINT,
        serial="4a1f09c2d3",
        dns_names=(EXAMPLE_HOST,),
        key="ec-256",
        not_before=NOON,
        expires=ENDS,
    ),
    verdict=VerdictView(verdict="fresh", reason="NotDue", message="valid until 2027-02-20, due 2027-01-21", until=None),
    next_attempt=None,
    waits_for=None,
    waits_since=None,
    last_error=None,
    backoff=None,
    order=None,
    places=(FIRST, SECOND),
    quarantine=(),
    public_endpoints={},
    pauses=(),
    requests=(REQUEST,),
    errors={},
)
CERTIFICATES = CertificatesView(
    certificates=(CERTIFICATE,),
    unmanaged=(UnmanagedView(vault="prod", kind="secret", name="client-password", expires=ENDS),),
    pauses=(),
    errors={"vault dev": "cannot list vault dev: no answer from https://dev.vault.azure.net within 10 s"},
)
EXAMPLE_HISTORY = HistoryView(
    records=(
        RecordView(
            at=NOON + timedelta(minutes=2),
            event="served",
            outcome="2 replicas serve it",
            actor=ADA,
            reason=f"asked for by Ada Lovelace: {REASON}",
            correlation=CORRELATION_ID,
            target=f"certificate/{NAME}",
            place="prod@ss-prod-00",
            version=NEW,
            thumbprint=NEW_PRINT,
            serial="4a1f09c2d3",
            release=RELEASE,
            inventory="3b1f8a2c4d5e",
            order="",
            request="",
        ),
    ),
    next=f"/api/history?target=certificate%2F{NAME}&limit=1&after=2026-11-22.7",
)

BODIES: Mapping[str, Mapping[str, Any]] = {
    "renew_certificate": {"force": True, "reason": REASON},
    "roll_back_certificate": {"reason": "clients do not trust the new chain"},
    "deliver_client": {"reason": "the relay was repaired"},
    "confirm_client_removals": {"clients": list(REMOVED.clients), "reason": "their services are switched off"},
    "resume_logins": {"reason": "the relay has the right file again"},
    "examine_relay": {"cluster": "ss-prod-00", "reason": "a client says that it gets 535"},
    "pause": {"scope": "relay/prod", "until": "2027-01-01T00:00:00Z", "reason": "incident INC-1234"},
    "send_test_alert": {"reason": "a new route"},
    "plan_inventory": {"inventory": INVENTORY},
    "tick_now": {"reason": "second clock"},
}
"""By operation."""

PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "show_certificate": {"name": NAME},
    "renew_certificate": {"name": NAME},
    "roll_back_certificate": {"name": NAME},
    "release_certificate": {"name": NAME, "reason": "the relay was the cause and is fixed"},
    "show_client": {"id": CLIENT_ID},
    "deliver_client": {"id": CLIENT_ID},
    "show_relay": {"name": RELAY.name},
    "resume_logins": {"name": RELAY.name},
    "examine_relay": {"name": RELAY.name},
    "list_requests": {"target": f"certificate/{NAME}", "limit": 20},
    "show_request": {"id": REQUEST.id},
    "show_health": {"strict": True},
    "resume": {"id": PAUSE.id, "reason": "incident INC-1234 is over"},
    "read_history": {
        "target": f"certificate/{NAME}",
        "actor": "Ada Lovelace",
        "thumbprint": NEW_PRINT,
        "correlation": CORRELATION_ID,
        "since": "2026-11-01",
        "until": "2026-11-22T12:00:00Z",
        "limit": 50,
        "order": "newest",
        "after": "2026-11-22.7",
    },
}
"""Of path and query, by operation."""

RESPONSES: Mapping[str, Mapping[int, Any]] = {
    "list_certificates": {200: CERTIFICATES},
    "show_certificate": {200: CERTIFICATE},
    "renew_certificate": {202: QUEUED},
    "roll_back_certificate": {202: QUEUED.model_copy(update={"kind": "rollback", "force": False})},
    "release_certificate": {202: QUEUED.model_copy(update={"kind": "release", "force": False})},
    "list_clients": {200: CLIENTS},
    "show_client": {200: CLIENT},
    "deliver_client": {
        202: QUEUED.model_copy(update={"kind": "delivery", "target": f"client/{CLIENT_ID}", "force": False})
    },
    "confirm_client_removals": {200: REMOVED},
    "list_relays": {200: RELAYS},
    "show_relay": {200: RELAY},
    "resume_logins": {200: RELAY},
    "examine_relay": {200: RELAY_CHECKS},
    "list_requests": {200: RequestsView(open=(REQUEST,), ended=())},
    "show_request": {200: REQUEST},
    "list_pauses": {200: PausesView(pauses=(PAUSE,))},
    "pause": {201: PAUSE},
    "resume": {200: PAUSE},
    "tick_now": {200: TICK},
    "show_plan": {200: PLAN},
    "plan_inventory": {200: INVENTORY_PLAN},
    "read_history": {200: EXAMPLE_HISTORY},
    "read_metrics": {200: METRICS},
    "show_health": {
        200: STATE,
        503: STATE_DEGRADED,
    },
    "show_health_parts": {200: HEALTH},
    "list_alerts": {200: ALERTS},
    "send_test_alert": {200: ALERT_TEST},
    "show_openapi": {200: {"openapi": "3.1.0"}},
}
"""By operation and status."""

PROBLEMS: Mapping[ProblemKind, HttpProblem] = {
    problem.kind: problem
    for problem in (
        HttpProblem(ProblemKind.INVALID, INVALID_BODY, errors=(FieldError(detail="is required", pointer="#/reason"),)),
        HttpProblem(
            ProblemKind.UNAUTHENTICATED, "there is no x-ms-client-principal: sign in, with a token for this app"
        ),
        HttpProblem(ProblemKind.FORBIDDEN, "Ada Lovelace lacks the app role operator"),
        HttpProblem(
            ProblemKind.UNKNOWN, f"the inventory has no certificate 'prod'. Did you mean {NAME}?", near=(NAME,)
        ),
        HttpProblem(
            ProblemKind.REFUSED,
            f"{NAME} is only observed: nothing of it is changed. Set mode: manage for it in the inventory.",
        ),
        HttpProblem(ProblemKind.TOO_LARGE, f"the body has 70,000 bytes, at most {LARGEST_BODY:,} are read"),
        HttpProblem(ProblemKind.MEDIA_TYPE, "send JSON, and say so: content-type: application/json"),
        HttpProblem(
            ProblemKind.TOO_MANY,
            "200 requests are open, and no more are taken: ask again when some have ended. "
            "relaykeeper get requests lists them.",
            retry_after=timedelta(minutes=1),
        ),
        HttpProblem(
            ProblemKind.CONFIGURATION,
            "line 3: vaults.prod.url: is required",
            errors=(FieldError(detail="is required", parameter="vaults.prod.url"),),
        ),
        HttpProblem(ProblemKind.BUG, f"this is a bug; the log has its trace under the correlation {CORRELATION_ID}"),
        HttpProblem(
            ProblemKind.BLOCKED, "cannot read pauses/all.json: access refused. Give the app's identity its roles."
        ),
        HttpProblem(
            ProblemKind.UNAVAILABLE,
            "somebody else changes the pauses at this moment. Try again.",
            retry_after=RETRY_SOON,
        ),
    )
}
"""One of each kind."""
