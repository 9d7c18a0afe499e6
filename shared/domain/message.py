"""The one kind of message."""

from dataclasses import dataclass

from shared.domain.object_ref import ObjectRef


@dataclass(frozen=True, slots=True)
class Message:
    """Look at `target`.

    `correlation` names the tick or the call that sent it, the same for all its messages; `request` is the id of a
    person's request; `cause` says why it was sent, if not by a tick.
    """

    target: ObjectRef
    correlation: str
    request: str | None = None
    cause: str = ""
