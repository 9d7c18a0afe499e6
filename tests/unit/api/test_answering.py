"""From the host's request to its response."""

import json

import azure.functions as func
import pytest

from functions.answering import answer


def asked(operation: str, url: str, **headers: str) -> func.HttpResponse:
    request = func.HttpRequest("GET", f"http://127.0.0.1{url}", headers=headers, route_params={}, body=b"")
    return answer(operation, request)


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RELAYKEEPER_INVENTORY", "RELAYKEEPER_EASY_AUTH", "RELAYKEEPER_KEYS_MAY_CHANGE"):
        monkeypatch.delenv(name, raising=False)


def test_an_answer_has_its_status_type_and_correlation() -> None:
    response = asked("show_health", "/api/health", **{"X-Correlation-Id": "change-1234"})

    assert response.status_code == 503
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-correlation-id"] == "change-1234"
    assert json.loads(response.get_body())["parts"][0]["name"] == "settings and inventory"


def test_the_query_is_read_from_the_url_with_all_that_it_has() -> None:
    problem = json.loads(asked("read_history", "/api/history?until=&limit=1&limit=2").get_body())
    assert problem["errors"] == [{"detail": "is there twice", "parameter": "limit"}]
    problem = json.loads(asked("read_history", "/api/history?until=").get_body())
    assert problem["errors"][0]["parameter"] == "until"
