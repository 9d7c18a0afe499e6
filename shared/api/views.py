"""What several responses have in common: who asked, what is paused, what was requested."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.domain.pauses import Pause
from shared.domain.requests import Request, RequestKind, RequestState


class View(BaseModel):
    """A part of a response. Where the names are the same, `model_validate` makes it from an object's attributes."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, from_attributes=True)


class ActorView(View):
    """On whose behalf something is done."""

    kind: Literal["timer", "person", "application", "function key"]
    """`timer`: nobody asked. `person`, `application`: as Entra knows them. `function key`: somebody who has one."""
    id: str
    """The object id in Entra; empty for `timer` and `function key`."""
    name: str
    """What Entra calls a person; else empty."""


class PauseView(View):
    """A pause in force: until then nothing is changed in its scope."""

    id: str
    """By which it is ended."""
    scope: str
    """As requested: `all`, `issuer/NAME`, `cluster/NAME`, `relay/NAME`, `certificate/NAME` or `client/ID`."""
    until: datetime
    reason: str
    by: ActorView
    at: datetime | None
    """When it was requested; null if somebody wrote it into storage by hand without a time."""

    @classmethod
    def of(cls, pause: Pause) -> "PauseView":
        by = ActorView.model_validate(pause.actor)
        return cls(id=pause.id, scope=str(pause.scope), until=pause.until, reason=pause.why, by=by, at=pause.at)


class RequestView(View):
    """A request and its progress. A second request like it, made meanwhile, joins it."""

    id: str
    kind: RequestKind
    """`renewal`; `rollback` to an earlier version; `release` of every version from quarantine; of a client `delivery`:
    it is brought to accepted."""
    target: str
    """What it is about: `certificate/NAME` or `client/ID`."""
    state: RequestState
    """`queued`: no worker has begun. `issuing`: a new version is being issued. `delivering`: the places are being
    brought to it, and probed for what they serve or accept. `held`: a pause, a freeze or a window keeps it back; it
    continues by itself once that is over. At the end `done`: every place was seen to serve, or accept, what was
    requested; or `failed`: this attempt did not succeed, `message` says why. One that is still open after seven days
    has `failed`."""
    message: str
    """What it waits for, what holds it, or how it ended; empty before anything is known. After `failed` it contains the
    time of the next automatic attempt, if there is one."""
    reason: str
    by: ActorView
    """Who asked first. The history names the others who joined."""
    at: datetime
    """When it was requested."""
    ended: datetime | None
    """When it was `done` or had `failed`; null before."""
    force: bool
    """As requested; false if it is no renewal."""
    ignore_backoff: bool
    """As requested; false if it is no renewal."""
    version: str | None
    """Where a rollback goes; null: to what each place served before, or if it is no rollback."""
    correlation: str
    """The id of the request in log lines and audit records."""

    @classmethod
    def of(cls, request: Request, state: RequestState) -> "RequestView":
        assert request.at is not None, "a blob that was never written is no request"
        return cls(
            id=request.id,
            kind=request.kind,
            target=str(request.target),
            state=state,
            message=request.message,
            reason=request.trigger.reason,
            by=ActorView.model_validate(request.trigger.actor),
            at=request.at,
            ended=request.ended,
            force=request.force,
            ignore_backoff=request.ignore_backoff,
            version=request.version,
            correlation=request.trigger.correlation,
        )
