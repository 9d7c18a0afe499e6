"""Whether Relaykeeper works: for probes, so it is told to anybody, and says no more than what depends on what."""

import logging
from collections.abc import Iterable
from http import HTTPStatus

from pydantic import BaseModel

from shared.api.exchange import Answer, told
from shared.api.fields import Nothing
from shared.api.operation import Asked
from shared.api.people import DOCUMENT
from shared.errors import ConfigError
from shared.release import RELEASE
from shared.workflows.health import Part, Status, check_up

log = logging.getLogger("relaykeeper.api")


class PartView(BaseModel):
    """Something that Relaykeeper consists of, or depends on."""

    model_config = DOCUMENT
    name: str
    """`inventory`, `storage`, `watch`, `pauses`, `vault NAME`, `cluster NAME`; or `settings and inventory` where they
    are wrong."""
    status: Status
    """`ok`; `degraded`: something does not work, and the rest goes on; `failing`: nothing works."""
    words: str
    needed_by: tuple[str, ...]
    """What does not work without it."""


class HealthView(BaseModel):
    """What Relaykeeper depends on, and whether it works; 503 where nothing does."""

    model_config = DOCUMENT
    status: Status
    """The worst of the parts. `failing` is answered 503, `ok` and `degraded` 200: what a restart would not mend is no
    reason for one."""
    release: str
    """Which Relaykeeper this is."""
    parts: tuple[PartView, ...]


def show_health(asked: Asked[Nothing, Nothing]) -> Answer:
    parts = parts_of(asked)
    status = worst(parts)
    shown = tuple(PartView(name=p.name, status=p.status, words=p.words, needed_by=p.needed_by) for p in parts)
    code = HTTPStatus.SERVICE_UNAVAILABLE if status == "failing" else HTTPStatus.OK
    return told(HealthView(status=status, release=RELEASE, parts=shown), code)


def parts_of(asked: Asked[Nothing, Nothing]) -> tuple[Part, ...]:
    try:
        return check_up(asked.ports())
    except ConfigError as error:
        log.error("settings or inventory are wrong: %s", error)
        words = f"{len(error.problems)} to be mended; the log says which"
        return (Part("settings and inventory", "failing", words, ("everything",)),)


def worst(parts: Iterable[Part]) -> Status:
    found = {part.status for part in parts}
    return "failing" if "failing" in found else "degraded" if "degraded" in found else "ok"
