"""`relaykeeper bundle` against the API in a server of the test's own: what is in the zip, what is not, no secret."""

import json
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from relaykeeper.__main__ import main
from relaykeeper.bundle import insights as bundle_insights
from relaykeeper.exit_codes import ExitCode
from shared import compose_vaults
from tests.fakes.inventory import NAME
from tests.http_server import Handler, serving
from tests.wire.command.site import KEY, Site
from tests.workflows.http import operator

OF_APP = {
    "health.json",
    "relays.json",
    "pauses.json",
    "alerts.json",
    "requests.json",
    "history.jsonl",
    "metrics.txt",
    "api-version.json",
    "clients.json",
    "certificates.json",
    "plan.json",
}
APPLICATION = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def contents(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name).decode() for name in bundle.namelist()}


def make(code: int, *arguments: str) -> dict[str, str]:
    assert main(["bundle", "-f", "ticket.zip", *arguments]) == code
    return contents(Path("ticket.zip"))


def test_everything_is_in_one_file_that_only_its_owner_reads(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    found = make(ExitCode.DONE)
    assert capsys.readouterr().out == "ticket.zip\n"
    assert set(found) == {*OF_APP, "versions.json", "manifest.json"}
    assert stat.S_IMODE(Path("ticket.zip").stat().st_mode) == 0o600
    assert json.loads(found["certificates.json"]) == operator(site.world).get("/api/certificates").document
    records = [json.loads(line) for line in found["history.jsonl"].splitlines()]
    assert records == operator(site.world).get("/api/history").document["records"]
    assert json.loads(found["versions.json"])["command"] == json.loads(found["health.json"])["release"]
    assert "relaykeeper_" in found["metrics.txt"]


def test_the_manifest_says_what_is_inside(site: Site) -> None:
    found = make(ExitCode.DONE)
    manifest = json.loads(found["manifest.json"])
    assert (manifest["app"], manifest["not_read"]) == (site.url, [])
    sizes = {entry["name"]: entry["bytes"] for entry in manifest["files"]}
    assert sizes == {name: len(text.encode()) for name, text in found.items() if name != "manifest.json"}


@pytest.mark.usefixtures("site")
def test_without_a_name_it_is_called_by_host_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["file"] == "relaykeeper-127.0.0.1-20261122T120251Z.zip"
    assert {entry["name"] for entry in shown["files"]} == set(contents(Path(shown["file"]))) - {"manifest.json"}


def test_nothing_is_overwritten(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    Path("ticket.zip").write_text("mine")
    assert main(["bundle", "-f", "ticket.zip"]) == ExitCode.USAGE
    assert "nothing is overwritten" in capsys.readouterr().err
    assert Path("ticket.zip").read_text() == "mine"
    assert site.seen == []


def test_half_an_app_makes_a_bundle(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.answers = {"/api/certificates": (503, b""), "/api/history": (403, b""), "/api/plan": (200, b"<html>")}
    found = make(ExitCode.NOT_AS_IT_SHOULD_BE)
    missing = {entry["name"]: entry["why"] for entry in json.loads(found["manifest.json"])["not_read"]}
    assert set(missing) == {"certificates.json", "history.jsonl", "plan.json"} == OF_APP - set(found)
    assert "status 503" in missing["certificates.json"]
    assert "not read: plan.json: " in capsys.readouterr().err


@pytest.mark.usefixtures("site")
def test_an_app_that_is_down_is_not_asked_for_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "relay.log").write_text("a line\n")
    monkeypatch.setenv("RELAYKEEPER_APP_URL", "http://127.0.0.1:9")
    found = make(ExitCode.NOT_AS_IT_SHOULD_BE, "--log", "relay.log")
    assert set(found) == {"manifest.json", "versions.json", "logs/1-relay.log"}
    why = [entry["why"] for entry in json.loads(found["manifest.json"])["not_read"]]
    assert why[2:] == ["not asked for, because the app was not reached before"] * (len(OF_APP) - 2)


def test_without_a_login_it_says_why(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RELAYKEEPER_FUNCTION_KEY")
    found = make(ExitCode.NOT_AS_IT_SHOULD_BE)
    why = {entry["why"] for entry in json.loads(found["manifest.json"])["not_read"]}
    assert len(why) == 1
    assert "there is neither an app id, for a token, nor a function key" in why.pop()
    assert site.seen == []


SECRETS = ("hunter2", "MIIEvQIBADANBgkq", "AbC%3D", "abc.def.ghi", KEY)


def test_no_secret_is_in_it_wherever_it_stood(site: Site, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(
        f"login with password: {SECRETS[0]}\n-----BEGIN PRIVATE KEY-----\n{SECRETS[1]}\n-----END PRIVATE KEY-----\n"
        f"GET https://x/c?sig={SECRETS[2]}&x=1\nAuthorization: Bearer {SECRETS[3]}\ncalled with {KEY}\nfine\n"
    )
    records = site.world.history.records
    records[0] = replace(records[0], reason=f"the password: {SECRETS[0]}", outcome=f"used {KEY}")
    found = make(ExitCode.DONE, "--log", "app.log")
    whole = "".join(found.values()) + Path("ticket.zip").read_bytes().decode("latin-1")
    assert not [secret for secret in SECRETS if secret in whole]
    assert found["logs/1-app.log"].endswith("\nfine\n")
    removed = {entry["name"]: entry["removed"] for entry in json.loads(found["manifest.json"])["files"]}
    assert sum(removed["logs/1-app.log"].values()) == 5
    assert removed["history.jsonl"] == {"own login": 1, "password": 1}


@pytest.mark.usefixtures("site")
def test_of_a_log_the_end_is_taken_from_a_line_s_beginning_on(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for path in (tmp_path / "x\x1b[2J.log", tmp_path / "a" / "x.log"):
        path.write_text("".join(f"line {number}\n" for number in range(200_000)))
    logs = ["--log", "x\x1b[2J.log", "--log", "a/x.log", "--log", "a", "--log", "nowhere.log"]
    found = make(ExitCode.NOT_AS_IT_SHOULD_BE, "--log-mib", "1", *logs)
    assert {name for name in found if name.startswith("logs/")} == {"logs/1-x__2J.log", "logs/2-x.log"}
    lines = found["logs/2-x.log"].splitlines()
    assert lines[-1] == "line 199999"
    assert lines[0].startswith("line 1")
    assert 1024 * 1024 - 20 < len(found["logs/2-x.log"]) <= 1024 * 1024
    why = [entry["why"] for entry in json.loads(found["manifest.json"])["not_read"]]
    assert why == ["cannot read a: it is no file", "cannot read nowhere.log: No such file or directory"]


class Credential:
    scopes: tuple[str, ...] = ()

    def get_token(self, scope: str) -> AccessToken:
        self.scopes = (*self.scopes, scope)
        return AccessToken("insights-token", 0)


@contextmanager
def insights(status: int, document: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """Be Application Insights; yield the calls."""
    calls: list[dict[str, Any]] = []

    class Insights(Handler):
        def exchange(self) -> None:
            calls.append({"path": self.path, "body": json.loads(self.read_body()), **self.headers})
            self.reply(status, json.dumps(document).encode(), {})

    monkeypatch.setattr(compose_vaults, "credential", Credential)
    with serving(Insights) as url:
        monkeypatch.setattr(bundle_insights, "ADDRESS", url)
        yield calls


@pytest.mark.usefixtures("site")
def test_application_insights_has_the_app_s_log(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [{"name": "timestamp"}, {"name": "message"}, {"name": "name"}]
    rows = [["2026-11-22T12:00:00Z", "password: hunter2", None]]
    table = {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]}
    with insights(200, table, monkeypatch) as calls:
        found = make(ExitCode.DONE, "--insights", APPLICATION, "--since", "1d")
    assert json.loads(found["logs/insights.jsonl"]) == {
        "timestamp": "2026-11-22T12:00:00Z",
        "message": "password: [removed: password]",
    }
    [call] = calls
    assert call["path"] == f"/v1/apps/{APPLICATION}/query"
    assert call["authorization"] == "Bearer insights-token"
    assert "datetime(2026-11-21T12:02:" in call["body"]["query"]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("status", "document", "said"),
    [
        (403, {"error": {"message": "The provided\ncredentials have insufficient access"}}, "403: The provided cred"),
        (200, {"tables": [{"columns": 3}]}, "the answer is no table"),
        (200, [], "the answer is no table"),
        (302, {}, "status 302"),
    ],
)
def test_what_application_insights_refuses_is_said(
    status: int, document: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with insights(status, document, monkeypatch):
        found = make(ExitCode.NOT_AS_IT_SHOULD_BE, "--insights", APPLICATION)
    [entry] = json.loads(found["manifest.json"])["not_read"]
    assert said in entry["why"]
    assert set(found) >= OF_APP


def test_what_is_no_application_id_is_a_usage_error(site: Site) -> None:
    assert main(["bundle", "--insights", "../../x"]) == ExitCode.USAGE
    assert (site.seen, list(Path().glob("*.zip"))) == ([], [])


def test_ctrl_c_leaves_no_file(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("relaykeeper.bundle.parts.metrics", interrupt)
    assert main(["bundle", "-f", "ticket.zip"]) == ExitCode.INTERRUPTED
    assert not Path("ticket.zip").exists()
    assert f"/api/certificates/{NAME}" not in {each["path"] for each in site.seen}
