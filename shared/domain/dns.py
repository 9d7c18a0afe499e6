"""Whether a TXT value can be seen by everybody who may ask for it."""

from dataclasses import dataclass

from shared.domain.issuance import TxtValue


@dataclass(frozen=True, slots=True)
class Propagation:
    """Where one value stands: `seen_on` of all the zone's authoritative `servers` (each `address:port`) serve it."""

    record: TxtValue
    servers: tuple[str, ...]
    seen_on: tuple[str, ...]
    words: str = ""
    """What the first server that lacks it said: `NXDOMAIN`, a time-out, other values."""

    @property
    def complete(self) -> bool:
        return bool(self.servers) and len(self.seen_on) == len(self.servers)
