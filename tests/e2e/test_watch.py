"""Real Alertmanagers, Slack, Teams and a webhook get each alert that concerns them once, and its end."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from infra.local.pebble import REFUSED
from shared.domain.alerting.notification import SHORTEST_INTERVAL
from shared.workflows import watch as workflow
from tests.e2e import leaks
from tests.e2e.conftest import DEV, HOST, INTERNAL, Fleet, everything_served
from tests.e2e.places import secrets
from tests.e2e.watching.breaking import dead, import_version, refusing, replica_missing
from tests.e2e.watching.watch import Watch, fired
from tests.fakes.clock import ShiftedClock
from tests.fakes.storage import FakeQueue

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

FIRST, SECOND = "ss-dev-00", "ss-dev-01"
A_WHILE = timedelta(minutes=40)
"""Longer than a blink and a node's upgrade are waited for."""
A_DELIVERY = timedelta(hours=10)
"""Longer than a version takes to arrive."""


@pytest.fixture(scope="module")
def quiet(settled: Fleet) -> Iterator[Watch]:
    with everything_served(settled) as fleet:
        watch = Watch(fleet)
        assert_quiet(watch)
        yield watch


@pytest.fixture
def watch(quiet: Watch) -> Iterator[Watch]:
    """Nothing fires before the test, nor after it."""
    yield quiet
    quiet.fleet.reset_inventory()
    quiet.fleet.tick()
    assert_quiet(quiet)


def assert_quiet(watch: Watch) -> None:
    """One watch ends what fired; the next says that routes listen again."""
    watch.clear_receivers()
    watch.run()
    watch.run()
    assert (watch.firing(FIRST), watch.firing(SECOND)) == ([], [])
    watch.clear_receivers()


def run_for_a_while(watch: Watch) -> None:
    """See it, and see it still after a while."""
    watch.run()
    watch.run(after=A_WHILE)


def test_after_a_renewal_in_good_order_nothing_fires_but_the_heartbeat(watch: Watch) -> None:
    watch.fleet.add_a_name()
    watch.fleet.tick()

    errors = [*watch.run(), *watch.run(after=A_DELIVERY)]

    assert errors == []
    assert (watch.firing(FIRST), watch.firing(SECOND)) == ([], [])
    assert [alert["labels"]["alertname"] for alert in fired(watch.members(FIRST)[0])] == ["Heartbeat"]
    assert [watch.received(by) for by in ("slack", "teams", "webhook")] == [[], [], []]
    assert len(watch.received("ping")) == 2


def test_an_expiring_certificate_is_one_notification_per_route_that_resolves_once_renewed(watch: Watch) -> None:
    fleet = watch.fleet
    import_version(fleet, left=timedelta(days=10))
    with refusing(fleet, fleet.stack.addresses.vault("dev"), "POST /create"):
        fleet.tick()
        run_for_a_while(watch)

        for cluster in (FIRST, SECOND):
            failing, expiring = sorted(watch.alerts(cluster), key=lambda alert: -len(alert["annotations"]["message"]))
            assert_laid_out(expiring, cluster)
            assert failing["labels"]["alertname"] == "RenewalFailing"
            assert "cannot create a version of" in failing["annotations"]["message"]
        watch.run()
        assert_sent_once(watch)

    fleet.tick()
    watch.run()
    assert (watch.firing(FIRST), watch.firing(SECOND)) == ([], [])
    assert len([line for line in watch.read() if line.startswith("*RESOLVED*")]) == 4


def assert_laid_out(alert: dict[str, Any], cluster: str) -> None:
    """It has every label and annotation, and holds for three of the shortest intervals."""
    assert alert["labels"] == {
        "alertname": "CertificateExpiring",
        "cluster": cluster,
        "service": "dev",
        "severity": "critical",
        "certificate": INTERNAL,
    }
    assert alert["annotations"].keys() == {"message", "summary", "runbook_url"}
    assert "serves a certificate that expires" in alert["annotations"]["message"]
    assert alert["annotations"]["runbook_url"].endswith("#certificateexpiring")
    left = datetime.fromisoformat(alert["endsAt"]) - datetime.now(UTC)
    assert left / SHORTEST_INTERVAL == pytest.approx(3, abs=0.2)


def assert_sent_once(watch: Watch) -> None:
    """People read of each alert in one line, though it was seen by several watches."""
    lines = [line.split()[0] for line in watch.read()]
    assert lines == ["*CRITICAL*"] * 4
    cards = [attachment["content"] for message in watch.received("teams") for attachment in message["attachments"]]
    assert sum(len(card["body"]) for card in cards) == 4
    alerts = [alert for message in watch.received("webhook") for alert in message["alerts"]]
    assert sorted((alert["status"], alert["labels"]["cluster"]) for alert in alerts) == [
        *[("firing", FIRST)] * 2,
        *[("firing", SECOND)] * 2,
    ]


def test_an_undelivered_version_alerts_until_it_is_served_although_our_clock_is_ahead(watch: Watch) -> None:
    ports = watch.fleet.ports
    clock = ShiftedClock(ports.clock, timedelta(minutes=1))
    ahead = replace(ports, clock=clock, queue=FakeQueue(clock))  # nobody delivers it before the tick
    import_version(watch.fleet, left=timedelta(days=85))
    workflow.watch(ahead)
    watch.age(A_DELIVERY)
    workflow.watch(ahead)
    assert watch.firing(FIRST) == watch.firing(SECOND) == ["ServedDiffersFromStored"]
    assert f"where version {watch.fleet.stored(INTERNAL).version} is wanted" in watch.read()[0]

    watch.fleet.tick()
    workflow.watch(ahead)
    assert (watch.firing(FIRST), watch.firing(SECOND)) == ([], [])


