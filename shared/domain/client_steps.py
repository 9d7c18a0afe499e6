"""The next step on a client's way to `accepted` at a place, decided from its file, its mounts and its logins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.domain.client_observation import ClientObservation, ClientPlaceObservation
from shared.domain.clients.client_file import (
    ClientFileDiff,
    ClientFileReason,
    covering_version,
    file_diff,
    read_file_annotation,
)
from shared.domain.clients.client_journal import AcceptanceReason, ClientJournal, ClientPlaceState, FileProgress
from shared.domain.clients.client_secret import same_name
from shared.domain.clients.password_use import PasswordUseReason
from shared.domain.login_targets import login_targets
from shared.domain.object_ref import Version
from shared.inventory import Place
from shared.inventory.clients import Client
from shared.text import counted

ClientStepReason = (
    ClientFileReason
    | AcceptanceReason
    | PasswordUseReason
    | Literal[
        "ProbeOutdated",
        "ProbeNotAccepted",
        "LoginPending",
        "LoginRefused",
        "LoginLost",
        "MountMissing",
        "MountOutdated",
        "NotProvable",
    ]
)


@dataclass(frozen=True, slots=True)
class WriteFile:
    """The client's file is to be written: its Secret lacks the newest version. For a probe client with a new one."""

    reason: Literal["ClientFileMissing", "ClientFileOutdated", "ProbeOutdated"]
    message: str


@dataclass(frozen=True, slots=True)
class AwaitProbe:
    """The file is there; the relay's probe client has yet to prove that each replica has it."""

    message: str
    version: Version
    reason: Literal["ProbeNotAccepted"] = "ProbeNotAccepted"


@dataclass(frozen=True, slots=True)
class LogIn:
    """A login is to prove that each replica accepts this version."""

    message: str
    version: Version
    reason: Literal["LoginPending"] = "LoginPending"


@dataclass(frozen=True, slots=True)
class Proven:
    """The password is accepted, as far as it can be found out."""

    reason: AcceptanceReason
    message: str
    version: Version


@dataclass(frozen=True, slots=True)
class LeftToOthers:
    """Nothing is for us to do there: `reason` and `message` say what is missing."""

    reason: (
        PasswordUseReason
        | Literal[
            "MountMissing",
            "MountOutdated",
            "NotProvable",
            "ClientFileNotOurs",
            "ClientFileEdited",
            "LoginRefused",
            "LoginLost",
        ]
    )
    message: str

    @property
    def is_failure(self) -> bool:
        """Whether a person must act. A mount is others' work under way, and what cannot be proven may be well."""
        return self.reason not in ("MountMissing", "MountOutdated", "NotProvable")


ClientStep = WriteFile | AwaitProbe | LogIn | Proven | LeftToOthers


def next_client_step(observation: ClientObservation, place: Place, there: ClientPlaceObservation) -> ClientStep:
    """Return the next step on the way to `accepted`."""
    client, journal = observation.client, observation.active_journal
    if (fault := observation.use_fault) is not None:
        return LeftToOthers(fault.reason, fault.message)
    if observation.is_probe:
        return step_for_probe(client, place, there, journal)
    assert observation.stored is not None, "without a password there is no step"
    version = observation.stored.version
    if place.relay.clients.sync == "none":
        return step_for_mounts(client, place, there, version, journal)
    if (lacks := file_diff(client, version, there.secret)) is not None:
        return write_or_leave(lacks)
    return step_for_content(client, place, there, version) or step_for_file(place, there, version, journal)


def step_for_probe(client: Client, place: Place, there: ClientPlaceObservation, journal: ClientJournal) -> ClientStep:
    """A probe client gets a new password when the files beside its own have changed, and proves it by logging in."""
    version = covering_version(client, place.relay.clients.content, there.secret)
    if version is None:
        message = "the files beside it are newer than its password, or its own file has other lines than are wanted"
        return WriteFile("ProbeOutdated", message)
    return login_or_proven(place, there, version, journal)


def write_or_leave(lacks: ClientFileDiff) -> WriteFile | LeftToOthers:
    match lacks.reason:
        case "ClientFileMissing" | "ClientFileOutdated" as reason:
            return WriteFile(reason, lacks.message)
        case "ClientFileNotOurs" | "ClientFileEdited" as reason:
            return LeftToOthers(reason, lacks.message)


def step_for_content(
    client: Client, place: Place, there: ClientPlaceObservation, version: Version
) -> WriteFile | AwaitProbe | LeftToOthers | None:
    """A file whose lines are not what the inventory wants (SHA-256 or password) is written again once the probe client
    was accepted with such a line: a relay that compares in the other way would take nobody. None where they are."""
    said, wanted = read_file_annotation(client.name, there.secret), place.relay.clients.content
    if said is None or said.content == wanted:
        return None
    message = f"each line of the file is a {said.content}, and the inventory wants a {wanted}"
    if there.content_proven:
        return WriteFile("ClientFileOutdated", message)
    if there.probe_proves is not None:
        return AwaitProbe(
            f"{message}; the probe client has not yet proven that each replica takes such a line", version
        )
    return LeftToOthers(
        "NotProvable",
        f"{message}; it stays until a probe_client of relay {place.relay.name} proves that replicas take such a line",
    )


