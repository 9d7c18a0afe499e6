"""What each step of on-boarding a client needs: the client, its journal under the lease, and the pauses in force."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from shared.domain.client_assessment import ClientAssessment, assess_client
from shared.domain.client_steps import progress_of
from shared.domain.clients.client_journal import ClientJournal, ClientPlaceState, FileProgress
from shared.domain.object_ref import Version
from shared.domain.pauses import Pause
from shared.inventory import Place
from shared.inventory.clients import Client
from shared.ports import Ports
from shared.workflows.lease import Leased
from shared.workflows.observe import Look
from shared.workflows.observe_client import observe_client

log = logging.getLogger("relaykeeper.clients")


@dataclass(frozen=True, slots=True)
class PasswordVersion:
    """A version of a password as the history keeps it: nothing made of the password is in it."""

    version: str
    thumbprint: str = ""
    serial: str = ""


@dataclass(frozen=True, slots=True)
class OnBoarding:
    """One client that a worker brings from wanted to accepted. `pauses` were in force when it began."""

    client: Client
    held: Leased[ClientJournal]
    pauses: tuple[Pause, ...]

    @property
    def journal(self) -> ClientJournal:
        return self.held.journal

    @property
    def ports(self) -> Ports:
        return self.held.ports

    @property
    def places(self) -> tuple[Place, ...]:
        """Where the client is to be accepted, in the order in which anything new arrives."""
        return self.ports.inventory.client_places(self.client)

    def state(self, place: Place) -> ClientPlaceState:
        return self.journal.at(str(place))

    def save_state(self, place: Place, state: ClientPlaceState) -> None:
        self.held.save(self.journal.with_place(str(place), state))

    def is_probe_at(self, place: Place) -> bool:
        return place.relay.probe_client == self.client.name

    def begun(self, place: Place, version: Version) -> FileProgress:
        """Return the progress of a version at a place. It begins now, and is written down, where none is under way:
        without a beginning a wait has no end."""
        state = self.state(place)
        if (progress := progress_of(state, version)) is None:
            progress = state.begun_again(version, self.ports.clock.now())
            self.save_state(place, replace(state, progress=progress))
        return progress

    def assess(self, places: Iterable[Place]) -> ClientAssessment:
        """Look again at these places, and assess what is seen: the world changes with each step."""
        look = Look("quick", self.pauses)
        return assess_client(observe_client(self.client, self.journal, look, self.ports, places))


def clear_error(work: OnBoarding, place: Place) -> None:
    """Delete the error of the last attempt at a place, because this one did not fail."""
    state = work.state(place)
    if state.error is not None:
        work.save_state(place, replace(state, error=None))


def record_failure(work: OnBoarding, place: Place, message: str) -> None:
    log.error("%s at %s: %s", work.client.name, place, message)
    state = work.state(place)
    if state.error != message:
        work.held.record("not accepted", message, place=str(place))
        work.save_state(place, replace(state, error=message))
