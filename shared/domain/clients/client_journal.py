"""What we record of a client: which password we made, where its file was written, and where it is accepted."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from shared.domain.attempt_state import AttemptState
from shared.domain.object_ref import Version
from shared.domain.serving.place_observation import Pod

AcceptanceReason = Literal["AcceptedByLogin", "AcceptedByProbe", "MountedEverywhere"]


@dataclass(frozen=True, slots=True)
class MadePassword:
    """A password that we made. `version` is None from before the vault is asked to store it until it has answered.

    `handed_out`: since when it is the client's own. From then on we do not log in with it.
    """

    at: datetime
    version: Version | None = None
    handed_out: datetime | None = None


@dataclass(frozen=True, slots=True)
class FileProgress:
    """A version whose way to a place began `since`. `written`: when its file was last changed for it.

    `logged_in` names the replicas that took its password in a login, `refused_by` those that did not (535), and
    `unrecorded` those whose answer was lost with the worker that asked: each is asked once.
    """

    version: Version
    since: datetime
    written: datetime | None = None
    logged_in: tuple[str, ...] = ()
    refused_by: tuple[str, ...] = ()
    unrecorded: tuple[str, ...] = ()

    @property
    def asked(self) -> frozenset[str]:
        """The replicas that are not asked again."""
        return frozenset((*self.logged_in, *self.refused_by, *self.unrecorded))

    def with_answers(
        self, logged_in: Iterable[str] = (), refused_by: Iterable[str] = (), unrecorded: Iterable[str] = ()
    ) -> "FileProgress":
        """Return the progress with these replicas besides."""
        return replace(
            self,
            logged_in=tuple(dict.fromkeys((*self.logged_in, *logged_in))),
            refused_by=tuple(dict.fromkeys((*self.refused_by, *refused_by))),
            unrecorded=tuple(dict.fromkeys((*self.unrecorded, *unrecorded))),
        )


@dataclass(frozen=True, slots=True)
class AcceptedVersion:
    """A version that every Ready replica of a place was found to accept, and by which proof.

    `replicas` is how many were Ready; with `one_of` they stood behind a Service, and one of them answered.
    """

    version: Version
    reason: AcceptanceReason
    replicas: int
    at: datetime
    one_of: bool = False

    def holds_for(self, version: Version, pods: Collection[Pod]) -> bool:
        """Say whether this proves a version at these pods: as many were proven as there are, or as are Ready.

        So a pod that becomes Ready later is asked then, and one that is not Ready for a while changes nothing.
        """
        ready = sum(pod.ready for pod in pods)
        return self.version == version and self.replicas in (len(pods), ready)

    def describe(self) -> str:
        """Say by how many replicas it was accepted, and since when."""
        who = f"one of {self.replicas}" if self.one_of else f"every replica, of which there are {self.replicas}"
        return f"accepted by {who}, since {self.at:%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True, slots=True)
class ClientPlaceState:
    """What happened to a client at one `relay@cluster`.

    `proven`: how the way of the accepted version ended. So a replica that was asked is not asked again, if the login
    journal is lost. `lines`: the versions in its file when that was last written, newest first, for a Secret that is
    made again.
    """

    progress: FileProgress | None = None
    proven: FileProgress | None = None
    accepted: AcceptedVersion | None = None
    error: str | None = None
    lines: tuple[Version, ...] = ()

    def begun_again(self, version: Version, now: datetime, written: datetime | None = None) -> FileProgress:
        """Return the progress of a version whose way begins now, with the answers that replicas gave to it before."""
        for before in (self.progress, self.proven):
            if before is not None and before.version == version:
                return replace(before, since=now, written=written)
        return FileProgress(version, now, written)


@dataclass(frozen=True, slots=True)
class ClientJournal:
    """The state of one client. No password is in it, nor anything made of one."""

    schema: int = 1
    attempt: AttemptState = field(default_factory=AttemptState)
    made: MadePassword | None = None
    places: Mapping[str, ClientPlaceState] = field(default_factory=dict)

    def at(self, place: str) -> ClientPlaceState:
        """Return the record of one `relay@cluster`."""
        return self.places.get(place, ClientPlaceState())

    def with_attempt(self, attempt: AttemptState) -> "ClientJournal":
        return replace(self, attempt=attempt)

    def done(self) -> "ClientJournal":
        """Return the journal of an attempt that neither waits nor failed."""
        return self.with_attempt(self.attempt.done())

    def with_place(self, place: str, state: ClientPlaceState) -> "ClientJournal":
        return replace(self, places={**self.places, place: state})

    def only_at(self, places: Collection[str]) -> "ClientJournal":
        """Return the journal without the records of any other place."""
        return replace(self, places={place: state for place, state in self.places.items() if place in places})

    def may_log_in(self, version: Version) -> bool:
        """Say whether a version is a password that we made and did not hand out yet."""
        return self.made is not None and self.made.version == version and self.made.handed_out is None
