"""Whether Relaykeeper works: the state for anybody, as probes need it; the parts, by name, for callers with a role."""

import logging
from collections.abc import Iterable
from http import HTTPStatus

from pydantic import BaseModel

from shared.api.exchange import Answer, told
from shared.api.fields import Nothing
from shared.api.operation import Asked
from shared.api.people import DOCUMENT
from shared.errors import ConfigError
from shared.text import counted
from shared.version import RELEASE
from shared.workflows.health import HealthPart, HealthStatus, check_up

log = logging.getLogger("relaykeeper.api")


class PartView(BaseModel):
    """Something that Relaykeeper consists of, or depends on."""

    model_config = DOCUMENT
    name: str
    """`inventory`, `storage`, `watch`, `pauses`, `vault NAME`, `cluster NAME`; or `settings and inventory` where they
    are wrong."""
    status: HealthStatus
    """`ok`; `degraded`: something does not work, and the rest goes on; `failing`: nothing works."""
    words: str
    needed_by: tuple[str, ...]
    """What does not work without it."""


class StateView(BaseModel):
    """Whether Relaykeeper works."""

    model_config = DOCUMENT
    status: HealthStatus
    """The worst of the parts. `GET /api/health` answers `failing` with 503, `ok` and `degraded` with 200: what a
    restart does not repair is no reason for one."""
    release: str
    """Which Relaykeeper this is."""


class HealthView(StateView):
    """Whether Relaykeeper works, and what it depends on."""

    parts: tuple[PartView, ...]
    """They tell the names of vaults, clusters, relays, certificates and routes."""


def show_health(asked: Asked[Nothing, Nothing]) -> Answer:
    """Answer anybody alike: on a path that Easy Auth leaves out, who asks is not known for sure."""
    state = worst(parts_of(asked))
    code = HTTPStatus.SERVICE_UNAVAILABLE if state == "failing" else HTTPStatus.OK
    return told(StateView(status=state, release=RELEASE), code)


def show_parts(asked: Asked[Nothing, Nothing]) -> Answer:
    parts = parts_of(asked)
    shown = tuple(PartView(name=p.name, status=p.status, words=p.words, needed_by=p.needed_by) for p in parts)
    return told(HealthView(status=worst(parts), release=RELEASE, parts=shown))


def parts_of(asked: Asked[Nothing, Nothing]) -> tuple[HealthPart, ...]:
    try:
        return check_up(asked.ports())
    except ConfigError as error:
        log.error("settings or inventory are wrong: %s", error)
        words = f"{counted(len(error.problems), 'problem')}; the log says which"
        return (HealthPart("settings and inventory", "failing", words, ("everything",)),)


def worst(parts: Iterable[HealthPart]) -> HealthStatus:
    found = {part.status for part in parts}
    return "failing" if "failing" in found else "degraded" if "degraded" in found else "ok"
