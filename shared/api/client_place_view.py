"""A client at one relay in one cluster: from the list in Git to the login, how far its password has come."""

from datetime import datetime
from typing import Literal

from shared.api.place_view import HeldView
from shared.api.views import View
from shared.domain.client_assessment import ClientAssessment, ClientPlaceAssessment
from shared.domain.client_observation import AnyClientPlaceObservation, ClientPlaceObservation
from shared.domain.client_steps import ClientStepReason, Proven, is_listed, version_in
from shared.domain.clients.client_file import ClientFileReason, file_diff, read_file_annotation
from shared.domain.clients.client_journal import AcceptanceReason, ClientPlaceState
from shared.domain.serving.place_observation import (
    ExpectedOffline,
    OfflineReason,
    SecretSnapshot,
    Unreachable,
    UnreachableReason,
)
from shared.inventory import Place
from shared.inventory.clients import ClientList

HOW_TO_CHECK = "the app reads no repository: `relaykeeper clients check --repo DIR` says whether it is listed"


class GitListView(View):
    """A list of user names in a Flux repository, from which the relay learns its clients."""

    path: str
    """The file, from the top of the repository."""
    keys: tuple[str, ...]
    """The keys that lead to the list."""
    state: Literal["unknown"]
    """`unknown`: the app reads no repository."""
    message: str
    """How to find out whether the client is listed."""


class MountView(View):
    """What the Secrets Store CSI driver mounted into a pod."""

    pod: str
    version: str | None
    """The version of the client's secret; null if the pod did not mount it."""
    newest: bool
    """That is the newest version in the vault."""


class ClientFileView(View):
    """The client's file in the clients' Secret."""

    secret: str
    """The Secret, as NAMESPACE/NAME."""
    present: bool
    """The Secret has a file called like the client's user."""
    versions: tuple[str, ...]
    """The versions whose passwords the file takes, newest first, as Relaykeeper wrote it; empty if it did not."""
    fault: ClientFileReason | None
    """What is wrong with the file, as in docs/reasons.md; null if nothing is, or there is no version to compare."""
    message: str
    """The same as a sentence; empty if nothing is wrong."""


class AcceptedView(View):
    """A version that was found to be accepted, and by which proof."""

    version: str
    newest: bool
    """It is the newest version in the vault, or a probe client's that is newer than every other file."""
    reason: AcceptanceReason
    """`AcceptedByLogin`: a login with this password was accepted. `AcceptedByProbe`: the relay's probe client proves
    that the replicas have the newest files. `MountedEverywhere`: each pod mounted this version, which is all that can
    be known."""
    message: str
    replicas: int
    """How many replicas there were."""
    one_of: bool
    """They stand behind a Service, which hides them: one of them answered."""
    at: datetime | None
    """When it was found first; null if it is seen now and not recorded, as of a client that is only observed."""


class ClientPlaceView(View):
    """A relay in a cluster, for one client."""

    place: str
    """`relay@cluster`."""
    state: Literal["observed", "offline_expected", "unreachable"]
    """`observed`: its cluster responded. `offline_expected`: asleep, suspended or paused. `unreachable`: offline
    unexpectedly, which raises an alert."""
    in_git: tuple[GitListView, ...]
    """The lists that the inventory names for the relay; empty if it names none."""
    provider_class: str | None
    """The SecretProviderClass from which the relay's clients are known; null if the inventory names none."""
    in_provider_class: bool | None
    """It lists the client's secret; null if there is none, or the place was not observed."""
    mounted: tuple[MountView, ...]
    """Each pod and the version that it mounted; empty if there is no `provider_class`, or the place was not
    observed."""
    file: ClientFileView | None
    """Null if something else brings the relay's files, or the place was not observed."""
    accepted: AcceptedView | None
    """The version that was last found to be accepted there; null if none was."""
    reason: ClientStepReason | OfflineReason | UnreachableReason | None
    """What is still to be done there, or is missing, or why it was not observed, as in docs/reasons.md; null if the
    newest version is accepted, or there is no password yet."""
    message: str
    """The same as a sentence; empty if there is no `reason`."""
    held: HeldView | None
    """Null if nothing is held back."""
    last_error: str | None
    """Why the last delivery there failed; null if it did not."""


