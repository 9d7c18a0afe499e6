"""From the host's request to its response."""

import json
import logging
from collections.abc import Mapping

import azure.functions as func
import pytest

from functions.http import respond
from shared.api import handler
from shared.api.http import HttpRequest, HttpResponse
from tests.fakes.principals import person


def asked(
    operation: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    path: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> func.HttpResponse:
    request = func.HttpRequest("GET", f"http://127.0.0.1{url}", headers=headers, route_params=path, body=body)
    return respond(operation, request)


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RELAYKEEPER_INVENTORY", "RELAYKEEPER_EASY_AUTH", "RELAYKEEPER_KEYS_MAY_CHANGE"):
        monkeypatch.delenv(name, raising=False)


def switch_on_easy_auth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAYKEEPER_EASY_AUTH", "true")
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "True")


def test_an_answer_has_its_status_type_and_correlation() -> None:
    response = asked("show_health", "/api/health", {"X-Correlation-Id": "change-1234"})

    assert response.status_code == 503
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-correlation-id"] == "change-1234"
    assert json.loads(response.get_body())["status"] == "failing"


def test_the_query_is_read_from_the_url_with_all_that_it_has() -> None:
    problem = json.loads(asked("read_history", "/api/history?until=&limit=1&limit=2").get_body())
    assert problem["errors"] == [{"detail": "is there twice", "parameter": "limit"}]
    problem = json.loads(asked("read_history", "/api/history?until=").get_body())
    assert problem["errors"][0]["parameter"] == "until"


def test_the_body_and_what_the_route_names_are_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def told_back(_operation: object, call: HttpRequest, *_: object) -> HttpResponse:
        return HttpResponse(200, call.path["id"].encode() + call.body)

    monkeypatch.setattr(handler, "handle", told_back)
    assert asked("show_request", "/api/requests/x", path={"id": "x"}, body=b" body").get_body() == b"x body"


def test_a_principal_is_believed_where_the_setting_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    forged = person("operator")
    assert asked("send_test_alert", "/api/alerts/test", forged).status_code == 403
    switch_on_easy_auth(monkeypatch)
    assert asked("send_test_alert", "/api/alerts/test").status_code == 401
    assert asked("send_test_alert", "/api/alerts/test", forged).status_code == 415


def test_authorization_comes_before_parsing(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on_easy_auth(monkeypatch)
    assert asked("read_history", "/api/history?canary=1").status_code == 401
    refused = asked("send_test_alert", "/api/alerts/test", person("reader"), body=b" " * 100_000)
    assert refused.status_code == 403


def test_every_line_of_a_call_has_its_correlation(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    asked("show_plan", "/api/plan?canary=1", {"x-correlation-id": "change-1234"})
    assert [record.getMessage().count("correlation=change-1234") for record in caplog.records] == [1]


def test_the_log_level_distinguishes_a_caller_s_mistake_from_ours(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert asked("show_plan", "/api/plan?canary=1").status_code == 400
    assert asked("show_plan", "/api/plan").status_code == 500
    assert [record.levelno for record in caplog.records] == [logging.INFO, logging.ERROR]


def test_an_answer_can_be_read_in_a_terminal() -> None:
    body = asked("show_plan", "/api/plan?canary=1").get_body()
    assert body.startswith(b'{\n  "type": ')
    assert body.endswith(b"}\n")


def test_a_call_does_not_show_what_came_with_it() -> None:
    assert "canary" not in repr(HttpRequest({"x-functions-key": "canary"}, (("code", "canary"),), body=b"canary"))
