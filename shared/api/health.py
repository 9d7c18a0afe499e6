"""For monitoring: health, whose state anybody may see and whose parts need a role, and metrics for Prometheus."""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from shared.api.handler import ApiRequest, Operation
from shared.api.http import HttpResponse, json_response
from shared.api.parsing import STRICT_INPUT, NoInput
from shared.api.views import View
from shared.domain.metrics import CONTENT_TYPE
from shared.errors import ConfigError
from shared.text import counted
from shared.version import RELEASE
from shared.workflows.health import Checkup, HealthPart, HealthStatus, check_up
from shared.workflows.metrics import metrics

log = logging.getLogger("relaykeeper.api")


class PartView(View):
    """A part of Relaykeeper, or something that it depends on."""

    name: str
    """`inventory`, `storage`, `tick`, `watch`, `pauses`, `vault NAME`, `cluster NAME`; or `settings and inventory` if
    they are invalid."""
    status: HealthStatus
    """`ok`; `degraded`: something does not work, and the rest does; `failing`: nothing works."""
    message: str
    needed_by: tuple[str, ...]
    """What does not work without it."""


class StateView(View):
    """Whether Relaykeeper works."""

    status: HealthStatus
    """The worst of the parts; `degraded` too if two ticks or two watches have been missed. `GET /api/health` answers
    `failing` with 503, `ok` and, unless `strict`, `degraded` with 200: a failure that a restart does not repair is no
    reason to restart."""
    release: str
    """The version of Relaykeeper."""
    tick_age_seconds: int | None
    """How long ago the last tick began, by timer or by call; null if none is known."""
    watch_age_seconds: int | None
    """How long ago the last watch was; null if none is known."""

    @classmethod
    def members(cls, found: Checkup) -> Mapping[str, Any]:
        """Return what everybody may see."""
        return {
            "status": worst(found.parts),
            "release": RELEASE,
            "tick_age_seconds": seconds_since(found.tick, found.now),
            "watch_age_seconds": seconds_since(found.watch, found.now),
        }


class HealthView(StateView):
    """Whether Relaykeeper works, and what it depends on."""

    parts: tuple[PartView, ...]
    """They contain the names of vaults, clusters, relays, certificates and routes."""


class HealthQuery(BaseModel):
    """How strict the status of the response is."""

    model_config = STRICT_INPUT
    strict: bool = False
    """Answer `degraded` with 503 too: for an alarm, not for the platform's health check, which restarts the app."""


def show_health(call: ApiRequest[NoInput, HealthQuery]) -> HttpResponse:
    """Respond to everybody alike: Easy Auth does not authenticate callers of an excluded path."""
    state = StateView(**StateView.members(read_parts(call)))
    fails = state.status == "failing" or (call.query.strict and state.status != "ok")
    return json_response(state, HTTPStatus.SERVICE_UNAVAILABLE if fails else HTTPStatus.OK)


def show_health_parts(call: ApiRequest) -> HttpResponse:
    found = read_parts(call)
    shown = tuple(map(PartView.model_validate, found.parts))
    return json_response(HealthView(**StateView.members(found), parts=shown))


def read_parts(call: ApiRequest[Any, Any]) -> Checkup:
    try:
        return check_up(call.ports())
    except ConfigError as error:
        log.error("settings or inventory are wrong: %s", error)
        message = f"{counted(len(error.problems), 'problem')}; the log says which"
        wrong = HealthPart("settings and inventory", "failing", message, ("everything",))
        return Checkup((wrong,), datetime.now(UTC))


def seconds_since(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else max(0, int((now - moment).total_seconds()))


def worst(parts: Iterable[HealthPart]) -> HealthStatus:
    found = {part.status for part in parts}
    return "failing" if "failing" in found else "degraded" if "degraded" in found else "ok"


def read_metrics(call: ApiRequest) -> HttpResponse:
    return HttpResponse(200, metrics(call.ports()).encode(), CONTENT_TYPE)


MONITORING_OPERATIONS = (
    Operation(
        id="read_metrics",
        method="GET",
        path="metrics",
        summary="Metrics for Prometheus, from storage",
        description="What the last watch observed, and what the journals contain. No vault, cluster or relay is "
        "contacted.",
        role="reader",
        run=read_metrics,
        responses={200: CONTENT_TYPE},
    ),
    Operation(
        id="show_health",
        method="GET",
        path="health",
        summary="Whether Relaykeeper works; for probes",
        description="Open to anybody, so it returns the state and two ages only; `/api/health/parts` has the parts. "
        "Reads storage only: the state of vaults and clusters is what the last watch found.",
        role=None,
        run=show_health,
        query=HealthQuery,
        responses={200: StateView, 503: StateView},
    ),
    Operation(
        id="show_health_parts",
        method="GET",
        path="health/parts",
        summary="What depends on what, and whether each part works",
        description="As `/api/health`, with the `parts`, which name vaults, clusters, relays, certificates and "
        "routes; 200 whatever the state is.",
        role="reader",
        run=show_health_parts,
        responses={200: HealthView},
    ),
)
