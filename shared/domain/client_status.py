"""What the last watch observed of SMTP clients, small enough to be written down; and which ones the inventory lost."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class ClientPlaceStatus:
    """A client at one `relay@cluster`; where `state` is not `observed`, as it was when last observed.

    `accepted`: the newest version is accepted there, or mounted, as far as it can be known. `reason` and `message`:
    what proves it, or what is missing. `since`: when a watch first found it accepted, or not.
    """

    state: Literal["observed", "offline_expected", "unreachable"]
    accepted: bool = False
    since: datetime | None = None
    reason: str = ""
    message: str = ""


NEVER_SEEN = ClientPlaceStatus("unreachable")


@dataclass(frozen=True, slots=True)
class ClientStatus:
    """A client of the inventory, by its places."""

    places: Mapping[str, ClientPlaceStatus] = field(default_factory=dict)


def lost_clients(known: Collection[str], wanted: Collection[str]) -> tuple[str, ...]:
    """Return the clients that the inventory lost at once, if there are several; one that leaves alone is no mistake.

    `known` are those that the last watch knew, `wanted` those of the inventory.
    """
    lost = tuple(name for name in known if name not in wanted)
    return lost if len(lost) > 1 else ()
