"""A clock outside of the app takes over where the app's timers have died, and people hear of it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from shared.errors import PermanentError, TransientError
from shared.inventory import Alerts, Route, SecretReference
from shared.workflows.tick import tick_by_timer
from shared.workflows.watch import watch
from tests.fakes.inventory import NAME
from tests.fakes.principals import application, person
from tests.workflows.http import EASY_AUTH, ApiClient, Reply
from tests.workflows.world import World

PEOPLE = Route.model_construct(kind="slack", urls=(SecretReference("dev", "slack"),), match={})


@pytest.fixture
def running(served: World) -> World:
    """Everything served; the timers have just fired, at a full minute."""
    alerts = Alerts().model_copy(update={"routes": {"people": PEOPLE}})
    served.inventory = served.inventory.model_copy(update={"alerts": alerts})
    fire(served)
    return served


def fire(world: World) -> None:
    """Let both timers fire."""
    tick_by_timer("timer", world.ports)
    watch(world.ports)
    world.work_off()


def clock(world: World, *roles: str) -> ApiClient:
    return ApiClient(world, application(*(roles or ("ticker",))), EASY_AUTH)


def ask(world: World, after: timedelta = timedelta(0)) -> Reply:
    world.clock.advance(after)
    return clock(world).post("/api/ticks", reason="second clock")


def fired(world: World) -> list[tuple[str, str]]:
    return [(alert.name, alert.detail) for alert in world.notifier.fresh("people")]


def over(world: World) -> list[tuple[str, str]]:
    return [(alert.name, alert.detail) for alert in world.notifier.over("people")]


def events(world: World) -> Sequence[str]:
    days = {world.clock.now().date() - timedelta(days=each) for each in range(3)}
    records = [record for day in sorted(days) for record in world.history.day(day)]
    return [f"{record.actor.kind}: {record.outcome}" for record in records if "tick" in record.outcome]


def test_a_tick_over_http_sends_what_the_timer_sends(running: World) -> None:
    watched = running.state.watch.read("alerts").at
    reply = ask(running, timedelta(minutes=6))
    assert reply.status == 200
    assert reply.document["messages"] == len(running.queue.sent) == len(running.inventory.certificates)
    assert (reply.document["silent_timers"], reply.document["watch"]) == ([], "not needed")
    assert running.state.watch.read("alerts").at == watched
    assert {sent.message.correlation for sent in running.queue.sent} == {reply.headers["x-correlation-id"]}


def test_a_tick_soon_after_another_is_refused_with_the_time_to_wait(running: World) -> None:
    assert ask(running, timedelta(minutes=30)).status == 200
    reply = ask(running, timedelta(seconds=15))
    assert (reply.status, reply.headers["retry-after"]) == (429, "45")
    assert "less than a minute ago" in reply.document["detail"]
    assert ask(running, timedelta(seconds=46)).status == 200


def test_of_two_callers_at_once_one_ticks(running: World) -> None:
    running.clock.advance(timedelta(minutes=30))
    sent = len(running.queue.sent)
    with running.state.ticks.lease("all"):
        reply = ask(running)
    assert (reply.status, len(running.queue.sent)) == (429, sent)
    assert "at this moment" in reply.document["detail"]


def test_the_timer_ticks_although_it_cannot_write_it_down(running: World, caplog: pytest.LogCaptureFixture) -> None:
    sent = len(running.queue.sent)
    with running.state.ticks.lease("all"):
        tick_by_timer("timer", running.ports)
    running.state.ticks.faults.before("lease", TransientError("storage is busy"))
    tick_by_timer("timer", running.ports)
    assert len(running.queue.sent) == sent + 2 * len(running.inventory.certificates)
    assert [each.getMessage().partition(":")[0] for each in caplog.records if "not written down" in each.getMessage()]


def test_both_timers_die_and_a_caller_takes_over_until_they_fire_again(running: World) -> None:
    """It ticks, watches at the watch's intervals, and says that the timers are silent, until they fire again."""
    health = clock(running, "reader")
    running.clock.advance(timedelta(hours=3))
    assert health.get("/api/health").document["status"] == "degraded"

    found = ask(running).document
    assert (found["silent_timers"], found["watch"]) == (["tick", "watch"], "done")
    assert {("TimerSilent", "tick"), ("TimerSilent", "watch")} <= set(fired(running))

    watches = [ask(running, timedelta(minutes=5)).document["watch"] for _ in range(4)]
    assert watches == ["not needed", "done", "not needed", "done"]
    parts = {part["name"]: part for part in health.get("/api/health/parts").document["parts"]}
    assert (parts["tick"]["status"], parts["watch"]["status"]) == ("ok", "ok")
    assert "not by the timer" in parts["tick"]["message"]
    assert over(running) == []

    running.clock.advance(timedelta(minutes=5))
    fire(running)
    assert {("TimerSilent", "tick"), ("TimerSilent", "watch")} <= set(over(running))
    assert health.get("/api/health").document["status"] == "ok"


