"""What may be looked at over HTTP. Nothing is changed by it."""

from typing import Any

from shared.api import certificates, health, history, metrics, pauses, plan, requests
from shared.api.description import examples
from shared.api.description.paths import CERTIFICATE, REQUEST
from shared.api.fields import Nothing
from shared.api.operation import Operation
from shared.api.problem import Kind
from shared.domain.metrics import CONTENT_TYPE

LOOKS: tuple[Operation[Any, Any], ...] = (
    Operation(
        id="list_certificates",
        method="GET",
        path="certificates",
        summary="Every certificate, wanted, stored and served, and what else is in the vaults",
        description="Asks vaults, clusters and each replica of each relay now, which may take some seconds. What "
        "cannot be read is said under `unread`, beside what can. `unmanaged` lists certificates and secrets that the "
        "inventory does not name.",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: examples.CERTIFICATES},
        run=certificates.list_certificates,
    ),
    Operation(
        id="show_certificate",
        method="GET",
        path="certificates/{name}",
        summary="A certificate, wanted, stored and served",
        description="Asks its vault, its clusters and each replica now. What cannot be read is said under `unread`, "
        "beside what can.",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: examples.CERTIFICATE},
        run=certificates.show_certificate,
        parameters={"name": CERTIFICATE},
        problems=(Kind.UNKNOWN,),
    ),
    Operation(
        id="list_requests",
        method="GET",
        path="requests",
        summary="Open requests, and those that have ended lately",
        description="Reads storage alone. `limit` is of those that have ended; open ones are always all there.",
        role="reader",
        body=Nothing,
        query=requests.RequestsQuery,
        answers={200: examples.REQUESTS},
        run=requests.list_requests,
        examples={"certificate": CERTIFICATE.example, "limit": 20},
    ),
    Operation(
        id="show_request",
        method="GET",
        path="requests/{id}",
        summary="How far a request has come",
        description="Reads storage alone, so it may be asked every few seconds. A request can be read for a week at "
        "least; what came of it stays in the history.",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: examples.REQUEST},
        run=requests.show_request,
        parameters={"id": REQUEST},
        problems=(Kind.UNKNOWN,),
    ),
    Operation(
        id="list_pauses",
        method="GET",
        path="pauses",
        summary="The pauses in force",
        description="Each with its `id`, by which it can be ended.",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: examples.PAUSES},
        run=pauses.list_pauses,
    ),
    Operation(
        id="show_plan",
        method="GET",
        path="plan",
        summary="What the next tick would do, and what keeps it from more; nothing is changed",
        description="Looks as a tick does, at vaults, clusters and replicas, and says what it would do. The authority "
        "is not asked.",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: examples.PLAN},
        run=plan.show_plan,
    ),
    Operation(
        id="read_history",
        method="GET",
        path="history",
        summary="What was done, when, for whom and why; the newest last, or first with order=newest",
        description="Reads storage alone: of the last 30 days unless `since` and `until` say otherwise, in parts. "
        "Follow `next` until it is null: a part may be empty and not be the last.",
        role="reader",
        body=Nothing,
        query=history.HistoryQuery,
        answers={200: examples.HISTORY},
        run=history.read_history,
        examples={
            "certificate": CERTIFICATE.example,
            "actor": "Ada Lovelace",
            "since": "2026-11-01",
            "until": "2026-11-22T12:00:00Z",
            "limit": 50,
            "order": "newest",
            "after": "2026-11-22.7",
        },
    ),
    Operation(
        id="read_metrics",
        method="GET",
        path="metrics",
        summary="Metrics for Prometheus, from storage",
        description="Says what the last watch saw, and what the journals say; asks no vault, cluster or relay.",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: CONTENT_TYPE},
        run=metrics.read_metrics,
        examples={"answer": examples.METRICS},
    ),
    Operation(
        id="show_health",
        method="GET",
        path="health",
        summary="Whether it works; for probes",
        description="Open to anybody, so it tells the state alone; `/api/health/parts` has the parts. Reads storage "
        "alone: of vaults and clusters it says what the last watch found.",
        role=None,
        body=Nothing,
        query=Nothing,
        answers={200: examples.STATE, 503: examples.FAILING},
        run=health.show_health,
    ),
    Operation(
        id="show_health_parts",
        method="GET",
        path="health/parts",
        summary="What depends on what, and whether each part works",
        description="As `/api/health`, with the `parts`, which name vaults, clusters, relays, certificates and "
        "routes; 200 whatever the state is.",
        role="reader",
        body=Nothing,
        query=Nothing,
        answers={200: examples.HEALTH},
        run=health.show_parts,
    ),
)
