"""Everything that one look at a certificate found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.certificates import Stored
from shared.domain.journal import Journal
from shared.domain.pauses import Pause
from shared.domain.places import PlaceSeen, Resting, Unreachable
from shared.inventory import Place


@dataclass(frozen=True, slots=True)
class Seen:
    """A certificate as one look found it: what we wrote down, what is stored, what each place holds and serves.

    `earlier` names the places that are to serve an earlier version than `stored`, which is in quarantine there; None:
    there is none that they could serve. `fronts` says what is wrong at which public name. `paused` keeps it from being
    issued.
    """

    journal: Journal
    stored: Stored | None
    places: Mapping[Place, PlaceSeen | Resting | Unreachable]
    earlier: Mapping[Place, Stored | None] = field(default_factory=dict)
    fronts: Mapping[str, str] = field(default_factory=dict)
    paused: Pause | None = None

    def wanted(self, place: Place) -> Stored | None:
        """Return the version that the place is to serve."""
        return self.earlier.get(place, self.stored)
