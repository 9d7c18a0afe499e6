"""What is to be brought where, and how that can end."""

from dataclasses import dataclass

from shared.domain.certificates import Stored
from shared.domain.journal import Journal
from shared.domain.place_record import PlaceRecord
from shared.errors import RelaykeeperError
from shared.inventory import Certificate, Place
from shared.ports import Lease, Ports


class LineStopped(RelaykeeperError):
    """The replicas of a place do not serve the version: no later place may get it.

    `reason` says what they do instead, `way_out` what a person can do about it.
    """

    def __init__(self, reason: str, way_out: str) -> None:
        super().__init__(f"{reason} {way_out}")
        self.reason = reason
        self.way_out = way_out


@dataclass(frozen=True, slots=True)
class Errand:
    """A version to be brought to a place, under the certificate's lease."""

    certificate: Certificate
    wanted: Stored
    place: Place
    lease: Lease[Journal]
    ports: Ports

    @property
    def record(self) -> PlaceRecord:
        return self.lease.journal.at(str(self.place))

    def note(self, record: PlaceRecord) -> None:
        self.lease.write(self.lease.journal.with_place(str(self.place), record))
