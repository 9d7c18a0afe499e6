"""Bring one place to accept a client's newest password, and prove it."""

from dataclasses import replace
from datetime import datetime

from shared.domain.client_observation import ClientPlaceObservation
from shared.domain.client_steps import (
    AwaitProbe,
    ClientStep,
    LeftToOthers,
    LogIn,
    Proven,
    WriteFile,
    progress_of,
    replicas_of,
)
from shared.domain.clients.client_journal import AcceptedVersion, FileProgress
from shared.domain.clients.login import LoginResult
from shared.domain.clients.login_choice import WAY_IS_WRONG
from shared.domain.holds import expected_offline
from shared.domain.journal import poll_delay
from shared.domain.object_ref import Version, client_ref
from shared.domain.serving.delivery import ROLLOUT
from shared.domain.serving.place_observation import Unreachable
from shared.errors import Conflict, NotYet, PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Place
from shared.log_context import step as log_step
from shared.ports import Ports
from shared.workflows.attempt import MAX_WAIT
from shared.workflows.delivering.stages import wait_to_settle
from shared.workflows.delivering.write_client_file import write_client_file, write_probe_file
from shared.workflows.enqueue import wake
from shared.workflows.logins import LoginRound, log_in_where_due, login_targets
from shared.workflows.observe_client import password_ref
from shared.workflows.on_boarding import OnBoarding, PasswordVersion, clear_error, record_failure


def deliver_password(work: OnBoarding, place: Place, *, stopped: bool) -> bool | NotYet:
    """Take steps at a place until it accepts the password, or until it needs more time; see `TakeTurn`.

    A failure is recorded there. The line stops where replicas that were given the file refuse the password.
    """
    with log_step(place=str(place)):
        try:
            with guard(f"on-boarding {work.client.name} at {place}"):
                return take_steps(work, place, stopped=stopped)
        except (TransientError, PermanentError) as failure:
            offline = expected_offline(place, work.pauses, work.ports.clock.now())
            if offline is not None and isinstance(failure, TransientError):
                clear_error(work, place)
            else:
                record_failure(work, place, str(failure))
            return True


def take_steps(work: OnBoarding, place: Place, *, stopped: bool) -> bool | NotYet:
    """Raises NotYet if the place needs more time, TransientError or PermanentError if the step fails."""
    while True:
        assessed = work.assess([place]).places[place]
        there, step, hold = assessed.there, assessed.step, assessed.hold
        if isinstance(there, Unreachable):
            record_failure(work, place, there.message)
            return True
        if not isinstance(there, ClientPlaceObservation) or step is None:
            clear_error(work, place)
            return True
        if hold is not None:
            clear_error(work, place)
            return wait_to_settle(place, hold, work.ports.clock.now()) if assessed.waits_to_settle else True
        if stopped and isinstance(step, WriteFile):
            return True
        if (outcome := take_step(work, place, there, step)) is not None:
            return outcome


def take_step(work: OnBoarding, place: Place, there: ClientPlaceObservation, step: ClientStep) -> bool | None:
    """Take one step; return whether the line may go on, or None where the place is to be looked at again."""
    match step:
        case WriteFile():
            write_step(work, place, there)
            return None
        case AwaitProbe():
            return await_probe(work, place, step)
        case LogIn():
            return login_step(work, place, there, step.version)
        case Proven():
            mark_accepted(work, place, there, step)
            return True
        case LeftToOthers(is_failure=True):
            record_failure(work, place, step.message)
            return False
    clear_error(work, place)
    return True


def write_step(work: OnBoarding, place: Place, there: ClientPlaceObservation) -> None:
    """Write the file. The replicas' time to get it begins now."""
    now = work.ports.clock.now()
    try:
        if is_probe_of(place, work):
            lines: tuple[Version, ...] = (write_probe_file(work, place, there.secret),)
        else:
            lines = write_client_file(work, place, there.secret)
    except Conflict as changed:
        raise NotYet(str(changed), MAX_WAIT, str(place)) from changed
    progress = FileProgress(lines[0], now, work.ports.clock.now())
    work.save_state(place, replace(work.state(place), progress=progress, lines=lines))


def await_probe(work: OnBoarding, place: Place, step: AwaitProbe) -> bool:
    """Ask the probe client's own worker to prove that the replicas have the file, and raise NotYet.

    It is asked each time, because a message may be lost. Where that takes longer than pods may take, it is a failure,
    and the line stops; each tick looks again.
    """
    probe, now = place.relay.probe_client, work.ports.clock.now()
    assert probe is not None, "only a probe client is waited for"
    wake({client_ref(probe): f"files changed at {place}"}, work.held.trigger.correlation, work.ports)
    since = begun(work, place, step.version).since
    if now < since + place.relay.clients_pick_up + ROLLOUT:
        raise NotYet(f"{place}: {step.message}", poll_delay(since, now), str(place))
    record_failure(
        work, place, f"{step.message}, since {since:%Y-%m-%d %H:%M:%S} UTC. {probe_trouble(probe, place, work.ports)}"
    )
    return False


def begun(work: OnBoarding, place: Place, version: Version) -> FileProgress:
    """Return the progress of a version at a place. It begins now, and is written down, where none is under way: without
    a beginning a wait has no end."""
    state = work.state(place)
    if (progress := progress_of(state, version)) is None:
        progress = FileProgress(version, work.ports.clock.now())
        work.save_state(place, replace(state, progress=progress))
    return progress