def test_a_missing_replica_alerts_at_each_alertmanager_of_its_cluster_only(watch: Watch) -> None:
    with replica_missing(watch.fleet.clusters[1]):
        run_for_a_while(watch)
        assert (watch.firing(FIRST), watch.firing(SECOND)) == ([], ["ServedByTooFewReplicas"])
        assert len(watch.members(SECOND)) == 2
        assert "mailrelay-1" in watch.read()[0]
        assert watch.received("teams") == []


def test_a_member_of_a_group_hears_all_though_the_other_is_dead(watch: Watch) -> None:
    alive, _ = watch.members(SECOND)
    with dead(watch.fleet, f"alertmanager-{SECOND}-1"):
        with replica_missing(watch.fleet.clusters[1]):
            run_for_a_while(watch)
            assert names(fired(alive)) == {"ServedByTooFewReplicas"}
        run_for_a_while(watch)
        assert names(fired(alive)) == {"RouteFailing"}
        assert any("dev/alertmanager-ss-dev-01-b" in line for line in watch.read())


def names(alerts: list[dict[str, Any]]) -> set[str]:
    return {alert["labels"]["alertname"] for alert in alerts}


def test_dead_routes_keep_nothing_from_the_others_and_hear_what_they_missed(watch: Watch) -> None:
    watch.break_receiver("/services/", 500)
    with dead(watch.fleet, f"alertmanager-{FIRST}-0"), replica_missing(watch.fleet.clusters[0]):
        run_for_a_while(watch)
        run_for_a_while(watch)
        labels = [alert["labels"] for message in watch.received("webhook") for alert in message["alerts"]]
        assert {(each["alertname"], each.get("route")) for each in labels} == {
            ("ServedByTooFewReplicas", None),
            ("RouteFailing", FIRST),
            ("RouteFailing", "mail-team"),
        }
        assert watch.firing(SECOND) == ["RouteFailing"]
        assert watch.read() == []
        watch.fleet.stack.supervisor.restart(f"alertmanager-{FIRST}-0")
        watch.clear_receivers()
        watch.run()
        assert watch.firing(FIRST) == ["RouteFailing", "ServedByTooFewReplicas"]
        assert [line.split()[0] for line in watch.read()] == ["*CRITICAL*", "*CRITICAL*", "*WARNING*", "*WARNING*"]
        watch.run()
        assert (watch.firing(FIRST), watch.firing(SECOND)) == (["ServedByTooFewReplicas"], [])


def test_an_unreachable_cluster_alerts_at_its_alertmanagers(watch: Watch) -> None:
    with dead(watch.fleet, f"{FIRST}-apiserver"):
        run_for_a_while(watch)
        assert (watch.firing(FIRST), watch.firing(SECOND)) == (["WatchBlind"], [])


def test_an_unreadable_vault_alerts_through_the_routes_that_do_not_need_it(watch: Watch) -> None:
    with refusing(watch.fleet, watch.fleet.stack.addresses.vault("dev"), "* /"):
        run_for_a_while(watch)
        run_for_a_while(watch)
    lines = watch.read()
    assert any("WatchBlind" in str(message) for message in watch.received("webhook"))
    assert any("vault dev" in line for line in lines)
    assert any("the route ss-dev-01 did not take" in line for line in lines)
    assert (fired(watch.members(SECOND)[0]), len(watch.received("ping"))) == ([], 4)


def test_a_missing_role_for_dns_alerts_until_it_is_back(watch: Watch) -> None:
    fleet = watch.fleet
    with refusing(fleet, fleet.stack.addresses.arm, "PUT /TXT/"):
        fleet.add_a_name()
        fleet.tick()
        run_for_a_while(watch)
    assert watch.firing(FIRST) == watch.firing(SECOND) == ["RenewalFailing"]
    assert "zone mailrelay.platform.hmcts.net" in watch.alerts(FIRST)[0]["annotations"]["message"]

    fleet.tick()
    watch.run()
    assert (watch.firing(FIRST), watch.firing(SECOND)) == ([], [])


def test_a_name_that_the_authority_refuses_alerts_in_its_words_until_it_is_removed(watch: Watch) -> None:
    watch.fleet.change_certificate(DEV, dns_names=[HOST, REFUSED])
    watch.fleet.tick()
    run_for_a_while(watch)
    assert watch.firing(FIRST) == watch.firing(SECOND) == ["RenewalFailing"]
    assert "rejectedIdentifier" in watch.alerts(FIRST)[0]["annotations"]["message"]


def test_alertmanagers_get_alerts_on_the_path_that_newer_ones_have_too(watch: Watch) -> None:
    """Alertmanager 0.27 has no /api/v1 any more."""
    watch.run()
    metrics = requests.get(f"{watch.members(FIRST)[0]}/metrics", timeout=5).text.splitlines()
    received = dict(line.split() for line in metrics if line.startswith("alertmanager_alerts_received_total"))
    by_version = {version: [float(n) for key, n in received.items() if version in key] for version in ("v1", "v2")}
    assert (sum(by_version["v1"]), sum(by_version["v2"]) > 0) == (0, True)


def test_what_alerts_take_is_among_what_must_not_be_seen(watch: Watch) -> None:
    hidden = {secret.name: secret for secret in secrets(watch.fleet)}
    ports = watch.fleet.ports
    for reference in ports.inventory.alerts.secrets:
        value, name = ports.vault.secret(reference), f"what {reference} holds"
        assert value is not None
        expected = [] if "alertmanager" in reference.name else [f"{name} is seen in host.log"]
        assert leaks.leaks([hidden[name]], {"host.log": f"POST {value}".encode()}) == expected
