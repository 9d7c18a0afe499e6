"""For monitoring: health, whose state anybody may see and whose parts need a role, and metrics for Prometheus."""

import logging
from collections.abc import Iterable
from http import HTTPStatus

from shared.api.handler import ApiRequest, Operation
from shared.api.http import HttpResponse, json_response
from shared.api.views import View
from shared.domain.metrics import CONTENT_TYPE
from shared.errors import ConfigError
from shared.text import counted
from shared.version import RELEASE
from shared.workflows.health import HealthPart, HealthStatus, check_up
from shared.workflows.metrics import metrics

log = logging.getLogger("relaykeeper.api")


class PartView(View):
    """A part of Relaykeeper, or something that it depends on."""

    name: str
    """`inventory`, `storage`, `watch`, `pauses`, `vault NAME`, `cluster NAME`; or `settings and inventory` if they are
    invalid."""
    status: HealthStatus
    """`ok`; `degraded`: something does not work, and the rest does; `failing`: nothing works."""
    message: str
    needed_by: tuple[str, ...]
    """What does not work without it."""


class StateView(View):
    """Whether Relaykeeper works."""

    status: HealthStatus
    """The worst of the parts. `GET /api/health` answers `failing` with 503, `ok` and `degraded` with 200: a failure
    that a restart does not repair is no reason to restart."""
    release: str
    """The version of Relaykeeper."""


class HealthView(StateView):
    """Whether Relaykeeper works, and what it depends on."""

    parts: tuple[PartView, ...]
    """They contain the names of vaults, clusters, relays, certificates and routes."""


def show_health(call: ApiRequest) -> HttpResponse:
    """Respond to everybody alike: Easy Auth does not authenticate callers of an excluded path."""
    state = worst(read_parts(call))
    status = HTTPStatus.SERVICE_UNAVAILABLE if state == "failing" else HTTPStatus.OK
    return json_response(StateView(status=state, release=RELEASE), status)


def show_health_parts(call: ApiRequest) -> HttpResponse:
    parts = read_parts(call)
    shown = tuple(map(PartView.model_validate, parts))
    return json_response(HealthView(status=worst(parts), release=RELEASE, parts=shown))


def read_parts(call: ApiRequest) -> tuple[HealthPart, ...]:
    try:
        return check_up(call.ports())
    except ConfigError as error:
        log.error("settings or inventory are wrong: %s", error)
        message = f"{counted(len(error.problems), 'problem')}; the log says which"
        return (HealthPart("settings and inventory", "failing", message, ("everything",)),)


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
        description="Open to anybody, so it returns the state only; `/api/health/parts` has the parts. Reads storage "
        "only: the state of vaults and clusters is what the last watch found.",
        role=None,
        run=show_health,
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