def probe_trouble(probe: str, place: Place, ports: Ports) -> str:
    """Say what keeps the probe client from proving it, as its own journal has it."""
    error = ports.state.clients.read(probe).at(str(place)).error
    return f"client {probe}: {error}" if error is not None else f"See client {probe}."


def login_step(work: OnBoarding, place: Place, there: ClientPlaceObservation, version: Version) -> bool | None:
    """Log in at each replica that has not taken this version yet.

    Raises NotYet until all of them did, TransientError where none can be asked for longer than pods may take to start,
    PermanentError where logins are stopped or the server is not the expected one.
    """
    progress = with_recorded_logins(begun(work, place, version), place, work)
    targets = login_targets(place, there.workload)
    left = [target for target in targets if target.name not in progress.logged_in]
    if targets and not left:
        message = f"a login was accepted by {replicas_of(place, there)}"
        mark_accepted(work, place, there, Proven("AcceptedByLogin", message, version))
        return True
    if not targets:
        raise no_replica(place, progress, work.ports.clock.now())
    stored = work.ports.vault.password(password_ref(work.client), version)
    if stored is None:
        raise PermanentError(f"version {version[:8]} of {password_ref(work.client)} is gone or disabled")
    work.held.before_effect()
    expected = refusal_is_expected(progress, place, work)
    done = log_in_where_due(place, left, work.client, stored, work.ports, refusal_expected=expected)
    return judge_round(work, place, progress, done, refusal_expected=expected)


def no_replica(place: Place, progress: FileProgress, now: datetime) -> NotYet | TransientError:
    """Return that a place has no replica to ask: it may get one soon, or each tick looks again."""
    message, since = f"{place}: no replica is Ready", progress.since
    if now < since + place.relay.clients_pick_up + ROLLOUT:
        return NotYet(message, poll_delay(since, now), str(place))
    return TransientError(f"{message}, since {since:%Y-%m-%d %H:%M:%S} UTC")


def with_recorded_logins(progress: FileProgress, place: Place, work: OnBoarding) -> FileProgress:
    """Add the replicas that took the version in a login whose worker was killed before it could record it here."""
    logins = work.ports.state.logins.read(place.relay.name)
    taken = [name for name in logins.accepted_with(progress.version) if name not in progress.logged_in]
    return replace(progress, logged_in=(*progress.logged_in, *taken))


def refusal_is_expected(progress: FileProgress, place: Place, work: OnBoarding) -> bool:
    """Say whether replicas may not have the file yet. Where something else proves that they have it, they do."""
    if place.relay.clients.sync == "none" or place.relay.probe_client not in (None, work.client.name):
        return False
    return work.ports.clock.now() < (progress.written or progress.since) + place.relay.clients_pick_up


def judge_round(
    work: OnBoarding, place: Place, progress: FileProgress, done: LoginRound, *, refusal_expected: bool
) -> bool | None:
    """Record what one round of logins showed; None where the place is to be looked at again at once."""
    accepted = [name for name, result in done.results.items() if result.reason == "Accepted"]
    refused = [name for name, result in done.results.items() if result.is_refusal and not refusal_expected]
    progress = replace(
        progress,
        logged_in=(*progress.logged_in, *accepted),
        refused_by=(*progress.refused_by, *(refused if not is_probe_of(place, work) else ())),
    )
    work.save_state(place, replace(work.state(place), progress=progress))
    if done.ended:
        raise PermanentError(f"{done.ended}. {files_remedy(place)}")
    others = {name: result for name, result in done.results.items() if name not in accepted}
    if not others and not done.wait:
        return None
    raise_if_failed(place, others, refusal_expected=refusal_expected)
    waiting = describe(others) or "the next login is not due yet"
    interval = place.relay.login_interval if others else done.wait
    raise NotYet(f"{place}: {waiting}", max(interval, poll_delay(progress.since, work.ports.clock.now())), str(place))


def is_probe_of(place: Place, work: OnBoarding) -> bool:
    return place.relay.probe_client == work.client.name


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


def mark_accepted(work: OnBoarding, place: Place, there: ClientPlaceObservation, step: Proven) -> None:
    """Record that every Ready replica accepts the version, and since when; without one nothing is proven."""
    state, now = work.state(place), work.ports.clock.now()
    replicas = sum(pod.ready for pod in there.workload.pods)
    after = replace(state, progress=None, error=None)
    if replicas:
        before = state.accepted
        if before is None or before.version != step.version:
            version = PasswordVersion(step.version)
            work.held.record("accepted", step.message, place=str(place), version=version, reason=step.reason)
            before = AcceptedVersion(step.version, step.reason, replicas, now, place.relay.service is not None)
        after = replace(after, accepted=replace(before, replicas=replicas))
    work.save_state(place, after)
    if is_probe_of(place, work) and state.progress is not None:
        wake_waiting(work, place)


def wake_waiting(work: OnBoarding, place: Place) -> None:
    """Ask for a look at each client whose file the probe client has just proven to be with the replicas."""
    ports = work.ports
    others = [client.name for client in ports.inventory.clients_of(place.relay.name) if client != work.client]
    waiting = [name for name in others if ports.state.clients.read(name).at(str(place)).progress is not None]
    causes = {client_ref(name): f"the probe client proves the files at {place}" for name in waiting}
    wake(causes, work.held.trigger.correlation, ports)
