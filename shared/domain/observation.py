"""Everything that one look at a certificate found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.certificates.certificate import StoredVersion
from shared.domain.journal import Journal
from shared.domain.pauses import Pause
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, Unreachable
from shared.inventory import Place


@dataclass(frozen=True, slots=True)
class Observation:
    """A certificate as one look found it: its journal, what is stored, what each place holds and serves.

    `earlier` names the places that are to serve an earlier version than `stored`, which is in quarantine there; None:
    there is none that they could serve. `public_endpoints` says what is wrong at which public endpoint. `pauses` are
    those in force.
    """

    journal: Journal
    stored: StoredVersion | None
    places: Mapping[Place, PlaceObservation | ExpectedOffline | Unreachable]
    earlier: Mapping[Place, StoredVersion | None] = field(default_factory=dict)
    public_endpoints: Mapping[str, str] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()

    def desired(self, place: Place) -> StoredVersion | None:
        """Return the version that the place is to serve."""
        return self.earlier.get(place, self.stored)
