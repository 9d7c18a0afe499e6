"""All operations of the API. The functions respond by them, and /api/openapi.json describes them."""

import json

from shared.api.alerts import ALERT_OPERATIONS
from shared.api.audit import HISTORY_OPERATIONS
from shared.api.certificates import CERTIFICATE_OPERATIONS
from shared.api.clients import CLIENT_OPERATIONS
from shared.api.handler import ApiRequest, Operation
from shared.api.health import MONITORING_OPERATIONS
from shared.api.http import JSON, HttpResponse
from shared.api.inventory_plan import INVENTORY_PLAN_OPERATIONS
from shared.api.openapi import openapi_document
from shared.api.pauses import PAUSE_OPERATIONS
from shared.api.plan import PLAN_OPERATIONS
from shared.api.relay_checks import RELAY_CHECK_OPERATIONS
from shared.api.relays import RELAY_OPERATIONS
from shared.api.requests import REQUEST_OPERATIONS
from shared.api.ticks import TICK_OPERATIONS


def show_openapi(_: ApiRequest) -> HttpResponse:
    return HttpResponse(200, json.dumps(openapi_document(OPERATIONS), indent=2).encode() + b"\n")


OPENAPI = Operation(
    id="show_openapi",
    method="GET",
    path="openapi.json",
    summary="This document",
    description="OpenAPI 3.1. It contains nothing of the inventory.",
    role="reader",
    run=show_openapi,
    responses={200: JSON},
)

OPERATIONS: tuple[Operation, ...] = (
    *CERTIFICATE_OPERATIONS,
    *CLIENT_OPERATIONS,
    *RELAY_OPERATIONS,
    *RELAY_CHECK_OPERATIONS,
    *REQUEST_OPERATIONS,
    *PAUSE_OPERATIONS,
    *TICK_OPERATIONS,
    *PLAN_OPERATIONS,
    *INVENTORY_PLAN_OPERATIONS,
    *HISTORY_OPERATIONS,
    *MONITORING_OPERATIONS,
    *ALERT_OPERATIONS,
    OPENAPI,
)
BY_ID = {operation.id: operation for operation in OPERATIONS}
