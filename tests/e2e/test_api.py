"""The HTTP API on the stack: used with curl alone, forged, and asked whatever its own description allows."""

import json
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance, unsupported_method

from infra.local.example_inventory import FUNCTION_KEY
from infra.local.stack import Stack
from tests.e2e.conftest import DEV, HOST, PAUSE, Fleet
from tests.e2e.hosts import host_by
from tests.fakes.principals import person

pytestmark = pytest.mark.e2e

KEY = {"x-functions-key": FUNCTION_KEY}
BEYOND_SCHEMA = ("/api/history", "/api/pauses", "/api/plans")
"""Paths at which moments, or an inventory, are sent."""

EXAMPLES, EXAMPLES_OF_THE_OTHER_DOOR = 3, 1
"""Of each operation, good ones and as many that are not. They are the same ones behind Easy Auth: who is let in is
decided before any operation sees them."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Terminal:
    """Somebody with curl."""

    host: str
    headers: Mapping[str, str]

    def curl(self, path: str, *arguments: str) -> Reply:
        given = [word for name, value in self.headers.items() for word in ("-H", f"{name}: {value}")]
        command = ["curl", "-sS", "-i", "--max-time", "60", *given, *arguments, f"{self.host}{path}"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{shlex.join(command)}: {run.stderr}"
        head, _, body = run.stdout.partition("\n\n")
        first, *lines = head.splitlines()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        return Reply(int(first.split()[1]), headers, body)

    def post(self, path: str, **body: object) -> Reply:
        return self.curl(path, "-H", "content-type: application/json", "-d", json.dumps(body))

    def follow(self, asked: Reply) -> Mapping[str, Any]:
        """Follow what was asked for to its end."""
        assert asked.status == 202, asked.body
        deadline = time.monotonic() + 90
        while (state := self.curl(asked.headers["location"]).document)["state"] not in ("done", "failed", "held"):
            assert time.monotonic() < deadline, state
            time.sleep(PAUSE * 10)
        found: Mapping[str, Any] = state
        return found


@pytest.fixture
def terminal(fleet: Fleet) -> Terminal:
    return Terminal(fleet.stack.addresses.functions_host, KEY)


@pytest.fixture
def behind_easy_auth(host: Stack) -> Iterator[str]:
    """The host's URL while it believes principals."""
    document = json.loads(host.settings.read_text())
    document["Values"] |= {"RELAYKEEPER_EASY_AUTH": "true", "WEBSITE_AUTH_ENABLED": "True"}
    file = host.folder / "easy-auth.settings.json"
    file.write_text(json.dumps(document))
    with host_by(host, "infra.local.host", settings=file):
        yield host.addresses.functions_host
    file.unlink()


def test_renewed_rolled_back_and_released_with_curl_alone(fleet: Fleet, terminal: Terminal) -> None:
    before = fleet.stored()
    renewed = terminal.follow(
        terminal.post(f"/api/certificates/{DEV}/renewals", reason="the old key may have been seen", force=True)
    )
    after = fleet.stored()
    assert renewed["state"] == "done", renewed
    assert after.version != before.version
    assert {seen.thumbprint for seen in fleet.openssl_results(HOST)} == {after.leaf.thumbprint}

    back = terminal.follow(terminal.post(f"/api/certificates/{DEV}/rollbacks", reason="clients do not trust it"))
    assert back["state"] == "done", back
    assert {seen.thumbprint for seen in fleet.openssl_results(HOST)} == {before.leaf.thumbprint}

    forward = terminal.follow(terminal.curl(f"/api/certificates/{DEV}/quarantine?reason=they%20do", "-X", "DELETE"))
    assert forward["state"] == "done", forward
    assert {seen.thumbprint for seen in fleet.openssl_results(HOST)} == {after.leaf.thumbprint}

    records = terminal.curl(f"/api/history?target=certificate/{DEV}&actor=function%20key").document["records"]
    events = {record["event"] for record in records if record["correlation"] == renewed["correlation"]}
    assert {"request", "order", "merge", "secret", "served"} <= events
    assert any(record["serial"] == after.leaf.serial and record["place"] for record in records)


