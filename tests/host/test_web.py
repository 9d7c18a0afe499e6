from collections.abc import Iterator

import pytest
import requests

from infra.local.loopback import Addresses
from infra.local.processes import Supervisor
from tests.host.conftest import Storage
from tests.host.hosting import DEFAULT_KEY, MASTER_KEY, RunningHost

MASTER = {"x-functions-key": MASTER_KEY}
DEFAULT = {"x-functions-key": DEFAULT_KEY}


@pytest.fixture(scope="module")
def host(
    supervisor: Supervisor, addresses: Addresses, storage: Storage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningHost]:
    values = {**storage.values, "SAMPLE_QUEUE": "unused"}
    with RunningHost.serving(supervisor, tmp_path_factory.mktemp("web"), addresses.core, values) as host:
        yield host


def test_a_request_reaches_its_function_as_it_was_sent(host: RunningHost) -> None:
    url = f"{host.url}/api/Items/a%2Fb/c?colour=blue%20ish"
    answer = requests.put(url, data="ü".encode(), headers={**DEFAULT, "content-type": "text/x"}, timeout=5)
    assert (answer.status_code, answer.headers["x-sample"]) == (201, "yes")
    assert answer.json() == {
        "url": url,
        "route": {"name": "a/b", "part": "c"},
        "query": {"colour": "blue ish"},
        "type": "text/x",
        "body": "ü",
    }


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/items/one", {}, 401),
        ("/api/items/one", {"x-functions-key": "another"}, 401),
        ("/api/items/one", DEFAULT, 201),
        ("/api/items/one", MASTER, 201),
        (f"/api/items/one?code={DEFAULT_KEY}", {}, 201),
        ("/api/items/all", DEFAULT, 403),
        ("/api/items/all", MASTER, 200),
        ("/api/nothing", MASTER, 404),
        ("/items/one", MASTER, 404),
        ("/admin/functions", {}, 401),
        ("/admin/functions", DEFAULT, 403),
        ("/admin/nothing", MASTER, 404),
    ],
)
def test_doors_open_for_their_keys_alone(host: RunningHost, path: str, headers: dict[str, str], status: int) -> None:
    assert requests.get(host.url + path, headers=headers, timeout=5).status_code == status


def test_a_method_that_a_route_does_not_take_finds_nothing(host: RunningHost) -> None:
    assert requests.delete(f"{host.url}/api/items/one", headers=MASTER, timeout=5).status_code == 404


def test_a_failing_function_answers_500_and_tells_the_log_alone(host: RunningHost) -> None:
    answer = requests.get(f"{host.url}/api/broken", timeout=5)
    assert (answer.status_code, answer.content) == (500, b"")
    line = host.wait_for(event="failed", function="broken")
    assert "for the log alone" in line["exception"]
    assert host.lines(function="broken", invocation=line["invocation"], message="about to fail for GET")


def test_an_administrator_sees_the_state_and_the_functions(host: RunningHost) -> None:
    status = requests.get(f"{host.url}/admin/host/status", headers=MASTER, timeout=5)
    assert status.json()["state"] == "Running"
    listed = requests.get(f"{host.url}/admin/functions", headers=MASTER, timeout=5)
    assert [function["name"] for function in listed.json()] == [
        "tick",
        "work",
        "handle_poison",
        "items",
        "every_item",
        "broken",
    ]


@pytest.mark.parametrize(
    ("function", "body", "status"),
    [
        ("tick", '{"input": ""}', 202),
        ("TICK", '{"input": ""}', 202),
        ("tick", "{}", 202),
        ("absent", '{"input": ""}', 404),
        ("items", '{"input": ""}', 400),
        ("tick", '{"input": {}}', 400),
        ("tick", "[]", 400),
        ("tick", "", 400),
    ],
)
def test_a_function_is_run_by_name_with_a_text(host: RunningHost, function: str, body: str, status: int) -> None:
    answer = requests.post(f"{host.url}/admin/functions/{function}", data=body, headers=MASTER, timeout=5)
    assert answer.status_code == status
