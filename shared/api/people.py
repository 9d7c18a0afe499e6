"""Who asked, what they paused, what they asked for."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.domain.actor import Actor
from shared.domain.pauses import Pause
from shared.domain.requests import Kind, Request, State

DOCUMENT = ConfigDict(frozen=True, use_attribute_docstrings=True)
"""Of everything that goes out."""


class ActorView(BaseModel):
    """On whose behalf something is done."""

    model_config = DOCUMENT
    kind: Literal["timer", "person", "application", "function key"]
    id: str
    """The object id in Entra; empty for timers and keys."""
    name: str
    """What Entra calls a person."""

    @classmethod
    def of(cls, actor: Actor) -> "ActorView":
        return cls(kind=actor.kind, id=actor.id, name=actor.name)


class PauseView(BaseModel):
    """A pause in force: until then nothing is changed in its scope."""

    model_config = DOCUMENT
    id: str
    scope: str
    until: datetime
    reason: str
    by: ActorView
    at: datetime | None
    """When it was asked for."""

    @classmethod
    def of(cls, pause: Pause) -> "PauseView":
        by = ActorView.of(pause.actor)
        return cls(id=pause.id, scope=str(pause.scope), until=pause.until, reason=pause.why, by=by, at=pause.at)


class RequestView(BaseModel):
    """A request and how far it has come; a second one like it, made meanwhile, joins it."""

    model_config = DOCUMENT
    id: str
    kind: Kind
    """`renewal`; `rollback` to an earlier version; `release` of the newest version from quarantine."""
    certificate: str
    state: State
    """It ends as `served` or `failed`; `held` goes on once what holds it is over."""
    words: str
    """What it waits for, what holds it, how it ended, in the words of whoever refused."""
    reason: str
    by: ActorView
    at: datetime | None
    """When it was asked for."""
    ended: datetime | None
    force: bool
    ignore_backoff: bool
    version: str | None
    """Where a rollback is to go."""
    correlation: str
    """By which its log lines and records are found."""

    @classmethod
    def of(cls, request: Request, state: State) -> "RequestView":
        return cls(
            id=request.id,
            kind=request.kind,
            certificate=request.certificate,
            state=state,
            words=request.words,
            reason=request.reason,
            by=ActorView.of(request.actor),
            at=request.at,
            ended=request.ended,
            force=request.force,
            ignore_backoff=request.ignore_backoff,
            version=request.version,
            correlation=request.correlation,
        )