def test_the_kill_switch_holds_and_lets_go(fleet: Fleet, terminal: Terminal) -> None:
    until = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    paused = terminal.post("/api/pauses", scope="all", until=until, reason="incident INC-1234")
    before = fleet.stored().version
    try:
        held = terminal.follow(terminal.post(f"/api/certificates/{DEV}/renewals", reason="why", force=True))
        assert held["state"] == "held"
        assert "INC-1234" in held["message"]
        assert fleet.stored().version == before
    finally:
        over = terminal.curl(f"{paused.headers['location']}?reason=over", "-X", "DELETE")
    assert over.status == 200
    fleet.tick()
    assert terminal.follow(Reply(202, {"location": f"/api/requests/{held['id']}"}, ""))["state"] == "done"


def test_everything_can_be_looked_at(terminal: Terminal) -> None:
    found = terminal.curl("/api/certificates").document
    assert found["errors"] == {}
    assert [each["message"] for each in found["certificates"] if not each["ready"]] == []
    for place in (place for each in found["certificates"] for place in each["places"]):
        assert [replica["ok"] for replica in place["replicas"]] == [True, True], place
    assert all(each["todo"] == [] for each in terminal.curl("/api/plan").document["certificates"])
    assert terminal.curl("/api/metrics").body.startswith("# HELP")
    assert terminal.curl("/api/health").status == 200


def test_without_a_key_only_health_answers(fleet: Fleet) -> None:
    host = fleet.stack.addresses.functions_host
    forged = {**person("operator"), "x-ms-client-principal-id": "anybody"}
    for headers in ({}, forged, {"x-functions-key": "wrong"}):
        assert Terminal(host, headers).curl("/api/health").status == 200
        for path in (
            "certificates",
            "plan",
            "alerts",
            "history",
            "metrics",
            "openapi.json",
            "pauses",
            "requests/x",
            "requests",
            "health/parts",
        ):
            assert Terminal(host, headers).curl(f"/api/{path}").status == 401
    assert Terminal(host, {}).curl(f"/api/plan?code={FUNCTION_KEY}").status == 401


@pytest.mark.long
@pytest.mark.timeout(240)
def test_whatever_the_description_allows_is_answered_as_described(fleet: Fleet) -> None:
    probe(fleet.stack.addresses.functions_host, KEY, EXAMPLES)


@pytest.mark.long
@pytest.mark.timeout(240)
def test_so_it_is_behind_easy_auth(behind_easy_auth: str) -> None:
    assert Terminal(behind_easy_auth, KEY).curl("/api/plan").status == 401
    assert Terminal(behind_easy_auth, person("reader")).post("/api/alerts/test", reason="why").status == 403
    probe(behind_easy_auth, person("operator"), EXAMPLES_OF_THE_OTHER_DOOR)


def probe(host: str, headers: Mapping[str, str], examples: int) -> None:
    """Call each operation with what it should take and what it should not; leave no pause behind.

    A method without a route is answered by the host itself, as in Azure: 404. Who is let in is not asked here: a
    stranger cannot know which of the two doors is open, and a principal comes from the platform. Of moments no schema
    can say which days there are, nor which of two comes first; and none says what a right inventory is.
    """
    terminal = Terminal(host, headers)
    schema = schemathesis.openapi.from_dict(terminal.curl("/api/openapi.json").document)
    try:
        for result in schema.get_all_operations():
            assert isinstance(result, Ok), result
            probe_one(result.ok(), host, headers, examples)
    finally:
        for pause in terminal.curl("/api/pauses").document["pauses"]:
            terminal.curl(f"/api/pauses/{pause['id']}?reason=probed", "-X", "DELETE")


def probe_one(operation: Any, host: str, headers: Mapping[str, str], examples: int) -> None:
    without = [
        unsupported_method,
        ignored_auth,
        *([positive_data_acceptance] if operation.path in BEYOND_SCHEMA else []),
    ]
    nothing_to_get_wrong = operation.path == "/api/health"
    for mode in [GenerationMode.POSITIVE] if nothing_to_get_wrong else GenerationMode:
        ask(operation.as_strategy(generation_mode=mode), host, headers, without, examples)


def ask(cases: SearchStrategy[Any], host: str, headers: Mapping[str, str], without: list[Any], examples: int) -> None:
    """Call with some of these cases; each answer must be as described."""

    @given(case=cases)
    @settings(
        derandomize=True,
        max_examples=examples,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def call(case: Any) -> None:
        case.call_and_validate(base_url=host, headers=dict(headers), excluded_checks=without)

    call()
