"""The one kind of message."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """Look at this certificate. `correlation` is carried into every log line that the look leads to."""

    certificate: str
    correlation: str
