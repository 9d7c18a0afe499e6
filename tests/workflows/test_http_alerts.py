"""The alerts over HTTP: what the last watch found, and which routes know it."""

from datetime import timedelta
from typing import Any

import pytest

from shared.errors import TransientError
from tests.fakes.principals import person
from tests.workflows.http import EASY_AUTH, ApiClient, operator
from tests.workflows.test_http_description import as_described
from tests.workflows.test_watch import ALERTED, TO_EXPIRY, run_watch
from tests.workflows.world import World

A_REPLICA = ("ss-dev-01", "mailrelay-0")
EXPIRING = "CertificateExpiring"


@pytest.fixture
def watched(served: World) -> World:
    """Everything served, routes to notify, and a runbook."""
    alerts = ALERTED.model_copy(update={"runbook": "https://wiki.example.net/relays"})
    served.inventory = served.inventory.model_copy(update={"alerts": alerts})
    return served


def listed(world: World) -> Any:
    return as_described("list_alerts", operator(world).get("/api/alerts")).document


def of_first_certificate(world: World, name: str = "ServedByTooFewReplicas") -> Any:
    """Return the alerts of this name about the first certificate."""
    about = f"certificate/{world.certificate.name}"
    return [each for each in listed(world)["alerts"] if (each["name"], each["object"]) == (name, about)]


def test_before_the_first_watch_there_is_none(world: World) -> None:
    assert listed(world) == {"at": None, "alerts": []}


def test_an_alert_that_does_not_fire_yet_is_pending_and_known_to_nobody(watched: World) -> None:
    watched.prober.failing[A_REPLICA] = "timed out"
    run_watch(watched)
    [alert] = of_first_certificate(watched)

    assert (alert["state"], alert["told"]) == ("pending", [])


def test_an_alert_that_fires_says_what_where_since_when_and_who_knows(watched: World) -> None:
    watched.prober.failing[A_REPLICA] = "timed out"
    began = watched.clock.now()
    run_watch(watched, times=4)
    found = listed(watched)
    [alert] = of_first_certificate(watched)

    assert found["at"] == f"{began + timedelta(minutes=30):%Y-%m-%dT%H:%M:%S.%fZ}"
    assert (alert["state"], alert["severity"], alert["page"]) == ("firing", "warning", False)
    assert alert["place"] == "dev@ss-dev-01"
    assert alert["since"] == f"{began:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert alert["summary"] == f"ServedByTooFewReplicas: {alert['object']} at dev@ss-dev-01"
    assert "timed out" in alert["message"]
    assert alert["runbook"] == "https://wiki.example.net/relays#servedbytoofewreplicas"
    assert alert["told"] == [{"route": route, "at": found["at"]} for route in ("people", "ss-dev-01")]


def test_a_route_that_took_nothing_does_not_know_the_alert(watched: World) -> None:
    watched.notifier.dead.add("people")
    watched.prober.failing[A_REPLICA] = "timed out"
    run_watch(watched, times=4)

    [alert] = of_first_certificate(watched)
    assert [each["route"] for each in alert["told"]] == ["ss-dev-01"]


def test_a_route_that_knows_the_alert_as_less_urgent_does_not_know_it_as_it_is(watched: World) -> None:
    watched.clock.advance(TO_EXPIRY * 3 / 4)
    run_watch(watched)
    assert "people" in {told["route"] for each in of_first_certificate(watched, EXPIRING) for told in each["told"]}
    watched.notifier.dead.add("people")
    watched.clock.advance(TO_EXPIRY / 4 - timedelta(days=1))
    run_watch(watched)
    alerts = of_first_certificate(watched, EXPIRING)

    assert {(each["severity"], each["page"]) for each in alerts} == {("critical", True)}
    assert {told["route"] for each in alerts for told in each["told"]} == {"ss-dev-00", "ss-dev-01"}


def test_those_that_fire_come_before_those_that_do_not_yet_and_the_most_urgent_first(watched: World) -> None:
    watched.clock.advance(TO_EXPIRY - timedelta(days=1))
    run_watch(watched)
    watched.notifier.dead.add("people")
    watched.prober.failing[A_REPLICA] = "timed out"
    run_watch(watched, times=2)
    ranks = [
        (each["state"] != "firing", not each["page"], each["severity"] != "critical")
        for each in listed(watched)["alerts"]
    ]

    assert ranks == sorted(ranks)
    assert len(set(ranks)) > 2


def test_without_a_runbook_of_its_own_an_alert_leads_to_this_project_s(watched: World) -> None:
    watched.inventory = watched.inventory.model_copy(update={"alerts": ALERTED})
    watched.prober.failing[A_REPLICA] = "timed out"
    run_watch(watched)
    assert listed(watched)["alerts"][0]["runbook"] == "docs/runbook.md#servedbytoofewreplicas"


def test_what_is_over_is_no_longer_listed(watched: World) -> None:
    watched.prober.failing[A_REPLICA] = "timed out"
    run_watch(watched, times=4)
    watched.prober.failing.clear()
    run_watch(watched, times=2)
    assert listed(watched)["alerts"] == []


def test_a_reader_may_list_them(watched: World) -> None:
    assert ApiClient(watched, person("reader"), EASY_AUTH).get("/api/alerts").status == 200
    assert ApiClient(watched, person("ticker"), EASY_AUTH).get("/api/alerts").status == 403


def test_storage_that_does_not_answer_is_a_problem_and_not_an_empty_list(watched: World) -> None:
    watched.state.watch.faults.before("read", TransientError("no answer from storage"))
    reply = as_described("list_alerts", operator(watched).get("/api/alerts"))
    assert (reply.status, reply.document["detail"]) == (503, "no answer from storage")


def test_a_journal_that_cannot_be_read_is_a_problem(watched: World) -> None:
    watched.state.watch.unreadable["alerts"] = "junk"
    assert operator(watched).get("/api/alerts").status == 502
