"""The watch speaks to the end though it is slow, though parts of it fail, and though clusters and routes are away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from shared.domain.alerting.notification import Notification
from shared.domain.serving.probe import Probe, ProbeResult
from shared.errors import PermanentError, TransientError
from shared.inventory import AcmeIssuer, SecretReference
from shared.inventory.alerts import Heartbeat
from shared.ports import Clusters, Notifier, Prober
from tests.fakes.clock import FakeClock
from tests.workflows.test_watch import ALERTED, INTERVAL, PING, ROUTES, TO_EXPIRY, new_alerts, over, run_watch
from tests.workflows.world import World

A, B = "ss-dev-00", "ss-dev-01"
AT_NIGHT = {"asleep": "20:00-06:30 UTC"}


@pytest.fixture
def watched(served: World) -> World:
    served.inventory = served.inventory.model_copy(update={"alerts": ALERTED})
    return served


def change_inventory(world: World, relay: dict[str, object] | None = None, **sites: Mapping[str, object]) -> None:
    world.change_inventory(relay, {name.replace("_", "-"): fields for name, fields in sites.items()})
    world.inventory = world.inventory.model_copy(update={"alerts": ALERTED})


class NoRoots:
    """Implements ports.TrustRoots, where the file of roots cannot be read."""

    def of_issuer(self, issuer: AcmeIssuer) -> Sequence[object]:
        raise PermanentError(f"cannot read the roots of issuer {issuer.name}")


def test_a_bug_while_public_endpoints_are_judged_alerts_and_hides_nothing_else(watched: World) -> None:
    change_inventory(watched, {"public_endpoints": [{"host": "mx.example.net", "port": 25}]})
    watched.clusters.unreachable.update((A, B))
    watched.through = lambda ports: replace(ports, trust_roots=NoRoots())  # type: ignore[arg-type]
    run_watch(watched, times=2)
    assert sorted(new_alerts(watched)) == ["WatchBlind", f"WatchBlind {A}", f"WatchBlind {B}"]
    assert {alert.detail for alert in watched.notifier.fresh("people")} == {
        "",
        "public endpoints of dev-mail-example-net",
    }


@dataclass
class Rebuilt:
    """ports.Clusters, one of which was rebuilt and is not trusted yet."""

    clusters: Clusters
    cluster: str

    def __getattr__(self, method: str) -> object:
        def call(cluster: str, *arguments: object) -> object:
            if cluster == self.cluster:
                raise PermanentError(f"the certificate of {cluster} is not trusted: its CA has changed")
            return getattr(self.clusters, method)(cluster, *arguments)

        return call


def test_a_suspended_cluster_may_be_rebuilt(watched: World) -> None:
    suspended = {"suspended": {"until": "2026-12-01T00:00:00Z", "reason": "rebuilt"}}
    change_inventory(watched, None, ss_dev_00=suspended)
    watched.through = lambda ports: replace(ports, clusters=Rebuilt(ports.clusters, A))  # type: ignore[arg-type]
    run_watch(watched, times=6)
    assert new_alerts(watched) == []

    watched.clock.advance(timedelta(days=14))
    run_watch(watched, times=2)
    assert new_alerts(watched) == [f"WatchBlind {A}"]


@dataclass
class Slow:
    """ports.Prober that take their time."""

    relays: Prober
    clock: FakeClock
    takes: timedelta

    def probe(self, questions: Sequence[Probe]) -> Sequence[ProbeResult]:
        self.clock.advance(self.takes)
        return self.relays.probe(questions)


def test_a_watch_that_takes_too_long_tells_what_it_saw_and_that_it_saw_no_more(watched: World) -> None:
    begun = watched.clock.now()
    slow = timedelta(minutes=4)
    watched.through = lambda ports: replace(ports, prober=Slow(ports.prober, watched.clock, slow))  # type: ignore[arg-type]
    run_watch(watched)
    assert watched.clock.now() - begun - INTERVAL < timedelta(minutes=10)
    run_watch(watched)
    assert all("took 5 minutes" in alert.message for alert in watched.notifier.fresh("people"))
    assert {alert.reason for alert in watched.notifier.fresh("people") if alert.cluster == B} == {"NotObserved"}
    assert f"WatchBlind {B}" in new_alerts(watched)
    assert len(watched.notifier.pings) == 2


@dataclass
class Listed:
    """ports.Notifier, which lists the routes in the sequence of its calls."""

    notices: Notifier
    routes: list[str]

    def send(self, route: str, notification: Notification) -> None:
        self.routes.append(route)
        self.notices.send(route, notification)

    def ping(self, url: SecretReference) -> None:
        self.notices.ping(url)


def test_nobody_waits_for_a_route_that_was_dead_the_last_time(watched: World) -> None:
    asked: list[str] = []
    watched.through = lambda ports: replace(ports, notifier=Listed(ports.notifier, asked))
    watched.notifier.dead.add(A)
    watched.clock.advance(TO_EXPIRY * 0.8)
    run_watch(watched)
    assert asked == [A, B, "people"]
    asked.clear()
    run_watch(watched)
    assert asked == [B, A]


def test_a_route_that_misses_the_news_once_alarms_nobody(watched: World) -> None:
    watched.notifier.faults.before("send", TransientError("answered 503"))
    watched.clock.advance(TO_EXPIRY * 0.8)
    run_watch(watched, times=4)
    assert {name.split()[0] for route in ROUTES for name in new_alerts(watched, route)} == {"CertificateExpiring"}


def test_while_all_clusters_sleep_the_heartbeat_goes_on_and_nothing_fires(
    watched: World,
) -> None:
    change_inventory(watched, None, ss_dev_00=AT_NIGHT, ss_dev_01=AT_NIGHT)
    routes = {name: ROUTES[name] for name in (A, B)}
    beating = Heartbeat().model_copy(update={"ping": PING, "routes": (A, B)})
    alerts = ALERTED.model_copy(update={"routes": routes, "heartbeat": beating})
    watched.inventory = watched.inventory.model_copy(update={"alerts": alerts})
    watches = 0
    while watched.clock.now() < FakeClock().now() + timedelta(days=1):
        hour = watched.clock.now().hour + watched.clock.now().minute / 60
        away = {A, B} if hour >= 20 or hour < 6.5 else set[str]()
        watched.clusters.unreachable, watched.notifier.dead = away, away
        run_watch(watched)
        watches += 1
    assert len(watched.notifier.pings) == watches
    assert set(new_alerts(watched, A) + new_alerts(watched, B)) == {"Heartbeat"}


def test_a_fleet_without_any_version_yet_does_not_alert(world: World) -> None:
    world.inventory = world.inventory.model_copy(update={"alerts": ALERTED})
    run_watch(world, times=6)
    world.tick()
    run_watch(world, times=3)
    assert world.notifier.sent == {}


def test_at_the_end_of_its_life_nobody_reads_that_anything_is_over(watched: World) -> None:
    watched.clock.advance(TO_EXPIRY * 0.99)
    run_watch(watched)
    watched.clock.advance(TO_EXPIRY * 0.01)
    run_watch(watched)
    assert f"CertificateExpired {A}" in new_alerts(watched)
    assert over(watched) == []
    watched.tick()
    run_watch(watched)
    assert {f"CertificateExpired {A}", f"CertificateExpiring {A}"} <= set(over(watched))
