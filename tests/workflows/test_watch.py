"""The watch notifies the right routes, once, of what it observes; no failure on the way makes it silent."""

from contextlib import suppress
from datetime import timedelta

import pytest

from shared.errors import LeaseLost, PermanentError, TransientError
from shared.inventory import Alerts, Route, SecretReference
from shared.inventory.alerts import Heartbeat
from shared.workflows.tick import enqueue_all
from shared.workflows.watch import ALERTS, watch
from tests.e2e.killing.effects import Effect, effects
from tests.fakes.faults import KilledError
from tests.fakes.inventory import HOST
from tests.workflows.calls import Calls
from tests.workflows.world import World

PING = SecretReference("dev", "ping")
INTERVAL = timedelta(minutes=10)
TO_EXPIRY = timedelta(days=90)


def route(kind: str, **match: str) -> Route:
    return Route.model_construct(kind=kind, urls=(SecretReference("dev", kind),), match=match)


ROUTES = {
    "ss-dev-00": route("alertmanager", cluster="ss-dev-00"),
    "ss-dev-01": route("alertmanager", cluster="ss-dev-01"),
    "people": route("slack"),
}


ALERTED = Alerts().model_copy(update={"routes": ROUTES, "heartbeat": Heartbeat().model_copy(update={"ping": PING})})
"""A route for each cluster, one for people, and a ping."""


@pytest.fixture
def watched(served: World) -> World:
    """Everything served, and routes to notify."""
    served.inventory = served.inventory.model_copy(update={"alerts": ALERTED})
    return served


def run_watch(world: World, times: int = 1) -> None:
    """Let the timer fire."""
    for _ in range(times):
        watch(world.ports)
        world.clock.advance(INTERVAL)


def new_alerts(world: World, route: str = "people") -> list[str]:
    return [f"{alert.name} {alert.cluster}".strip() for alert in world.notifier.fresh(route)]


def over(world: World, route: str = "people") -> list[str]:
    return [f"{alert.name} {alert.cluster}".strip() for alert in world.notifier.over(route)]


def test_while_everything_is_served_only_the_heartbeat_is_sent(watched: World) -> None:
    run_watch(watched, times=3)
    assert watched.notifier.sent == {}
    assert watched.notifier.pings == [PING] * 3


def test_an_unrenewed_certificate_alerts_more_and_more_urgently(watched: World) -> None:
    for _ in range(90):
        watched.clock.advance(timedelta(days=1) - INTERVAL)
        run_watch(watched)
    ours = [alert for alert in watched.notifier.fresh("people") if alert.object.name == watched.certificate.name]
    assert list(dict.fromkeys((alert.name, alert.urgency) for alert in ours)) == [
        ("CertificateExpiring", "warning"),
        ("CertificateExpiring", "critical"),
        ("CertificateExpiring", "page"),
        ("CertificateExpired", "page"),
    ]


def test_a_whole_life_of_renewals_in_good_order_is_silent(watched: World) -> None:
    for _ in range(100):
        watched.clock.advance(timedelta(days=1))
        watched.tick()
        run_watch(watched)
    assert len(watched.versions) > 1
    assert watched.notifier.sent == {}


@pytest.mark.parametrize("reload", ["auto", "restart"])
def test_a_delivery_in_good_order_is_silent_at_every_moment(watched: World, reload: str) -> None:
    alerts = watched.inventory.alerts
    watched.change_inventory({"reload": reload, "settle": 900}, dns_names=[HOST, "smtp.mail.example.net"])
    watched.inventory = watched.inventory.model_copy(update={"alerts": alerts})
    enqueue_all("test", watched.ports)
    moments = 0
    while watched.queue.sent:
        watched.work_off(timedelta(seconds=30))
        watch(watched.ports)
        watched.clock.advance(timedelta(seconds=30))
        moments += 1
    assert moments > 20
    assert len(watched.versions) == 2
    assert watched.notifier.sent == {}


