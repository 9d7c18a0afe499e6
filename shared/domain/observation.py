"""Everything that one look at a certificate found."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.domain.certificates.certificate import Leaf, StoredVersion
from shared.domain.journal import Journal
from shared.domain.pauses import Pause
from shared.domain.serving.place_observation import AnyPlaceObservation, Unreachable
from shared.domain.sources import certificate_source, journal_source, vault_source
from shared.inventory import Place
from shared.inventory.relays import Certificate


@dataclass(frozen=True, slots=True)
class Observation:
    """A certificate as one look found it `at` a moment (UTC): its journal, what is stored, what each place serves.

    `earlier` names the places that are to serve an earlier version than `stored`, which is in quarantine there; None:
    there is none that they could serve. `public_endpoints` says what is wrong at which public endpoint. `pauses` are
    those in force. `read_errors` says why a source (`shared/domain/sources.py`) could not be read: the vault, the
    journal, the public endpoints, or the certificate as a whole; then nothing of it is known though its vault answers.
    """

    certificate: Certificate
    at: datetime
    journal: Journal
    stored: StoredVersion | None = None
    places: Mapping[Place, AnyPlaceObservation] = field(default_factory=dict)
    earlier: Mapping[Place, StoredVersion | None] = field(default_factory=dict)
    public_endpoints: Mapping[str, str] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
    read_errors: Mapping[str, str] = field(default_factory=dict)

    def desired(self, place: Place) -> StoredVersion | None:
        """Return the version that the place is to serve."""
        return self.earlier.get(place, self.stored)

    @property
    def source(self) -> str:
        """The source of its newest version; in `read_errors`, of the certificate as a whole."""
        return certificate_source(self.certificate.name)

    @property
    def journal_source(self) -> str:
        return journal_source(self.certificate.name)

    @property
    def version_error(self) -> str | None:
        """Why its newest version is not known; None where it is."""
        return self.read_errors.get(vault_source(self.certificate.vault), self.read_errors.get(self.source))

    @property
    def stored_leaves(self) -> tuple[Leaf, ...]:
        return () if self.stored is None else (self.stored.leaf,)

    @property
    def active_journal(self) -> Journal:
        """Its journal; an empty one in mode `observe`, where nobody continues what an earlier journal says."""
        return self.journal if self.certificate.mode == "manage" else Journal()

    @property
    def failure(self) -> str | None:
        """Why the last attempt to issue or observe it failed, from its journal."""
        journal = self.active_journal
        return journal.backoff.error if journal.backoff is not None else journal.attempt.error

    def only_at(self, places: Container[Place]) -> "Observation":
        """Return what was found at these of its places alone."""
        return replace(self, places={place: there for place, there in self.places.items() if place in places})

    def as_unread(self, reason: str) -> "Observation":
        """Return the observation as if nothing of the certificate had been read, for this reason."""
        places = dict.fromkeys(self.places, Unreachable("NotObserved", reason))
        errors = {**self.read_errors, self.source: reason}
        return Observation(self.certificate, self.at, Journal(), places=places, pauses=self.pauses, read_errors=errors)
