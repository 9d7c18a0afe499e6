"""Who asked, what they paused, what they asked for."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.domain.audit import Actor
from shared.domain.pauses import Pause
from shared.domain.requests import Request, RequestKind, RequestState

DOCUMENT = ConfigDict(frozen=True, use_attribute_docstrings=True)
"""Of everything that goes out."""


class ActorView(BaseModel):
    """On whose behalf something is done."""

    model_config = DOCUMENT
    kind: Literal["timer", "person", "application", "function key"]
    """`timer`: nobody asked. `person`, `application`: as Entra knows them. `function key`: whoever had one."""
    id: str
    """The object id in Entra; empty for `timer` and `function key`."""
    name: str
    """What Entra calls a person; else empty."""

    @classmethod
    def of(cls, actor: Actor) -> "ActorView":
        return cls(kind=actor.kind, id=actor.id, name=actor.name)


class PauseView(BaseModel):
    """A pause in force: until then nothing is changed in its scope."""

    model_config = DOCUMENT
    id: str
    """By which it is ended."""
    scope: str
    """As it was asked for: `estate`, `issuer/NAME`, `cluster/NAME`, `relay/NAME` or `certificate/NAME`."""
    until: datetime
    reason: str
    by: ActorView
    at: datetime | None
    """When it was asked for; null where somebody wrote it into storage by hand and did not say."""

    @classmethod
    def of(cls, pause: Pause) -> "PauseView":
        by = ActorView.of(pause.actor)
        return cls(id=pause.id, scope=str(pause.scope), until=pause.until, reason=pause.why, by=by, at=pause.at)


class RequestView(BaseModel):
    """A request and how far it has come; a second one like it, made meanwhile, joins it."""

    model_config = DOCUMENT
    id: str
    kind: RequestKind
    """`renewal`; `rollback` to an earlier version; `release` of every version from quarantine."""
    certificate: str
    state: RequestState
    """`queued`: no worker has taken it up yet. `issuing`: a new version is on its way into the vault. `delivering`: the
    places are being brought to it, and asked what they serve. `held`: a pause, a freeze or a window keeps it back; it
    goes on by itself once that is over. At the end `served`: every place proved to serve what was asked for; or
    `failed`: this attempt did not get there, as `words` say. One that is still open after seven days has `failed`."""
    words: str
    """What it waits for, what holds it, how it ended, in the words of whoever refused; empty before anything is known.
    A wish that goes on being tried after it `failed` says when."""
    reason: str
    by: ActorView
    """Who asked first: others may have joined, as the history says."""
    at: datetime
    """When it was asked for."""
    ended: datetime | None
    """When it was `served` or `failed`; null before."""
    force: bool
    """As it was asked for; false where it is no renewal."""
    ignore_backoff: bool
    """As it was asked for; false where it is no renewal."""
    version: str | None
    """Where a rollback is to go; null: to what each place served before, or where it is no rollback."""
    correlation: str
    """By which its log lines and records are found."""

    @classmethod
    def of(cls, request: Request, state: RequestState) -> "RequestView":
        assert request.at is not None, "a blob that was never written is no request"
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


class RequestsView(BaseModel):
    """Requests, open ones and those that have ended."""

    model_config = DOCUMENT
    open: tuple[RequestView, ...]
    """Every one that is still to be worked on, the oldest first."""
    ended: tuple[RequestView, ...]
    """The one asked for last first; at most as many as `limit` says."""
