"""Routes get what is new to them once, a daily reminder of what still is wrong, and its end."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.domain.alerting.alert import Alert
from shared.domain.alerting.notification import (
    Notification,
    RouteRecord,
    WatchJournal,
    after_delivery,
    after_failure,
    notification_for,
)
from shared.domain.object_ref import certificate_ref
from shared.domain.report import FleetReport
from shared.inventory import Alerts, Route, SecretReference
from tests.fakes.inventory import NOW, small_inventory
from tests.unit.domain.alerting.watching import Watching

URL = SecretReference("dev", "url")
INTERVAL = timedelta(minutes=10)
A_DAY = timedelta(days=1)


def route(kind: str = "slack", **match: str) -> Route:
    return Route.model_construct(kind=kind, urls=(URL,), match=match)


def alerts(**routes: Route) -> Alerts:
    return Alerts().model_copy(update={"routes": routes})


def alert(name: str = "ChainBroken", urgency: str = "warning", cluster: str = "ss-dev-00") -> Alert:
    return Alert(
        name=name,  # type: ignore[arg-type]
        urgency=urgency,  # type: ignore[arg-type]
        message="broken",
        since=NOW,
        object=certificate_ref("a"),
        relay="dev",
        cluster=cluster,
    )


OURS = alerts(ops=route())


def notify(
    firing: Iterable[Alert], record: RouteRecord | None = None, now: datetime = NOW, ours: Alerts = OURS
) -> Notification:
    journal = WatchJournal(firing=tuple(firing), routes={"ops": record or RouteRecord()})
    return notification_for("ops", ours, {}, journal, now)


def after(*firing: Alert) -> RouteRecord:
    return after_delivery(RouteRecord(), notify(firing))


def test_what_a_route_does_not_know_is_fresh_and_what_it_knows_is_not() -> None:
    assert notify([alert()]).new == (alert(),)
    again = notify([alert()], after(alert()))
    assert (again.new, again.resolved, again.ended) == ((), (), ())
    assert again.firing == (alert(),)


def test_other_words_are_no_news_but_another_urgency_is() -> None:
    assert notify([replace(alert(), message="still broken")], after(alert())).new == ()
    worse = alert(urgency="critical")
    changed = notify([worse], after(alert()))
    assert (changed.new, changed.resolved) == ((worse,), ())
    assert changed.ended == (alert(),)


def test_what_still_is_wrong_is_called_to_mind_daily() -> None:
    record = after(alert())
    assert notify([alert()], record, NOW + A_DAY - INTERVAL).new == ()
    reminded = notify([alert()], record, NOW + A_DAY)
    assert reminded.new == (alert(),)
    assert notify([alert()], after_delivery(record, reminded), NOW + A_DAY + INTERVAL).new == ()


def test_a_resolved_alert_is_sent_once() -> None:
    over = notify([], after(alert()))
    assert (over.resolved, over.ended, over.firing) == ((alert(),), (alert(),), ())
    assert notify([], after_delivery(after(alert()), over)).resolved == ()


def test_a_notification_that_a_route_may_have_taken_is_sent_again_and_resolved_once() -> None:
    worse = alert(urgency="critical")
    unsure = after_failure(after(alert()), notify([worse], after(alert())), "answered 500")
    assert unsure.error == "answered 500"
    assert notify([worse], unsure).new == (worse,)
    over = notify([], unsure)
    assert (over.ended, over.resolved) == ((alert(), worse), (worse,))
    assert after_delivery(unsure, notify([worse], unsure)) == after(worse)


def test_what_a_route_was_reminded_of_in_vain_it_is_reminded_of_again() -> None:
    record = after(alert())
    unsure = after_failure(record, notify([alert()], record, NOW + A_DAY), "answered 500")
    assert notify([alert()], unsure, NOW + A_DAY + INTERVAL).new == (alert(),)


def test_an_alert_of_a_cluster_goes_to_the_routes_of_that_cluster_only() -> None:
    ours = alerts(ops=route(cluster="ss-dev-01"))
    assert notify([alert()], ours=ours).firing == ()
    here, nowhere = alert(cluster="ss-dev-01"), alert(cluster="")
    assert notify([here, nowhere], ours=ours).firing == (here, nowhere)


def test_severities_can_be_chosen() -> None:
    ours = alerts(ops=route(severity="critical"))
    urgent, paging = alert(urgency="critical"), alert("CertificateExpired", "page")
    assert notify([alert("NamesMissing"), urgent, paging], ours=ours).firing == (urgent, paging)


def test_the_heartbeat_goes_to_routes_that_ask_for_it() -> None:
    beat = alert("Heartbeat", cluster="")
    assert notify([beat]).firing == ()
    asked = OURS.model_copy(update={"heartbeat": OURS.heartbeat.model_copy(update={"routes": ("ops",)})})
    assert notify([beat], ours=asked).firing == (beat,)


@pytest.mark.parametrize(
    ("since", "lasting"),
    [(timedelta(seconds=1), 3 * INTERVAL), (timedelta(hours=2), timedelta(hours=6)), (100 * A_DAY, 3 * A_DAY)],
)
def test_an_alert_holds_for_three_watches(since: timedelta, lasting: timedelta) -> None:
    assert notification_for("ops", OURS, {}, WatchJournal(intervals=(since, since)), NOW).ends_at == NOW + lasting


def test_a_heartbeat_does_not_outlive_a_watch_that_ran_once_after_an_outage() -> None:
    watching = Watching()
    watching.see(FleetReport(), lasting=2 * INTERVAL)
    watching.now += A_DAY
    watching.see(FleetReport())
    assert notification_for("ops", OURS, {}, watching.journal, watching.now).ends_at == watching.now + 3 * INTERVAL


def test_an_alert_does_not_expire_early_after_a_late_watch() -> None:
    hour = timedelta(hours=1)
    late = WatchJournal(intervals=(hour, 2 * hour - timedelta(minutes=2), timedelta(minutes=2)))
    assert notification_for("ops", OURS, {}, late, NOW).ends_at == NOW + 3 * hour


def test_a_notification_dated_in_the_future_is_sent_again() -> None:
    record = after_delivery(RouteRecord(), notify([alert()], now=NOW + 365 * A_DAY))
    assert notify([alert()], record).new == (alert(),)


def test_a_route_that_fails_once_is_no_alert() -> None:
    inventory = small_inventory().model_copy(update={"alerts": alerts(ops=route(), team=route("teams"))})
    watching = Watching(inventory, journal=WatchJournal(routes={"ops": RouteRecord(error="answered 503")}))
    assert watching.see(FleetReport()) == {}
    watching.journal = replace(watching.journal, routes={})
    watching.now += INTERVAL
    assert watching.see(FleetReport()) == {}


def test_a_route_that_fails_twice_is_an_alert_for_the_others() -> None:
    inventory = small_inventory().model_copy(update={"alerts": alerts(ops=route(), team=route("teams"))})
    dead = WatchJournal(routes={"ops": RouteRecord(error="answered 500")})
    watching = Watching(inventory, journal=dead)
    failing = watching.see(FleetReport(), lasting=INTERVAL)["RouteFailing"]
    assert (failing.severity, failing.labels["route"]) == ("critical", "ops")
    assert "answered 500" in failing.message
