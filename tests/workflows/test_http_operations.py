"""History, metrics, health, test alerts over HTTP; and what goes wrong."""

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

import pytest

from shared.api.handler import handle
from shared.api.http import HttpRequest
from shared.api.openapi_examples import BODIES
from shared.api.operations import BY_ID
from shared.domain.audit import Actor, AuditRecord
from shared.errors import ConfigError, ConfigProblem, PermanentError, TransientError
from shared.inventory import Alerts, Route, SecretReference
from shared.inventory.alerts import Heartbeat
from shared.ports import Ports
from shared.version import RELEASE
from shared.workflows.tick import tick_by_timer
from shared.workflows.watch import watch
from tests.fakes.inventory import INTERNAL, NAME
from tests.fakes.principals import person
from tests.workflows.client_world import client_world
from tests.workflows.http import EASY_AUTH, OPERATOR, ApiClient, operator
from tests.workflows.world import World

CANARY = "canary-6a09e667"


def record(world: World, days_ago: float, reason: str) -> AuditRecord:
    at = world.clock.now() - timedelta(days=days_ago)
    return AuditRecord(at=at, event="merge", actor=Actor("timer"), reason=reason, correlation="c", outcome="merged")


def test_the_history_of_the_last_month_comes_newest_last(world: World) -> None:
    world.history.records = [record(world, days, str(days)) for days in (40, 29, 2, 1, 0.5)]
    found = operator(world).get("/api/history").document
    assert [each["reason"] for each in found["records"]] == ["29", "2", "1", "0.5"]
    assert found["next"] is None


def test_parts_of_the_history_make_the_whole(world: World) -> None:
    world.history.records = [record(world, days, str(days)) for days in (3.2, 3.1, 3, 2, 1, 0.5, 0.4)]
    url: str | None = "/api/history?limit=2"
    reasons: list[str] = []
    parts = 0
    while url is not None:
        part = operator(world).get(url).document
        assert len(part["records"]) <= 2
        reasons += [each["reason"] for each in part["records"]]
        url, parts = part["next"], parts + 1
    assert reasons == ["3.2", "3.1", "3", "2", "1", "0.5", "0.4"]
    assert parts < 6


def test_a_long_time_is_read_in_parts(world: World) -> None:
    world.history.records = [record(world, 300, "long ago")]
    first = operator(world).get("/api/history?since=2026-01-01&actor=timer").document
    assert first["records"] + operator(world).get(first["next"]).document["records"]
    assert "since=2026-01-01" in first["next"]


@pytest.mark.parametrize("query", ["since=2027-01-01", "since=2026-11-20&until=2026-11-19", "since=2999-12-31"])
def test_a_time_that_ends_before_it_begins_is_refused(world: World, query: str) -> None:
    assert operator(world).get(f"/api/history?{query}").status == 400


def test_metrics_are_as_prometheus_reads_them(served: World) -> None:
    reply = operator(served).get("/api/metrics")
    assert reply.answer.content_type.startswith("text/plain; version=0.0.4")
    assert b"relaykeeper_build_info" in reply.answer.body


def health(world: World) -> tuple[int, Mapping[str, Mapping[str, str]]]:
    """Return the status that anybody gets, and the parts that a reader is shown."""
    reader = ApiClient(world, person("reader"), EASY_AUTH)
    state, shown = reader.get("/api/health"), reader.get("/api/health/parts")
    return state.status, {part["name"]: part for part in shown.document["parts"]}


STRANGERS: tuple[tuple[Mapping[str, str], Mapping[str, str]], ...] = (
    (person("operator"), EASY_AUTH),
    ({}, EASY_AUTH),
    (person(), EASY_AUTH),
    (person("admin"), EASY_AUTH),
    ({"x-ms-client-principal": "junk"}, EASY_AUTH),
    (person("operator"), {}),
    (person("operator"), {"RELAYKEEPER_EASY_AUTH": "true"}),
    ({"x-functions-key": "anything"}, {"RELAYKEEPER_KEYS_MAY_CHANGE": "true"}),
)