def step_for_file(place: Place, there: ClientPlaceObservation, version: Version, journal: ClientJournal) -> ClientStep:
    """A client is accepted where the probe client proves that the replicas have its file; its own password, if nobody
    else has it yet, is tried as well."""
    if (before := proven_before(place, there, version, journal)) is not None:
        return before
    if there.probe_proves is False:
        message = "the file is written; the probe client has not yet proven that each replica has it"
        return AwaitProbe(message, version)
    by_probe = None
    if there.probe_proves:
        message = f"the probe client proves that {replicas_of(place, there)} took the newest files"
        by_probe = Proven("AcceptedByProbe", message, version)
    if journal.may_log_in(version):
        return login_or_proven(place, there, version, journal, by_probe)
    return by_probe or LeftToOthers(
        "NotProvable",
        f"the file is written; whether replicas have it cannot be found out, because relay {place.relay.name} has no "
        "probe_client",
    )


def step_for_mounts(
    client: Client, place: Place, there: ClientPlaceObservation, version: Version, journal: ClientJournal
) -> ClientStep:
    """Something else brings the files: say what each pod has, and try our own password where it is not in use yet."""
    if (missing := mount_fault(client, there, version)) is not None:
        return missing
    if not there.mounts:
        message = "something else brings the files, and nothing says which version the pods have"
        return LeftToOthers("NotProvable", message)
    message = f"version {version[:8]} is mounted in {counted(len(there.workload.pods), 'pod')}"
    by_mounts = Proven("MountedEverywhere", message, version)
    if journal.may_log_in(version):
        return login_or_proven(place, there, version, journal, by_mounts)
    return proven_before(place, there, version, journal) or by_mounts


def mount_fault(client: Client, there: ClientPlaceObservation, version: Version) -> LeftToOthers | None:
    """Say which pods lack the client's newest version; None where none does, or nothing is known of mounts."""
    if there.missing_class:
        return LeftToOthers("MountMissing", there.missing_class)
    if (listed := is_listed(client, there)) is None:
        return None
    if not listed:
        return LeftToOthers("MountMissing", "the SecretProviderClass does not list it")
    by_pod = {mount.pod: version_in(client, mount.versions) for mount in there.mounts}
    pods = [pod.name for pod in there.workload.pods]
    if absent := [pod for pod in pods if by_pod.get(pod) is None]:
        return LeftToOthers("MountMissing", f"{', '.join(absent)} did not mount it")
    if old := [pod for pod in pods if by_pod[pod] != version]:
        return LeftToOthers("MountOutdated", f"{', '.join(old)} mounted another version than {version[:8]}")
    return None


def is_listed(client: Client, there: ClientPlaceObservation) -> bool | None:
    """Say whether the place's SecretProviderClass lists the client's secret; None where none is known."""
    if there.listed is None:
        return None
    return any(each.kind == "secret" and same_name(each.name, client.secret) for each in there.listed)


def version_in(client: Client, versions: Mapping[str, str]) -> str | None:
    return next((version for name, version in versions.items() if same_name(name, client.secret)), None)


def login_or_proven(
    place: Place,
    there: ClientPlaceObservation,
    version: Version,
    journal: ClientJournal,
    otherwise: Proven | None = None,
) -> ClientStep:
    """Return the login that is still to be made, or what the logins showed; where the result of one was lost, what
    proves the version `otherwise`."""
    progress = progress_of(journal.at(str(place)), version)
    if progress is not None and progress.refused_by:
        who = " and ".join(progress.refused_by)
        message = (
            f"{who} refused version {version[:8]} of its password (535), and is not asked again with it. Find out why "
            "in the relay's log, then store a new version in the vault"
        )
        return LeftToOthers("LoginRefused", message)
    if (before := proven_before(place, there, version, journal)) is not None:
        return before
    replicas = {target.name for target in login_targets(place, there.workload)}
    if progress is None or not replicas or not replicas <= progress.asked:
        return LogIn(f"a login at {replicas_of(place, there)} is to prove it", version)
    if not (lost := replicas & set(progress.unrecorded)):
        return Proven("AcceptedByLogin", f"a login was accepted by {replicas_of(place, there)}", version)
    return otherwise or LeftToOthers("LoginLost", lost_login(place, sorted(lost), version))


def lost_login(place: Place, replicas: Sequence[str], version: Version) -> str:
    return (
        f"a login at {' and '.join(replicas)} with version {version[:8]} of its password began, and the worker ended "
        "before it recorded the answer. A client's own password is used once at each replica, so it is not asked again "
        f"with it. Let relay {place.relay.name} have a probe_client, which proves the files; or find the login in the "
        "relay's log and, if it was refused, store a new version in the vault"
    )


def proven_before(
    place: Place, there: ClientPlaceObservation, version: Version, journal: ClientJournal
) -> Proven | None:
    """Return the proof that the journal has of a version, which holds for this number of replicas until its file is
    written again."""
    state = journal.at(str(place))
    accepted = state.accepted
    if accepted is None or state.progress is not None:
        return None
    if not accepted.holds_for(version, there.workload.pods):
        return None
    return Proven(accepted.reason, accepted.describe(), version)


def replicas_of(place: Place, there: ClientPlaceObservation) -> str:
    number = counted(sum(pod.ready for pod in there.workload.pods), "replica")
    return number if place.relay.service is None else f"one of {number} (behind Service {place.relay.service})"


def progress_of(state: ClientPlaceState, version: Version) -> FileProgress | None:
    """Return the progress of this version at a place; None where none is under way."""
    return state.progress if state.progress is not None and state.progress.version == version else None
