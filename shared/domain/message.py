"""The one kind of message."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """Look at this certificate. `correlation` names the tick that asked, the same for all its messages."""

    certificate: str
    correlation: str
