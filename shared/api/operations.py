"""Everything that can be asked over HTTP. The functions answer by it, and /api/openapi.json describes it."""

import json
from typing import Any

from shared.api import alerts, certificates, health, history, metrics, pauses, plan, requests
from shared.api.certificate_view import CertificateView
from shared.api.exchange import JSON, Answer
from shared.api.fields import Nothing, Reasoned
from shared.api.openapi import document
from shared.api.operation import Asked, Operation
from shared.api.people import PauseView, RequestView
from shared.api.problem import Kind
from shared.domain.metrics.exposition import CONTENT_TYPE

CERTIFICATE = {"name": "prod-mailrelay-platform-hmcts-net"}
WHY = "the old key may have been seen"


def show_openapi(_: Asked[Nothing, Nothing]) -> Answer:
    return Answer(200, json.dumps(document(OPERATIONS), indent=2).encode() + b"\n")


OPERATIONS: tuple[Operation[Any, Any], ...] = (
    Operation(
        id="list_certificates",
        method="GET",
        path="certificates",
        summary="Every certificate, wanted, stored and served, and what else is in the vaults",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: certificates.CertificatesView},
        run=certificates.list_certificates,
    ),
    Operation(
        id="show_certificate",
        method="GET",
        path="certificates/{name}",
        summary="A certificate, wanted, stored and served",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: CertificateView},
        run=certificates.show_certificate,
        problems=(Kind.UNKNOWN,),
        examples=CERTIFICATE,
    ),
    Operation(
        id="renew_certificate",
        method="POST",
        path="certificates/{name}/renewals",
        summary="Look at a certificate now, and renew it if it is due, or by force",
        role="operator",
        body=certificates.Renewal,
        query=Nothing,
        answers={202: RequestView},
        run=certificates.renew,
        problems=(Kind.UNKNOWN, Kind.REFUSED),
        examples={**CERTIFICATE, "body": {"force": True, "reason": WHY}},
    ),
    Operation(
        id="roll_back_certificate",
        method="POST",
        path="certificates/{name}/rollbacks",
        summary="Go back to an earlier version, and keep the newest in quarantine",
        role="operator",
        body=certificates.Rollback,
        query=Nothing,
        answers={202: RequestView},
        run=certificates.roll_back,
        problems=(Kind.UNKNOWN, Kind.REFUSED),
        examples={**CERTIFICATE, "body": {"reason": "clients do not trust the new chain"}},
    ),
    Operation(
        id="release_certificate",
        method="DELETE",
        path="certificates/{name}/quarantine",
        summary="Let the newest version out of quarantine",
        role="operator",
        body=Nothing,
        query=Reasoned,
        answers={202: RequestView},
        run=certificates.release,
        problems=(Kind.UNKNOWN, Kind.REFUSED),
        examples={**CERTIFICATE, "reason": "the relay was to blame and is mended"},
    ),
    Operation(
        id="show_request",
        method="GET",
        path="requests/{id}",
        summary="How far a request has come",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: RequestView},
        run=requests.show_request,
        problems=(Kind.UNKNOWN,),
        examples={"id": "20261122T120000Z-0a1b2c3d"},
    ),
    Operation(
        id="list_pauses",
        method="GET",
        path="pauses",
        summary="The pauses in force",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: pauses.PausesView},
        run=pauses.list_pauses,
    ),
    Operation(
        id="pause",
        method="POST",
        path="pauses",
        summary="Change nothing of something for a while, and go on alerting",
        role="operator",
        body=pauses.Pausing,
        query=Nothing,
        answers={201: PauseView},
        run=pauses.pause,
        problems=(Kind.UNKNOWN, Kind.REFUSED),
        examples={"body": {"scope": "relay/prod", "until": "2027-01-01T00:00:00Z", "reason": "incident INC-1234"}},
    ),
    Operation(
        id="resume",
        method="DELETE",
        path="pauses/{id}",
        summary="End a pause before its time",
        role="operator",
        body=Nothing,
        query=Reasoned,
        answers={200: PauseView},
        run=pauses.resume,
        problems=(Kind.UNKNOWN,),
        examples={"id": "0a1b2c3d4e5f", "reason": "incident INC-1234 is over"},
    ),
    Operation(
        id="show_plan",
        method="GET",
        path="plan",
        summary="What the next tick would do, and what keeps it from more; nothing is changed",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: plan.PlanView},
        run=plan.show_plan,
    ),
    Operation(
        id="read_history",
        method="GET",
        path="history",
        summary="What was done, when, for whom and why; the newest last",
        role="reader",
        body=Nothing,
        query=history.HistoryQuery,
        answers={200: history.HistoryView},
        run=history.read_history,
        examples={"certificate": CERTIFICATE["name"]},
    ),
    Operation(
        id="read_metrics",
        method="GET",
        path="metrics",
        summary="Metrics for Prometheus, from storage",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: CONTENT_TYPE},
        run=metrics.read_metrics,
    ),
    Operation(
        id="show_health",
        method="GET",
        path="health",
        summary="What depends on what, and whether it works; for probes",
        role=None,
        body=Nothing,
        query=Nothing,
        answers={200: health.HealthView, 503: health.HealthView},
        run=health.show_health,
    ),
    Operation(
        id="show_openapi",
        method="GET",
        path="openapi.json",
        summary="This document",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: JSON},
        run=show_openapi,
    ),
    Operation(
        id="send_test_alert",
        method="POST",
        path="alerts/test",
        summary="Send a marked test alert down every route, and tell what each answered",
        role="operator",
        body=Reasoned,
        query=Nothing,
        answers={200: alerts.TriedRoutesView},
        run=alerts.tell_test_alert,
        examples={"body": {"reason": "a new route"}},
    ),
)

BY_ID = {operation.id: operation for operation in OPERATIONS}
