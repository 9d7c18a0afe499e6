"""Whatever happened to a place, following `next_step` comes to rest: served, or stopped by name."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.serving.delivery import ROLLOUT, Restart, Serving, Skip, Stop, Wait, Write
from tests.fakes.inventory import place
from tests.unit.properties.simulated_place import Manner, Replica, SimulatedPlace
from tests.unit.properties.simulated_worker import Event, SimulatedWorker
from tests.unit.properties.strategies import SAME_EACH_TIME

PROJECTION = place().relay.pick_up
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)

quick = st.sampled_from([SECOND, 20 * SECOND, MINUTE])
slow = st.sampled_from([SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, None])
sound_manners = st.builds(Manner, quick | st.none(), quick)
any_manners = st.builds(Manner, slow, slow, st.sampled_from([True, True, False]))
reloads = st.sampled_from(["auto", "restart", "none"])
delays = st.sampled_from([SECOND, 30 * SECOND, 3 * MINUTE, 20 * MINUTE, timedelta(hours=3)])

type History = Sequence[tuple[timedelta, Event]]


def histories_of(*kinds: Event) -> st.SearchStrategy[History]:
    return st.lists(st.tuples(delays, st.sampled_from(kinds)), max_size=6)


histories = histories_of("renewed", "edited", "deleted", "restored", "drained", "killed")


def workers(
    manners: st.SearchStrategy[Manner], reloads: st.SearchStrategy[str] = reloads
) -> st.SearchStrategy[SimulatedWorker]:
    pods = st.lists(manners, min_size=1, max_size=3).map(
        lambda each: [Replica(f"mailrelay-{number}", manner) for number, manner in enumerate(each)]
    )
    return st.builds(SimulatedWorker, st.builds(SimulatedPlace, pods), reloads)


@SAME_EACH_TIME
@given(workers(any_manners), histories)
def test_every_history_comes_to_rest_and_stays_there(worker: SimulatedWorker, history: History) -> None:
    last = worker.live(history)[-1].step
    effects = [turn.step for turn in worker.turns if isinstance(turn.step, Write | Restart)]
    worker.live([(timedelta(days=3), "killed")])

    assert isinstance(last, Serving | Stop | Skip)
    assert last.message
    assert type(worker.turns[-1].step) is type(last)
    assert [turn.step for turn in worker.turns if isinstance(turn.step, Write | Restart)] == effects


@SAME_EACH_TIME
@given(workers(sound_manners, st.sampled_from(["auto", "restart"])), histories)
def test_a_place_of_sound_pods_always_ends_up_serving_the_newest_version(
    worker: SimulatedWorker, history: History
) -> None:
    last = worker.live(history)[-1]
    assert isinstance(last.step, Serving), last


@SAME_EACH_TIME
@given(workers(any_manners), histories)
def test_after_the_last_disturbance_there_is_one_write_and_one_restart(
    worker: SimulatedWorker, history: History
) -> None:
    since = worker.live(history)
    killed = sum(event == "killed" for _, event in history)
    assert sum(isinstance(turn.step, Write) for turn in since) <= 1
    assert sum(isinstance(turn.step, Restart) for turn in since) <= 1 + min(killed, 1)
    assert len({turn.delivery.since for turn in since if isinstance(turn.step, Restart)}) <= 1


@SAME_EACH_TIME
@given(workers(any_manners), histories)
def test_settled_means_that_every_pod_is_ready_and_presents_the_newest_version(
    worker: SimulatedWorker, history: History
) -> None:
    worker.live(history)
    for turn in worker.turns:
        if isinstance(turn.step, Serving):
            assert set(turn.truth) == {turn.newest}
            assert all(pod.ready for pod in turn.seen.workload.pods)


@SAME_EACH_TIME
@given(workers(sound_manners), histories_of("renewed", "deleted", "drained", "killed"))
def test_no_pod_ever_goes_back_to_an_older_version_unless_a_person_edits_its_secret(
    worker: SimulatedWorker, history: History
) -> None:
    worker.live(history)
    for number in range(len(worker.place.pods)):
        presented = [version for turn in worker.turns if (version := turn.truth[number]) is not None]
        assert presented == sorted(presented)


@SAME_EACH_TIME
@given(workers(any_manners), histories)
def test_pods_restart_only_if_allowed_and_all_ready_and_one_serves_another_version(
    worker: SimulatedWorker, history: History
) -> None:
    worker.live(history)
    for turn in worker.turns:
        if isinstance(turn.step, Restart):
            assert worker.reload != "none"
            assert worker.reload == "restart" or turn.now >= turn.delivery.since + PROJECTION
            assert turn.delivery.restarted is None
            assert all(pod.ready for pod in turn.seen.workload.pods)
            assert set(turn.truth) != {turn.newest}


@SAME_EACH_TIME
@given(workers(any_manners), histories)
def test_nobody_is_given_up_before_the_time_that_a_kubelet_may_take(worker: SimulatedWorker, history: History) -> None:
    worker.live(history)
    for turn in worker.turns:
        patience = (
            ROLLOUT if turn.delivery.restarted or not all(p.ready for p in turn.seen.workload.pods) else PROJECTION
        )
        match turn.step:
            case Stop() | Skip():
                assert turn.now >= (turn.delivery.restarted or turn.delivery.since) + patience
            case Wait(until=until):
                assert turn.now < until <= turn.now + patience
