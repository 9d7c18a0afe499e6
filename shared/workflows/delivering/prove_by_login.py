"""Prove by logins that each replica of a place takes a version of a client's password, and ask none too often."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from shared.domain.client_observation import ClientPlaceObservation
from shared.domain.clients.client_journal import FileProgress
from shared.domain.clients.login import LoginResult
from shared.domain.clients.login_choice import WAY_IS_WRONG
from shared.domain.clients.login_journal import OwnLoginResult
from shared.domain.journal import poll_delay
from shared.domain.login_targets import login_targets
from shared.domain.object_ref import Version
from shared.domain.serving.delivery import ROLLOUT
from shared.errors import NotYet, PermanentError, TransientError
from shared.inventory import Place
from shared.workflows.logins import LoginRound, log_in_where_due
from shared.workflows.observe_client import password_ref
from shared.workflows.on_boarding import OnBoarding


def log_in_once(work: OnBoarding, place: Place, there: ClientPlaceObservation, version: Version) -> None:
    """Log in at each replica that was not asked yet with this version, and write down what it said. Return when the
    place is to be looked at again at once.

    Raises NotYet while replicas are to be asked later, TransientError where none can be asked for longer than pods may
    take to start, PermanentError where logins are stopped or the server is not the expected one.
    """
    targets = login_targets(place, there.workload)
    replicas = [target.name for target in targets]
    progress = with_recorded_logins(work.begun(place, version), replicas, place, work)
    save_progress(work, place, progress)
    if not targets:
        raise no_replica(place, progress, work.ports.clock.now())
    left = [target for target in targets if target.name not in progress.asked]
    if not left:
        return
    early = file_may_be_missing(progress, place, work)
    if early and not work.is_probe_at(place):
        raise until_files_are_there(progress, place, work.ports.clock.now())
    stored = work.ports.vault.password(password_ref(work.client), version)
    if stored is None:
        raise PermanentError(f"version {version[:8]} of {password_ref(work.client)} is gone or disabled")
    work.held.before_effect()
    done = log_in_where_due(place, left, work.client, stored, work.ports, refusal_expected=early)
    judge_round(work, place, progress, done, refusal_expected=early)


def save_progress(work: OnBoarding, place: Place, progress: FileProgress) -> None:
    if progress != (state := work.state(place)).progress:
        work.save_state(place, replace(state, progress=progress))


def no_replica(place: Place, progress: FileProgress, now: datetime) -> NotYet | TransientError:
    """Return that a place has no replica to ask: it may get one soon, or each tick looks again."""
    message, since = f"{place}: no replica is Ready", progress.since
    if now < since + place.relay.clients_pick_up + ROLLOUT:
        return NotYet(message, poll_delay(since, now), str(place))
    return TransientError(f"{message}, since {since:%Y-%m-%d %H:%M:%S} UTC")


def with_recorded_logins(
    progress: FileProgress, replicas: Collection[str], place: Place, work: OnBoarding
) -> FileProgress:
    """Add what the login journal has of these replicas, where a worker was killed before it could record it here: in a
    login with a client's own password, the replica counts as asked."""
    logins = work.ports.state.logins.read(place.relay.name)
    if work.is_probe_at(place):
        taken = [name for name in logins.accepted_with(progress.version) if name in replicas]
        return progress.with_answers(logged_in=taken)
    by_result: dict[OwnLoginResult, list[str]] = {}
    for name, own in logins.own_logins(work.client.name, progress.version).items():
        if name in replicas and name not in progress.asked:
            by_result.setdefault(own.result, []).append(name)
    return progress.with_answers(
        logged_in=by_result.get("Accepted", ()),
        refused_by=by_result.get("Refused", ()),
        unrecorded=by_result.get("Unknown", ()),
    )


def file_may_be_missing(progress: FileProgress, place: Place, work: OnBoarding) -> bool:
    """Say whether replicas may not have the file yet. Where something else proves that they have it, they do."""
    if place.relay.clients.sync == "none" or place.relay.probe_client not in (None, work.client.name):
        return False
    return work.ports.clock.now() < files_expected(progress, place)


def files_expected(progress: FileProgress, place: Place) -> datetime:
    return (progress.written or progress.since) + place.relay.clients_pick_up


def until_files_are_there(progress: FileProgress, place: Place, now: datetime) -> NotYet:
    """Return that a client's own password waits: it is used once at each replica, and a refusal would say nothing."""
    until = files_expected(progress, place)
    message = f"{place}: replicas have until {until:%H:%M:%S} UTC to get the file; then each gets one login"
    return NotYet(message, max(until - now, poll_delay(progress.since, now)), str(place))


def judge_round(
    work: OnBoarding, place: Place, progress: FileProgress, done: LoginRound, *, refusal_expected: bool
) -> None:
    """Record what one round of logins showed. Raises NotYet, TransientError or PermanentError unless that ends it."""
    accepted = [name for name, result in done.results.items() if result.reason == "Accepted"]
    refused = [name for name, result in done.results.items() if result.is_refusal and not refusal_expected]
    final = () if work.is_probe_at(place) else refused
    save_progress(work, place, progress.with_answers(logged_in=accepted, refused_by=final))
    if done.ended:
        raise PermanentError(f"{done.ended}. {files_remedy(place)}")
    others = {name: result for name, result in done.results.items() if name not in accepted}
    if not others and not done.wait:
        return
    raise_if_failed(place, others, refusal_expected=refusal_expected)
    waiting = describe(others) or "the next login is not due yet"
    interval = place.relay.login_interval if others else done.wait
    raise NotYet(f"{place}: {waiting}", max(interval, poll_delay(progress.since, work.ports.clock.now())), str(place))


def raise_if_failed(place: Place, results: dict[str, LoginResult], *, refusal_expected: bool) -> None:
    """Raise TransientError for results that time and another way to log in do not change."""
    failed = {
        name: result
        for name, result in results.items()
        if result.reason not in WAY_IS_WRONG and not (result.is_refusal and refusal_expected)
    }
    if failed:
        raise TransientError(f"{place} does not accept the password: {describe(failed)}. {remedy_for(place, failed)}")


def remedy_for(place: Place, failed: dict[str, LoginResult]) -> str:
    """Say what a person can do. Pods are not rolled for a client: others send mail through them."""
    return files_remedy(place) if any(result.is_refusal for result in failed.values()) else "See the relay's log."


def files_remedy(place: Place) -> str:
    workload = place.relay.workload
    return (
        "The replicas may not have the newest files: they mount the clients' Secret by subPath, or not at all. See "
        f"kubectl --context {place.cluster} -n {workload.namespace} describe {workload.kind} {workload.name}, and roll "
        "it if it reads its files only when it starts."
    )


def describe(results: dict[str, LoginResult]) -> str:
    return "; ".join(f"{name}: {result.message}" for name, result in results.items())