def test_a_broken_renewal_path_alerts_in_time_and_resolves_when_repaired(watched: World) -> None:
    watched.clock.advance(TO_EXPIRY * 2 / 3)
    for _ in range(4):
        watched.authority.faults.before("new_order", TransientError("the authority is down for maintenance"))
        watched.clock.advance(timedelta(hours=6))
        watched.handle_message()
        run_watch(watched)
    failing = [alert for alert in watched.notifier.fresh("people") if alert.name == "RenewalFailing"]
    assert {alert.severity for alert in failing} == {"warning"}
    assert all("down for maintenance" in alert.message for alert in failing)

    watched.clock.advance(timedelta(hours=6))
    watched.tick()
    run_watch(watched)
    assert set(over(watched)) == {"RenewalFailing ss-dev-00", "RenewalFailing ss-dev-01"}


def test_an_alert_goes_to_its_cluster_s_alertmanagers_and_to_people(watched: World) -> None:
    watched.prober.failing["ss-dev-01", "mailrelay-0"] = "timed out"
    run_watch(watched, times=6)
    assert set(new_alerts(watched)) == {"ServedByTooFewReplicas ss-dev-01"}
    assert set(new_alerts(watched, "ss-dev-01")) == {"ServedByTooFewReplicas ss-dev-01"}
    assert "ss-dev-00" not in watched.notifier.sent

    watched.prober.failing.clear()
    run_watch(watched, times=2)
    assert set(over(watched)) == {"ServedByTooFewReplicas ss-dev-01"}


def test_people_are_notified_once_a_day_and_alertmanagers_at_each_watch(watched: World) -> None:
    watched.prober.failing["ss-dev-01", "mailrelay-0"] = "timed out"
    run_watch(watched, times=6 * 24)
    first = len(watched.notifier.sent["people"])
    run_watch(watched, times=6)
    assert (first, len(watched.notifier.sent["people"])) == (1, 2)
    assert len(watched.notifier.sent["ss-dev-01"]) > 6 * 23


def test_a_dead_route_delays_no_other_is_an_alert_and_gets_everything_when_it_is_back(watched: World) -> None:
    watched.notifier.dead.add("people")
    watched.prober.failing["ss-dev-00", "mailrelay-0"] = "timed out"
    run_watch(watched, times=7)
    assert "people" not in watched.notifier.sent
    assert set(new_alerts(watched, "ss-dev-00")) == {"ServedByTooFewReplicas ss-dev-00", "RouteFailing"}
    assert new_alerts(watched, "ss-dev-01") == ["RouteFailing"]

    watched.notifier.dead.clear()
    run_watch(watched, times=2)
    assert "ServedByTooFewReplicas ss-dev-00" in new_alerts(watched)
    assert over(watched, "ss-dev-01") == ["RouteFailing"]


def test_a_route_of_which_one_member_took_an_alert_gets_its_end(watched: World) -> None:
    watched.notifier.faults.after("send", TransientError("the other member is down"))
    watched.clock.advance(TO_EXPIRY * 0.8)
    run_watch(watched)
    watched.tick()
    run_watch(watched)
    [first, second] = watched.notifier.sent["ss-dev-00"]
    assert [alert.name for alert in first.firing] == ["CertificateExpiring"]
    assert "CertificateExpiring" in {alert.name for alert in second.ended}


def test_there_is_no_heartbeat_ping_if_no_route_took_the_notification(watched: World) -> None:
    watched.notifier.dead.update(ROUTES)
    watched.vault.faults.before("entries", PermanentError("403"))
    watched.clock.advance(TO_EXPIRY)
    run_watch(watched)
    assert watched.notifier.pings == []


def test_a_ping_that_fails_is_no_more_than_that(watched: World) -> None:
    watched.notifier.faults.before("ping", TransientError("timed out"))
    run_watch(watched)
    assert watched.state.watch.content[ALERTS].at is not None


@pytest.mark.parametrize("method", ["entries", "latest"])
def test_an_unreadable_vault_alerts_and_what_is_served_is_still_watched(watched: World, method: str) -> None:
    watched.clock.advance(TO_EXPIRY * 0.95)
    for _ in range(3):
        for _ in range(2 if method == "latest" else 1):
            watched.vault.faults.before(method, PermanentError("403: no role"))
        run_watch(watched)
    blind = [alert for alert in watched.notifier.fresh("people") if alert.name == "WatchBlind"]
    assert [(alert.detail, alert.message) for alert in blind] == [("vault dev", "403: no role")]
    assert "CertificateExpiring ss-dev-00" in new_alerts(watched)
    assert over(watched) == []


