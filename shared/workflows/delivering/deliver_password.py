"""Bring one place to accept a client's newest password, and prove it."""

from dataclasses import replace

from shared.domain.client_observation import ClientPlaceObservation
from shared.domain.client_steps import (
    AwaitProbe,
    ClientStep,
    LeftToOthers,
    LogIn,
    Proven,
    WriteFile,
)
from shared.domain.clients.client_journal import AcceptedVersion
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
from shared.workflows.delivering.prove_by_login import log_in_once
from shared.workflows.delivering.stages import wait_to_settle
from shared.workflows.delivering.write_client_file import write_client_file, write_probe_file
from shared.workflows.enqueue import wake
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
            log_in_once(work, place, there, step.version)
            return None
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
        if work.is_probe_at(place):
            lines: tuple[Version, ...] = (write_probe_file(work, place, there.secret),)
        else:
            lines = write_client_file(work, place, there)
    except Conflict as changed:
        raise NotYet(str(changed), MAX_WAIT, str(place)) from changed
    state = work.state(place)
    progress = state.begun_again(lines[0], now, work.ports.clock.now())
    work.save_state(place, replace(state, progress=progress, lines=lines))


def await_probe(work: OnBoarding, place: Place, step: AwaitProbe) -> bool:
    """Ask the probe client's own worker to prove that the replicas have the file, and raise NotYet.

    It is asked each time, because a message may be lost. Where that takes longer than pods may take, it is a failure,
    and the line stops; each tick looks again.
    """
    probe, now = place.relay.probe_client, work.ports.clock.now()
    assert probe is not None, "only a probe client is waited for"
    wake({client_ref(probe): f"files changed at {place}"}, work.held.trigger.correlation, work.ports)
    since = work.begun(place, step.version).since
    if now < since + place.relay.clients_pick_up + ROLLOUT:
        raise NotYet(f"{place}: {step.message}", poll_delay(since, now), str(place))
    record_failure(
        work, place, f"{step.message}, since {since:%Y-%m-%d %H:%M:%S} UTC. {probe_trouble(probe, place, work.ports)}"
    )
    return False


def probe_trouble(probe: str, place: Place, ports: Ports) -> str:
    """Say what keeps the probe client from proving it, as its own journal has it."""
    error = ports.state.clients.read(probe).at(str(place)).error
    return f"client {probe}: {error}" if error is not None else f"See client {probe}."


def mark_accepted(work: OnBoarding, place: Place, there: ClientPlaceObservation, step: Proven) -> None:
    """Record that every Ready replica accepts the version, and since when; without one nothing is proven."""
    state, now = work.state(place), work.ports.clock.now()
    replicas = sum(pod.ready for pod in there.workload.pods)
    after = replace(state, progress=None, proven=state.progress or state.proven, error=None)
    if replicas:
        before = state.accepted
        if before is None or before.version != step.version:
            version = PasswordVersion(step.version)
            work.held.record("accepted", step.message, place=str(place), version=version, reason=step.reason)
            before = AcceptedVersion(step.version, step.reason, replicas, now, place.relay.service is not None)
        after = replace(after, accepted=replace(before, replicas=replicas))
    work.save_state(place, after)
    if work.is_probe_at(place) and state.progress is not None:
        wake_waiting(work, place)


def wake_waiting(work: OnBoarding, place: Place) -> None:
    """Ask for a look at each client whose file the probe client has just proven to be with the replicas."""
    ports = work.ports
    others = [client.name for client in ports.inventory.clients_of(place.relay.name) if client != work.client]
    waiting = [name for name in others if ports.state.clients.read(name).at(str(place)).progress is not None]
    causes = {client_ref(name): f"the probe client proves the files at {place}" for name in waiting}
    wake(causes, work.held.trigger.correlation, ports)