def test_a_watch_whose_timer_lives_tells_of_a_dead_tick_without_any_caller(running: World) -> None:
    for _ in range(13):
        running.clock.advance(timedelta(minutes=10))
        watch(running.ports)
    assert fired(running) == [("TimerSilent", "tick")]
    tick_by_timer("timer", running.ports)
    watch(running.ports)
    assert over(running) == [("TimerSilent", "tick")]


def test_while_the_journal_of_ticks_cannot_be_read_nothing_begins_or_ends(running: World) -> None:
    running.clock.advance(timedelta(hours=3))
    watch(running.ports)
    running.state.ticks.unreadable["all"] = "junk"
    watch(running.ports)
    assert ("TimerSilent", "tick") not in over(running)
    running.clock.advance(timedelta(minutes=6))
    watch(running.ports)
    assert ("WatchBlind", "ticks") in fired(running)


def test_a_queue_that_fails_keeps_nobody_from_the_watch(running: World) -> None:
    running.clock.advance(timedelta(hours=3))
    for _ in running.inventory.certificates:
        running.queue.faults.before("send", PermanentError("the queue refused"))
    reply = ask(running)
    assert (reply.status, reply.document["detail"]) == (502, "the queue refused")
    assert ("TimerSilent", "watch") in fired(running)


@pytest.mark.parametrize(("roles", "status"), [(["ticker"], 200), (["operator"], 200), (["reader"], 403), ([], 403)])
def test_a_tick_takes_a_role(running: World, roles: list[str], status: int) -> None:
    running.clock.advance(timedelta(minutes=30))
    caller = ApiClient(running, application(*roles), EASY_AUTH)
    assert caller.post("/api/ticks", reason="why").status == status


def test_a_ticker_may_do_nothing_else(running: World) -> None:
    assert clock(running).get("/api/plan").status == 403
    assert clock(running).post(f"/api/certificates/{NAME}/renewals", reason="why").status == 403


def test_the_history_has_who_ticked_and_a_scheduled_caller_does_not_fill_it(running: World) -> None:
    for _ in range(6):
        ask(running, timedelta(minutes=10))
    assert events(running) == ["application: tick asked for over HTTP"]
    ada = ApiClient(running, person("operator"), EASY_AUTH)
    for _ in range(2):
        running.clock.advance(timedelta(minutes=2))
        ada.post("/api/ticks", reason="incident INC-1234")
    assert events(running)[1:] == ["person: tick asked for over HTTP"] * 2


@pytest.mark.parametrize(
    ("later", "strict", "status", "said"),
    [(1, False, 200, "ok"), (1, True, 200, "ok"), (3, False, 200, "degraded"), (3, True, 503, "degraded")],
)
def test_two_missed_ticks_degrade_health_and_only_a_strict_caller_gets_503(
    running: World, later: int, strict: bool, status: int, said: str
) -> None:
    running.clock.advance(timedelta(hours=later))
    watch(running.ports)
    reply = ApiClient(running, {}, EASY_AUTH).get(f"/api/health?strict={str(strict).lower()}")
    assert (reply.status, reply.document["status"]) == (status, said)
    assert reply.document["tick_age_seconds"] == pytest.approx(later * 3600, abs=120)
    assert reply.document["watch_age_seconds"] == 0


def test_ages_are_unknown_before_the_first(world: World) -> None:
    document = ApiClient(world, {}, EASY_AUTH).get("/api/health").document
    assert (document["tick_age_seconds"], document["watch_age_seconds"]) == (None, None)
