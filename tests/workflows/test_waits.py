"""A renewal that waits is one alert, with the message of the wait, until the wait is over."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.alerting.alert import Alert
from shared.domain.object_ref import ObjectRef
from shared.workflows.metrics import metrics
from shared.workflows.pauses import pause
from shared.workflows.tick import enqueue_all
from shared.workflows.watch import ALERTS, watch
from tests.fakes.inventory import NAME
from tests.workflows.asked_requests import ANNA, DNS_LAGS, FORCED, asked, state, words
from tests.workflows.world import World

INTERVAL = timedelta(minutes=10)
HOUR = timedelta(hours=1)
PAST_DUE = timedelta(days=61)


def fires(world: World, name: str) -> list[Alert]:
    return [alert for alert in world.state.watch.read(ALERTS).firing if alert.name == name]


def watched_for(world: World, time: timedelta, name: str = "RenewalWaiting") -> list[bool]:
    """Let workers, a tick each hour and a watch each ten minutes work; say after which watches `name` fires."""
    fired = []
    for number in range(time // INTERVAL):
        end = world.clock.now() + INTERVAL
        if number % 6 == 0:
            enqueue_all("test", world.ports)
        world.work_off(INTERVAL)
        world.clock.advance(max(end - world.clock.now(), timedelta(0)))
        watch(world.ports)
        fired.append(bool(fires(world, name)))
    return fired


def due_and_waiting(world: World) -> None:
    world.clock.advance(PAST_DUE)
    world.dns.lag(DNS_LAGS)


def test_a_dead_name_server_alerts_after_half_an_hour_with_the_message_of_the_wait(served: World) -> None:
    due_and_waiting(served)

    assert watched_for(served, timedelta(minutes=50)) == [False, False, False, True, True]

    [first, second] = fires(served, "RenewalWaiting")
    assert {first.cluster, second.cluster} == {"ss-dev-00", "ss-dev-01"}
    assert "the new version is not issued, and waits since" in first.message
    assert f"seen on 1/2 servers ({DNS_LAGS}: no TXT record)" in first.message
    assert first.severity == "warning"


def test_an_order_given_up_each_hour_alerts_until_it_is_issued(served: World) -> None:
    due_and_waiting(served)

    fired = watched_for(served, timedelta(hours=7))

    assert fired == [False] * 3 + [True] * 39
    assert fires(served, "RenewalFailing")
    served.dns.catch_up(DNS_LAGS)
    assert watched_for(served, timedelta(hours=7))[-1] is False
    assert len(served.versions) == 2
    assert served.journal.attempt.waiting_since is None


def test_a_wait_that_becomes_a_failure_alerts_at_once(served: World) -> None:
    due_and_waiting(served)

    fired = watched_for(served, 2 * HOUR, "RenewalFailing")

    assert fired == [False] * 6 + [True] * 6


def test_a_wait_for_a_person_s_request_alerts_one_watch_later(served: World) -> None:
    served.dns.lag(DNS_LAGS)
    asked(served, FORCED)
    served.work_off(timedelta(0))
    watch(served.ports)
    assert fires(served, "RenewalWaiting") == []

    assert watched_for(served, INTERVAL) == [True]


def test_a_healthy_forced_renewal_never_alerts(served: World) -> None:
    asked(served, FORCED)

    assert watched_for(served, HOUR) == [False] * 6
    assert len(served.versions) == 2


def test_the_wait_goes_on_since_it_began_while_its_words_change(served: World) -> None:
    due_and_waiting(served)
    served.handle_message()
    since = served.journal.attempt.waiting_since
    served.dns.catch_up(DNS_LAGS)
    served.authority.busy_looks = 100
    served.clock.advance(timedelta(minutes=5))

    served.handle_message()

    assert served.journal.attempt.waiting_for is not None
    assert "TXT" not in served.journal.attempt.waiting_for
    assert (served.journal.attempt.waiting_since, served.journal.attempt.waiting_on) == (since, "issuance")


def test_settle_time_never_alerts(served: World) -> None:
    served.change_inventory({"settle": 4 * 3600})
    asked(served, FORCED)

    assert watched_for(served, 3 * HOUR) == [False] * 18
    assert served.journal.attempt.waiting_on == ""


def test_a_pause_excuses_a_wait(served: World) -> None:
    due_and_waiting(served)
    served.handle_message()
    pause(ObjectRef("issuer", "letsencrypt"), served.clock.now() + timedelta(days=1), ANNA, served.ports)

    assert watched_for(served, 2 * HOUR) == [False] * 12


def test_a_waiting_delivery_alerts_for_its_place_only(served: World) -> None:
    waiting = served.journal.attempt.with_wait("dev@ss-dev-01", "dev@ss-dev-01: served by 1/2", served.clock.now())
    served.state.certificates.content[NAME] = served.journal.with_attempt(waiting)
    served.clock.advance(timedelta(minutes=31))

    watch(served.ports)

    [alert] = fires(served, "RenewalWaiting")
    assert alert.cluster == "ss-dev-01"
    assert "the new version is not served here, and waits since" in alert.message
    assert alert.message.endswith("dev@ss-dev-01: served by 1/2")


def test_a_metric_has_the_time_since_when(served: World) -> None:
    due_and_waiting(served)
    served.handle_message()
    since = served.journal.attempt.waiting_since
    assert since is not None

    name = "relaykeeper_waiting_since_timestamp_seconds"
    line = f'{name}{{certificate="{NAME}",waits_on="issuance"}} {int(since.timestamp())}'
    assert line in metrics(served.ports).splitlines()
    served.dns.catch_up(DNS_LAGS)
    served.tick()
    assert f"{name}{{" not in metrics(served.ports)


def test_an_issuance_and_a_delivery_that_wait_at_once_are_both_named(served: World) -> None:
    """An edited Secret is put right while the TXT value is waited for."""
    served.dns.lag(DNS_LAGS)
    request = asked(served, FORCED)
    served.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {"dev.mail.example.net.pem": b"oops"})

    served.work_off(timedelta(seconds=5))

    assert served.journal.attempt.waiting_on == "issuance"
    assert words(served, request).startswith("No new version was issued yet. TXT ")


def test_a_ticks_attempt_brings_the_words_of_a_persons_request_up_to_date(served: World) -> None:
    served.dns.lag(DNS_LAGS)
    request = asked(served, FORCED)
    served.work_off(timedelta(0))
    served.queue.sent.clear()
    served.clock.advance(timedelta(minutes=10))

    served.handle_message()

    assert words(served, request).endswith(
        f"; the next look is due at {served.journal.attempt.next_attempt:%Y-%m-%d %H:%M:%S} UTC"
    )
    served.dns.catch_up(DNS_LAGS)
    served.clock.advance(timedelta(minutes=10))
    served.queue.sent.clear()
    served.handle_message()
    assert words(served, request).startswith(f"Version {served.versions[1].version} was issued. ")
    assert state(served, request) == "delivering"


def test_an_idle_look_reads_no_requests(served: World) -> None:
    request = asked(served, FORCED)
    served.work_off()
    served.state.requests.content[request.id] = replace(served.state.requests.content[request.id], ended=None)
    before = served.state.requests.read(request.id)

    served.handle_message()

    assert served.state.requests.read(request.id) == before
