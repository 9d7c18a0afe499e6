"""The one kind of message."""

from dataclasses import dataclass

from shared.domain.object_ref import ObjectRef


@dataclass(frozen=True, slots=True)
class Message:
    """Look at `target`.

    `correlation` names the tick or the call that asked, the same for all its messages; `request` what a person asked;
    `cause` what woke us, where it was no tick.
    """

    target: ObjectRef
    correlation: str
    request: str | None = None
    cause: str = ""