def test_an_unreachable_cluster_alerts_and_what_fired_there_goes_on(watched: World) -> None:
    watched.clock.advance(TO_EXPIRY * 0.8)
    run_watch(watched)
    watched.clusters.unreachable.add("ss-dev-00")
    run_watch(watched, times=3)
    assert "WatchBlind ss-dev-00" in new_alerts(watched)
    assert over(watched) == []


def test_a_cluster_that_does_not_answer_is_waited_for_once(watched: World) -> None:
    watched.clusters.unreachable.add("ss-dev-00")
    calls = Calls()
    watched.through = calls.recorded
    run_watch(watched)
    made = [str(call) for call in calls.made]
    assert made.count("clusters.pods") == 1 + 1, "once in vain, and once at the other cluster for both certificates"
    assert made.count("clusters.secret") == len(watched.inventory.certificates)


def test_a_cluster_asleep_is_not_missed(watched: World) -> None:
    alerts = watched.inventory.alerts
    watched.change_inventory(sites={"ss-dev-00": {"asleep": "00:00-24:00 UTC"}})
    watched.inventory = watched.inventory.model_copy(update={"alerts": alerts})
    watched.clusters.unreachable.add("ss-dev-00")
    watched.notifier.dead.add("ss-dev-00")
    run_watch(watched, times=12)
    assert new_alerts(watched) == []


def test_an_unreadable_journal_alerts(watched: World) -> None:
    watched.state.certificates.unreadable[watched.certificate.name] = "a later release wrote it"
    run_watch(watched, times=3)
    assert new_alerts(watched) == ["WatchBlind"]


def test_missing_names_alert(watched: World) -> None:
    alerts = watched.inventory.alerts
    watched.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])
    watched.inventory = watched.inventory.model_copy(update={"alerts": alerts})
    run_watch(watched, times=24)
    assert set(new_alerts(watched)) == {"NamesMissing ss-dev-00", "NamesMissing ss-dev-01"}


def test_the_record_of_a_removed_route_is_dropped(watched: World) -> None:
    run_watch(watched)
    alerts = watched.inventory.alerts.model_copy(update={"routes": {"people": ROUTES["people"]}})
    watched.inventory = watched.inventory.model_copy(update={"alerts": alerts})
    run_watch(watched)
    assert set(watched.state.watch.content[ALERTS].routes) == {"people"}


def test_two_watches_at_once_tell_no_more_than_one(watched: World) -> None:
    watched.clock.advance(TO_EXPIRY * 0.8)
    worker = watched.state.watch.take(ALERTS)
    run_watch(watched)
    assert watched.notifier.sent == {}
    watched.state.watch.release(ALERTS, worker)
    run_watch(watched)
    assert new_alerts(watched)


def test_a_watch_that_lost_its_lease_tells_nobody(watched: World) -> None:
    watched.clock.advance(TO_EXPIRY * 0.8)
    watched.state.watch.faults.before("renew", LeaseLost("another watch took over"))
    with pytest.raises(LeaseLost):
        watch(watched.ports)
    assert watched.notifier.sent == {}


NOTICES = [effect for effect in effects() if effect.port == "notifier"]


@pytest.mark.parametrize("effect", NOTICES, ids=str)
def test_the_lease_is_prolonged_right_before_each_effect(watched: World, effect: Effect) -> None:
    calls = Calls()
    watched.through = calls.recorded
    watched.clock.advance(TO_EXPIRY * 0.8)
    run_watch(watched)
    made = [str(call) for call in calls.made]
    places = [place for place, call in enumerate(made) if call == str(effect)]
    assert places
    assert all(made[place - 1] == "lease.renew" for place in places)


@pytest.fixture(params=["before", "after"])
def killed(request: pytest.FixtureRequest, watched: World) -> World:
    """A watch that was killed at the first route that it notifies."""
    watched.clock.advance(TO_EXPIRY * 0.8)
    getattr(watched.notifier.faults, request.param)("send", KilledError())
    with suppress(KilledError):
        watch(watched.ports)
    return watched


def test_a_watch_that_was_killed_is_made_up_for(killed: World) -> None:
    killed.state.watch.break_lease(ALERTS)
    killed.clock.advance(INTERVAL)
    run_watch(killed)
    for name in ROUTES:
        assert {alert.name for alert in killed.notifier.fresh(name)} == {"CertificateExpiring"}
    assert len(new_alerts(killed)) == len(set(new_alerts(killed)))
