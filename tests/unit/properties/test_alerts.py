"""Whatever the lifetime: good order is silent, time makes nothing less urgent, and nothing is sent twice."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.alerting.alert import RANKS, Alert, lateness, stage
from shared.domain.alerting.notification import RouteRecord, WatchJournal, after_delivery, notification_for
from shared.domain.certificates.certificate import Leaf, Thumbprint
from shared.domain.issuing.due import renew_at
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, Unreachable
from shared.inventory import Alerts, Route
from tests.fakes.inventory import NOW, small_inventory
from tests.fakes.observed import leaf_der, observations, showing, stored_as
from tests.unit.domain.alerting.watching import Watching
from tests.unit.properties.strategies import SAME_EACH_TIME, lifetimes

parts = st.floats(min_value=0, max_value=0.249)
"""How late a renewal in good order may be, of the time between due and expiry."""

FLEET = small_inventory()
URGENCIES = (None, *RANKS)


def leaf(lifetime: timedelta) -> Leaf:
    return Leaf(Thumbprint("a1" * 32), frozenset(), "ec-256", NOW, NOW + lifetime)


def due(lifetime: timedelta) -> datetime:
    return renew_at(leaf(lifetime))


@SAME_EACH_TIME
@given(lifetimes, parts)
def test_a_healthy_renewal_never_alerts(lifetime: timedelta, late: float) -> None:
    seconds = timedelta(seconds=lifetime // timedelta(seconds=1))
    old = leaf_der(NOW, seconds)
    renewed = due(seconds) + late * (NOW + seconds - due(seconds))
    new = leaf_der(renewed.replace(microsecond=0), seconds)
    watching = Watching(FLEET)
    for moment in (NOW, due(seconds), renewed):
        watching.now = moment
        assert watching.see(observations(FLEET, showing(old, old), stored_as(old))) == {}
    for there in (showing(old, old), showing(new, old), showing(new, new)):
        assert watching.see(observations(FLEET, there, stored_as(new))) == {}


@SAME_EACH_TIME
@given(lifetimes, st.lists(st.floats(min_value=-0.5, max_value=1.5), min_size=2, max_size=6))
def test_nothing_becomes_less_urgent_as_life_runs_out(lifetime: timedelta, moments: list[float]) -> None:
    span = NOW + lifetime - due(lifetime)
    stages = [stage(lateness(leaf(lifetime), due(lifetime) + part * span)) for part in sorted(moments)]
    ranks = [URGENCIES.index(urgency) for urgency in stages]
    assert ranks == sorted(ranks)


@SAME_EACH_TIME
@given(lifetimes, lifetimes)
def test_an_alert_at_a_place_never_becomes_less_urgent_while_nothing_is_done(first: timedelta, then: timedelta) -> None:
    old = leaf_der(NOW - timedelta(days=60))
    observed = observations(FLEET, showing(old, "connection refused"), stored_as(old))
    watching = Watching(FLEET)
    before = watching.see(observed)
    for passed in (first, then):
        watching.now += passed
        now = watching.see(observed)
        assert all(RANKS.index(now[key].urgency) >= RANKS.index(before[key].urgency) for key in before.keys() & now)
        before = now


@cache
def begin_firing(new: bytes) -> tuple[WatchJournal, datetime, Mapping[str, Alert]]:
    """Return what six hours of watches left behind at whose end alerts fire, once for all examples."""
    old = leaf_der(NOW - timedelta(days=85))
    watching = Watching(FLEET)
    firing = watching.see(observations(FLEET, showing(old, old), stored_as(new)), lasting=timedelta(hours=6))
    assert {alert.name for alert in firing.values()} == {"CertificateExpiring", "ServedDiffersFromStored"}
    return watching.journal, watching.now, firing


unread = st.sampled_from(
    [
        ExpectedOffline("ClusterAsleep", "asleep"),
        Unreachable("ClusterUnreachable", "cannot reach it"),
        showing("refused", "refused"),
    ]
)


@SAME_EACH_TIME
@given(st.lists(unread, max_size=5), st.booleans())
def test_what_fires_goes_on_until_it_is_seen_to_be_over(
    looks: list[PlaceObservation | ExpectedOffline | Unreachable], blind: bool
) -> None:
    new = leaf_der(NOW)
    journal, now, before = begin_firing(new)
    watching = Watching(FLEET, now, journal)
    for there in looks:
        watching.now += timedelta(minutes=10)
        lost = {"vault dev": "403"} if blind else {}
        assert (
            before.keys()
            <= watching.see(observations(FLEET, there, None if blind else stored_as(new), blind=lost)).keys()
        )
    watching.now += timedelta(minutes=10)
    assert watching.see(observations(FLEET, showing(new, new), stored_as(new))) == {}


alerts = st.builds(
    Alert,
    name=st.sampled_from(["ChainBroken", "NamesMissing", "CertificateExpired"]),
    urgency=st.sampled_from(RANKS),
    message=st.sampled_from(["", "one", "another"]),
    since=st.just(NOW),
    cluster=st.sampled_from(["", "ss-dev-00", "ss-dev-01"]),
)
firings = st.lists(alerts, max_size=6, unique_by=lambda alert: alert.key).map(tuple)
ROUTE = Route.model_construct(kind="slack", urls=(), match={"cluster": "ss-dev-00"})
OURS = Alerts().model_copy(update={"routes": {"ops": ROUTE}})


@SAME_EACH_TIME
@given(firings, firings)
def test_an_alert_is_new_once_and_resolved_once(before: tuple[Alert, ...], after: tuple[Alert, ...]) -> None:
    record = RouteRecord()
    for firing in (before, after):
        said = notification_for("ops", OURS, {}, WatchJournal(firing=firing, routes={"ops": record}), NOW)
        record = after_delivery(record, said)
        again = notification_for("ops", OURS, {}, WatchJournal(firing=firing, routes={"ops": record}), NOW)
        assert (again.new, again.resolved, again.ended) == ((), (), ())
        assert again.firing == said.firing
        assert {each.alert.key for each in record.sent} == {alert.key for alert in said.firing}
