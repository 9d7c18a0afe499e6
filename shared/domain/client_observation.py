"""Everything that one look at an SMTP client found. No password is in it."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.domain.clients.client_journal import ClientJournal
from shared.domain.clients.password import PasswordFault
from shared.domain.clients.password_use import PasswordUseFault, password_use_fault
from shared.domain.clients.stored_password import StoredPassword
from shared.domain.object_ref import Version
from shared.domain.pauses import Pause
from shared.domain.serving.place_observation import (
    ExpectedOffline,
    Mount,
    ProviderObject,
    SecretSnapshot,
    Unreachable,
    WorkloadObservation,
)
from shared.domain.sources import client_source
from shared.inventory import Place
from shared.inventory.clients import Client


@dataclass(frozen=True, slots=True)
class PasswordFacts:
    """What is known of the newest version of a client's password, without the password.

    `fingerprint` is equal for equal passwords of one look, and means nothing after it. `made_for` is the client's ID
    in our tag, where we made the version. `for_probe`: it is marked as a probe client's.
    """

    version: Version
    begins: datetime
    expires: datetime | None
    made_for: str | None
    faults: tuple[PasswordFault, ...] = ()
    fingerprint: bytes = field(default=b"", repr=False)
    for_probe: bool = False

    @classmethod
    def of(cls, stored: StoredPassword, key: bytes) -> "PasswordFacts":
        """Return the facts; `key` is the random key of this look."""
        password = stored.password
        return cls(
            stored.version,
            stored.begins,
            stored.expires,
            stored.made_for,
            password.faults(),
            password.fingerprint(key),
            stored.for_probe,
        )


@dataclass(frozen=True, slots=True)
class ClientPlaceObservation:
    """What is seen of a client at a place.

    `secret` is the clients' Secret, where we write the files. `mounts` is what the CSI driver brought to each pod, and
    `listed` what its SecretProviderClass lists; None where the inventory names none. `missing_class` says that it does
    not exist; empty where it does. `probe_proves`: the relay's probe client, whose file is newer than every other, was
    accepted by every replica; None where there is no probe client, or this is it. `content_proven`: it was accepted by
    every replica with a line of the content that the inventory wants.
    """

    workload: WorkloadObservation
    secret: SecretSnapshot | None = None
    mounts: tuple[Mount, ...] = ()
    listed: tuple[ProviderObject, ...] | None = None
    missing_class: str = ""
    probe_proves: bool | None = None
    content_proven: bool = False


type AnyClientPlaceObservation = ClientPlaceObservation | ExpectedOffline | Unreachable


@dataclass(frozen=True, slots=True)
class ClientObservation:
    """A client as one look found it `at` a moment (UTC). `stored` is None where the vault has no enabled version.

    `is_probe`: it is the probe client of its relay, whose file we write: each place has a password of its own.
    `read_errors` says why a source (`shared/domain/sources.py`) could not be read.
    """

    client: Client
    at: datetime
    journal: ClientJournal
    stored: PasswordFacts | None = None
    is_probe: bool = False
    places: Mapping[Place, AnyClientPlaceObservation] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
    read_errors: Mapping[str, str] = field(default_factory=dict)

    def only_at(self, places: Container[Place]) -> "ClientObservation":
        """Return what was found at these of its places alone."""
        return replace(self, places={place: there for place, there in self.places.items() if place in places})

    def as_unread(self, reason: str) -> "ClientObservation":
        """Return the observation as if nothing of the client had been read, for this reason."""
        places = dict.fromkeys(self.places, Unreachable("NotObserved", reason))
        errors = {**self.read_errors, client_source(self.client.name): reason}
        return ClientObservation(
            self.client, self.at, ClientJournal(), places=places, pauses=self.pauses, read_errors=errors
        )

    @property
    def probe_of(self) -> str | None:
        """The relay that names it as its probe client; None where none does."""
        relays = (place.relay for place in self.places)
        return next((relay.name for relay in relays if relay.probe_client == self.client.name), None)

    @property
    def use_fault(self) -> PasswordUseFault | None:
        """Why the mark on its newest version does not go with it; None where it does, or there is no version."""
        if self.stored is None:
            return None
        return password_use_fault(
            self.client, self.stored.version, probe_of=self.probe_of, for_probe=self.stored.for_probe
        )

    @property
    def active_journal(self) -> ClientJournal:
        """Its journal; an empty one in mode `observe`, where nobody continues what an earlier journal says."""
        return self.journal if self.client.mode == "manage" else ClientJournal()