@pytest.mark.parametrize(("headers", "environment"), STRANGERS)
def test_everybody_gets_the_state_alone(
    served: World, headers: Mapping[str, str], environment: Mapping[str, str]
) -> None:
    served.clusters.unreachable.add("ss-dev-00")
    watch(served.ports)
    reply, reader = ApiClient(served, headers, environment).get("/api/health"), health(served)

    ages = {"tick_age_seconds": None, "watch_age_seconds": 0}
    assert reply.document == {"status": "degraded", "release": RELEASE, **ages}
    assert (reply.status, reader[1]["cluster ss-dev-00"]["status"]) == (reader[0], "degraded")
    for name in ("dev", "ss-dev-00", NAME, "letsencrypt"):
        assert name not in reply.answer.body.decode()


def test_unauthenticated_callers_get_the_same_status_of_a_failure(world: World) -> None:
    for headers in ({}, person("reader")):
        world.state.watch.faults.before("read", TransientError("no answer"))
        assert ApiClient(world, headers, EASY_AUTH).get("/api/health").status == 503


def test_with_a_function_key_the_parts_have_a_door_of_their_own(served: World) -> None:
    served.state.watch.faults.before("read", TransientError("no answer"))
    reply = ApiClient(served, {}, {}).get("/api/health/parts")
    assert (reply.status, reply.document["status"]) == (200, "failing")
    assert ApiClient(served, {}, EASY_AUTH).get("/api/health/parts").status == 401
    assert ApiClient(served, person(), EASY_AUTH).get("/api/health/parts").status == 403


def test_health_names_what_depends_on_what_to_a_reader(served: World) -> None:
    tick_by_timer("tick", served.ports)
    watch(served.ports)
    status, parts = health(served)

    assert status == 200
    assert {part["status"] for part in parts.values()} == {"ok"}
    assert f"certificate {NAME}" in parts["vault dev"]["needed_by"]
    assert "relay dev" in parts["cluster ss-dev-00"]["needed_by"]


def test_health_names_the_clients_that_need_a_vault_or_a_cluster() -> None:
    _, parts = health(client_world())

    for part in ("vault dev", "cluster ss-dev-00"):
        assert {"client pcol", "client jobs", "client probe"} <= set(parts[part]["needed_by"])


def test_health_names_what_of_the_alerts_a_vault_is_needed_for(served: World) -> None:
    key, ping = SecretReference("dev", "key"), SecretReference("dev", "ping")
    route = Route.model_construct(kind="webhook", urls=(SecretReference("prod", "hook"),), signing_key=key)
    heartbeat = Heartbeat.model_construct(ping=ping)
    alerts = Alerts().model_copy(update={"routes": {"ops": route}, "heartbeat": heartbeat})
    served.inventory = served.inventory.model_copy(update={"alerts": alerts})
    _, parts = health(served)

    assert {"route ops", "heartbeat"} <= set(parts["vault dev"]["needed_by"])


def test_health_says_which_release_answers(world: World) -> None:
    assert ApiClient(world, {}, EASY_AUTH).get("/api/health").document["release"] == RELEASE


def test_health_is_degraded_by_what_a_restart_would_not_fix(served: World) -> None:
    assert health(served)[1]["watch"]["status"] == "degraded"
    tick_by_timer("tick", served.ports)
    served.clusters.unreachable.add("ss-dev-00")
    watch(served.ports)
    status, parts = health(served)
    assert status == 200
    assert [name for name, part in parts.items() if part["status"] == "degraded"] == ["cluster ss-dev-00"]
    served.clock.advance(timedelta(hours=2))
    assert health(served)[1]["watch"]["status"] == "degraded"


def test_health_fails_without_storage(world: World) -> None:
    for _ in range(2):
        world.state.watch.faults.before("read", TransientError(f"no answer from https://{CANARY}"))
    status, parts = health(world)
    assert (status, parts["storage"]["status"]) == (503, "failing")
    assert CANARY not in str(parts)


def broken(_: Mapping[str, str]) -> Ports:
    raise ConfigError([ConfigProblem(f"vaults.{CANARY}", 3, "is required")])


def test_health_fails_with_a_wrong_inventory_and_shows_no_more(caplog: pytest.LogCaptureFixture) -> None:
    reply = handle(BY_ID["show_health"], HttpRequest(), {}, broken)
    assert reply.status == 503
    assert CANARY not in reply.body.decode()
    assert CANARY in caplog.text


def test_a_reader_gets_every_error_of_a_wrong_inventory() -> None:
    reply = handle(BY_ID["show_plan"], HttpRequest(), {}, broken)
    assert reply.status == 500
    assert json.loads(reply.body)["errors"] == [{"detail": "is required", "parameter": f"vaults.{CANARY}"}]


