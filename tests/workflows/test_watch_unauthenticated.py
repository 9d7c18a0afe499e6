"""The watch offers relays mail without a login, where the inventory says that they refuse it, and nobody else does."""

from datetime import timedelta

import pytest

from shared.errors import PermanentError
from shared.inventory import Alerts, Route, SecretReference
from shared.workflows.watch import watch
from tests.workflows.world import World

A, B = "ss-dev-00", "ss-dev-01"
RECIPIENT = "postmaster@example.org"
PEOPLE = Route.model_construct(kind="slack", urls=(SecretReference("dev", "slack"),), match={})


def change_inventory(world: World, relay: dict[str, object], sites: dict[str, dict[str, object]] | None = None) -> None:
    """Let the inventory be like this, with a route for people."""
    world.change_inventory(relay, sites)
    alerts = Alerts().model_copy(update={"routes": {"people": PEOPLE}})
    world.inventory = world.inventory.model_copy(update={"alerts": alerts})


@pytest.fixture
def watched(served: World) -> World:
    """Everything served by a relay that refuses unauthenticated mail."""
    change_inventory(served, {"refuses_unauthenticated": RECIPIENT, "ports": [25, 587]})
    return served


def run_watch(world: World, times: int = 1) -> None:
    for _ in range(times):
        watch(world.ports)
        world.clock.advance(timedelta(minutes=10))


def new_alerts(world: World) -> list[str]:
    return [f"{alert.name} {alert.cluster}" for alert in world.notifier.fresh("people")]


def over(world: World) -> list[str]:
    return [f"{alert.name} {alert.cluster}" for alert in world.notifier.over("people")]


def test_each_replica_is_offered_mail_once_per_port_however_many_certificates_it_serves(watched: World) -> None:
    run_watch(watched)
    pods = {question.address for question, *_ in watched.prober.offered}
    assert len(watched.inventory.relays["dev"].serves) > 1
    assert sorted((question.address, question.port) for question, *_ in watched.prober.offered) == sorted(
        (address, port) for address in pods for port in (25, 587)
    )
    assert len(pods) == 4
    assert {(recipient, sender) for _, recipient, sender in watched.prober.offered} == {(RECIPIENT, RECIPIENT)}
    assert watched.notifier.sent == {}


def test_where_the_inventory_does_not_say_so_nobody_is_offered_mail(watched: World) -> None:
    change_inventory(watched, {})
    watched.prober.replying[A, "mailrelay-0"] = "250 Accepted"
    run_watch(watched)
    assert watched.prober.offered == []
    assert watched.notifier.sent == {}


def test_a_renewal_offers_no_mail(watched: World) -> None:
    watched.clock.advance(timedelta(days=75))
    watched.tick()
    assert len(watched.versions) > 1
    assert watched.prober.offered == []


def test_a_replica_that_accepts_mail_is_one_alert_that_ends_when_it_refuses(watched: World) -> None:
    watched.prober.replying[B, "mailrelay-1"] = "250 Accepted"
    run_watch(watched, times=3)
    assert new_alerts(watched) == [f"AcceptsUnauthenticated {B}"]
    assert "mailrelay-1 on port 25" in watched.notifier.fresh("people")[0].message
    assert "mailrelay-1 on port 587" in watched.notifier.fresh("people")[0].message

    watched.prober.replying.clear()
    run_watch(watched)
    assert over(watched) == [f"AcceptsUnauthenticated {B}"]


def test_a_relay_that_puts_us_off_is_neither_open_nor_in_order(watched: World) -> None:
    watched.prober.replying[A, "mailrelay-0"] = "451 greylisted"
    run_watch(watched, times=6)
    assert new_alerts(watched) == [f"WatchBlind {A}"]


def test_a_cluster_at_rest_is_offered_nothing(watched: World) -> None:
    change_inventory(watched, {"refuses_unauthenticated": RECIPIENT}, {A: {"asleep": "00:00-24:00 UTC"}})
    watched.clusters.unreachable.add(A)
    run_watch(watched, times=6)
    assert {question.address for question, *_ in watched.prober.offered} == {
        pod.address for pod in watched.clusters.pods(B, watched.places[0].relay.workload)
    }
    assert watched.notifier.sent == {}


def test_a_relay_is_offered_mail_where_its_vault_cannot_be_read(watched: World) -> None:
    for method in ("entries", "latest", "latest"):
        watched.vault.faults.before(method, PermanentError("403: no role"))
    watched.prober.replying[A, "mailrelay-0"] = "250 Accepted"
    run_watch(watched)
    assert new_alerts(watched) == [f"AcceptsUnauthenticated {A}"]


def test_behind_a_service_mail_is_offered_at_its_address(watched: World) -> None:
    change_inventory(watched, {"refuses_unauthenticated": RECIPIENT, "ports": ["8025/25"], "service": "relay"})
    for cluster in (A, B):
        watched.clusters.services[cluster, "mailrelay", "relay"] = cluster
        watched.prober.behind[cluster] = [(cluster, watched.places[0].relay.workload)]
    watched.prober.replying[A, "mailrelay-1"] = "250 Accepted"
    run_watch(watched)
    assert {(question.address, question.port) for question, *_ in watched.prober.offered} == {(A, 25), (B, 25)}
    assert new_alerts(watched) == [f"AcceptsUnauthenticated {A}"]
