"""The one kind of message."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """Look at this certificate.

    `correlation` names the tick or the call that asked, the same for all its messages; `request` what a person asked;
    `cause` what woke us, where it was no tick.
    """

    certificate: str
    correlation: str
    request: str | None = None
    cause: str = ""
    schema: int = 1