def route(kind: Literal["slack", "webhook"]) -> Route:
    return Route.model_validate({"kind": kind, "urls": ["dev/url"]})


def test_a_test_alert_goes_down_every_route_and_each_answer_is_returned(world: World) -> None:
    alerts = world.inventory.alerts.model_copy(
        update={"routes": {"slack": route("slack"), "on-call": route("webhook")}}
    )
    world.inventory = world.inventory.model_copy(update={"alerts": alerts})
    world.notifier.dead.add("slack")
    found = operator(world).post("/api/alerts/test", reason="a new route").document

    assert found["routes"] == [
        {"route": "slack", "kind": "slack", "taken": False, "error": "cannot tell slack: ConnectTimeout"},
        {"route": "on-call", "kind": "webhook", "taken": True, "error": None},
    ]
    (alert,) = world.notifier.fresh("on-call")
    assert alert.message.startswith("TEST of the route on-call, nothing is wrong")
    assert "Ada Lovelace: a new route" in alert.message
    assert world.history.records[-1].reason == "a new route"


def test_no_test_alert_is_sent_without_its_audit_record(world: World) -> None:
    world.history.faults.before("append", PermanentError("refused"))
    assert operator(world).post("/api/alerts/test", reason="a new route").status == 502
    assert world.notifier.sent == {}


def test_a_bug_is_answered_with_its_correlation_and_traced_in_the_log_alone(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: Ports) -> Ports:
        raise ZeroDivisionError(CANARY)

    world.through = fails
    reply = operator(world).call("GET", "/api/plan", b"", **{"x-correlation-id": "change-1234"})

    assert (reply.status, reply.document["type"]) == (500, "urn:relaykeeper:problem:bug")
    assert "change-1234" in reply.document["detail"]
    [record] = [record for record in caplog.records if record.exc_info]
    assert "in fails" in "".join(traceback.format_exception(record.exc_info[1]))  # type: ignore[index]
    assert CANARY not in reply.answer.body.decode() + caplog.text


def test_storage_that_is_busy_is_asked_again_later(world: World) -> None:
    world.state.pauses.faults.before("read", TransientError("busy"))
    reply = operator(world).get("/api/pauses")
    assert (reply.status, reply.headers["retry-after"]) == (503, "30")


def test_no_answer_and_no_line_has_a_secret(served: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("client-password", "letsencrypt-account-key"):
        served.vault.put_secret(SecretReference("dev", name), CANARY)
    headers = {**OPERATOR, "x-functions-key": CANARY, "authorization": f"Bearer {CANARY}"}
    someone = ApiClient(served, headers, EASY_AUTH)
    replies = []
    for operation in BY_ID.values():
        url = f"/api/{operation.path.replace('{name}', NAME).replace('{id}', 'x')}"
        query = "?reason=why" if operation.method == "DELETE" else ""
        replies.append(someone.call(operation.method, url + query, json.dumps(BODIES.get(operation.id)).encode()))
    watch(served.ports)

    keys = [held.key for held in served.versions]
    assert keys
    said = "".join(reply.answer.body.decode() + str(reply.headers) for reply in replies) + caplog.text
    assert CANARY not in said
    assert "PRIVATE KEY" not in said
    assert OPERATOR["x-ms-client-principal"] not in said


def test_responses_must_not_be_cached(world: World) -> None:
    reply = operator(world).get("/api/pauses")
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.answer.content_type == "application/json"


def test_a_caller_s_text_begins_no_line_of_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    call = HttpRequest(OPERATOR, (("reason", "why"),), {"id": "x\n2026-11-22 ERROR forged"})
    assert handle(BY_ID["resume"], call, EASY_AUTH, lambda _: world.ports).status == 404
    assert [record.getMessage().count("\n") for record in caplog.records] == [0]


def test_a_later_part_of_the_history_is_chosen_like_the_first(world: World) -> None:
    someone = operator(world)
    for number in range(3):
        someone.post(f"/api/certificates/{NAME}/renewals", reason=f"reason {number}")
        someone.post(f"/api/certificates/{INTERNAL}/renewals", reason=f"other {number}")
        world.clock.advance(timedelta(seconds=1))
    url: str | None = f"/api/history?target=certificate/{NAME}&limit=1"
    reasons: list[str] = []

    while url is not None:
        part = someone.get(url).document
        reasons += [each["reason"] for each in part["records"]]
        url = part["next"]

    assert reasons == ["reason 0", "reason 1", "reason 2"]