def client_place_view(place: Place, assessment: ClientAssessment) -> ClientPlaceView:
    client, assessed = assessment.client, assessment.places[place]
    state = assessment.observation.active_journal.at(str(place))
    source, missing = place.relay.clients.source, what_is_missing(assessed)
    there = assessed.there if isinstance(assessed.there, ClientPlaceObservation) else None
    return ClientPlaceView(
        place=str(place),
        state=client_place_state(assessed.there),
        in_git=tuple(map(git_list_view, place.relay.clients.lists)),
        provider_class=source.secretproviderclass if source is not None else None,
        in_provider_class=is_listed(client, there) if there is not None else None,
        mounted=mount_views(assessment, there) if there is not None and source is not None else (),
        file=file_view(place, assessment, there.secret) if there is not None else None,
        accepted=accepted_view(place, assessment, state),
        reason=missing[0],
        message=missing[1],
        held=HeldView.model_validate(assessed.hold) if assessed.hold is not None else None,
        last_error=state.error,
    )


def client_place_state(there: AnyClientPlaceObservation) -> Literal["observed", "offline_expected", "unreachable"]:
    match there:
        case ClientPlaceObservation():
            return "observed"
        case ExpectedOffline():
            return "offline_expected"
        case Unreachable():
            return "unreachable"


def git_list_view(listed: ClientList) -> GitListView:
    return GitListView(path=listed.path, keys=listed.keys, state="unknown", message=HOW_TO_CHECK)


def mount_views(assessment: ClientAssessment, there: ClientPlaceObservation) -> tuple[MountView, ...]:
    stored = assessment.observation.stored
    by_pod = {mount.pod: version_in(assessment.client, mount.versions) for mount in there.mounts}
    mounted = ((pod.name, by_pod.get(pod.name)) for pod in there.workload.pods)
    return tuple(
        MountView(pod=pod, version=version, newest=stored is not None and version == stored.version)
        for pod, version in mounted
    )


def file_view(place: Place, assessment: ClientAssessment, snapshot: SecretSnapshot | None) -> ClientFileView | None:
    client, observation = assessment.client, assessment.observation
    if place.relay.clients.secret is None:
        return None
    said = read_file_annotation(client.name, snapshot)
    compared = observation.stored is not None and not observation.is_probe
    fault = file_diff(client, observation.stored.version, snapshot) if compared and observation.stored else None
    return ClientFileView(
        secret=f"{place.relay.workload.namespace}/{place.relay.clients.secret}",
        present=snapshot is not None and client.user in snapshot.digests,
        versions=said.versions if said is not None else (),
        fault=fault.reason if fault is not None else None,
        message=fault.message if fault is not None else "",
    )


def accepted_view(place: Place, assessment: ClientAssessment, state: ClientPlaceState) -> AcceptedView | None:
    """Return what is seen to be accepted now, or what was recorded last."""
    assessed, stored = assessment.places[place], assessment.observation.stored
    step, recorded = assessed.step, state.accepted
    if isinstance(step, Proven) and isinstance(assessed.there, ClientPlaceObservation):
        before = recorded if recorded is not None and recorded.version == step.version else None
        return AcceptedView(
            version=step.version,
            newest=True,
            reason=step.reason,
            message=step.message,
            replicas=len(assessed.there.workload.pods),
            one_of=place.relay.service is not None,
            at=before.at if before is not None else None,
        )
    if recorded is None:
        return None
    return AcceptedView(
        version=recorded.version,
        newest=stored is not None and recorded.version == stored.version,
        reason=recorded.reason,
        message=recorded.describe(),
        replicas=recorded.replicas,
        one_of=recorded.one_of,
        at=recorded.at,
    )


def what_is_missing(
    assessed: ClientPlaceAssessment,
) -> tuple[ClientStepReason | OfflineReason | UnreachableReason | None, str]:
    """Return why a place does not accept the newest version, as a reason and as a sentence; nothing where it does."""
    if not isinstance(assessed.there, ClientPlaceObservation):
        return assessed.there.reason, assessed.there.message
    if assessed.step is None or isinstance(assessed.step, Proven):
        return None, ""
    return assessed.step.reason, assessed.step.message
