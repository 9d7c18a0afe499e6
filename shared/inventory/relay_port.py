"""The ports of a relay: what its pods listen on, and what its Service maps to that."""

import re
from dataclasses import dataclass

from shared.inventory.endpoints import HIGHEST_PORT

SUBMISSIONS = 465
"""The port on which TLS comes first (RFC 8314, section 3.3)."""

MAPPED = r"^[1-9][0-9]{0,4}/[1-9][0-9]{0,4}$"


@dataclass(frozen=True, slots=True)
class RelayPort:
    """A port that each `pod` listens on, and the one that clients know it by at the `service`; mostly the same."""

    pod: int
    service: int

    def __str__(self) -> str:
        return str(self.pod) if self.pod == self.service else f"{self.pod}/{self.service}"

    @property
    def implicit(self) -> bool:
        """Whether TLS comes first, without STARTTLS."""
        return self.service == SUBMISSIONS


def mapped_port(text: str) -> RelayPort:
    """Read `POD/SERVICE`; raises ValueError with a sentence that follows the text."""
    if re.fullmatch(MAPPED.removesuffix("$"), text, re.ASCII):
        pod, service = map(int, text.split("/"))
        if max(pod, service) <= HIGHEST_PORT:
            return RelayPort(pod, service)
    raise ValueError(
        f"is not POD/SERVICE, two ports from 1 to {HIGHEST_PORT}; allowed is for example 8587/587, and where both are "
        "the same a whole number: 587"
    )
