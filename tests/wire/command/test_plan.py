"""`relaykeeper plan` against the API in a server of the test's own: what is sent, printed, and returned."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from shared import compose_vaults
from tests.fakes.inventory import NAME, small_document
from tests.wire.command.site import KEY, Site
from tests.workflows.world import RENEWED


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    return written(tmp_path, small_document(dns_names=RENEWED))


def written(folder: Path, document: dict[str, Any]) -> Path:
    path = folder / "inventory.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def run(path: Path, *arguments: str) -> int:
    return main(["plan", "--inventory", str(path), *arguments])


def test_a_change_is_printed_by_line(site: Site, changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(changed) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{NAME}: +1 name (smtp.mail.example.net) -> a new order; 1 relay; 0 restarts")
    assert lines[-1] == "Something is done for 1 object, with 1 order."
    assert [each["path"] for each in site.seen] == ["/api/plans"]
    assert site.seen[0]["x-functions-key"] == KEY


@pytest.mark.usefixtures("site")
def test_json_is_what_the_app_answers(changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(changed, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["changes"][0]["orders"] is True


def test_the_exit_code_says_whether_anything_is_to_be_done(site: Site, changed: Path, tmp_path: Path) -> None:
    assert run(changed, "--exit-code") == 2
    assert run(written(tmp_path, small_document()), "--exit-code") == 0
    assert run(written(tmp_path, small_document({"settle": 5})), "--exit-code") == 0
    site.answer = (503, b"")
    assert (run(changed, "--exit-code"), run(changed)) == (1, ExitCode.UNAVAILABLE)


def test_a_refusal_is_the_app_s_own_with_every_difference(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = small_document()
    document["vaults"]["dev"]["url"] = "https://attacker.example.net"
    assert run(written(tmp_path, document)) == ExitCode.UNAVAILABLE
    said = capsys.readouterr().err
    assert said.startswith(f"relaykeeper: cannot ask {site.url}/api/plans: the inventory names addresses that")
    assert "\n  vaults.dev.url: is an address that the deployed inventory does not have there\n" in said


@pytest.mark.usefixtures("site")
def test_an_invalid_inventory_has_the_app_s_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = small_document(issuer="nobody")
    assert run(written(tmp_path, document)) == 2
    assert f"\n  certificates.{NAME}.issuer: line " in capsys.readouterr().err


class Credential:
    def __init__(self, failure: str = "") -> None:
        self.scopes: list[str] = []
        self.failure = failure

    def get_token(self, scope: str) -> AccessToken:
        self.scopes.append(scope)
        if self.failure:
            raise ClientAuthenticationError(self.failure)
        return AccessToken("a-token", 0)


@pytest.mark.parametrize(
    ("app_id", "scope"), [("4711", "api://4711/.default"), ("api://relaykeeper", "api://relaykeeper/.default")]
)
def test_with_an_app_id_a_token_is_sent_and_no_key(
    site: Site, changed: Path, monkeypatch: pytest.MonkeyPatch, app_id: str, scope: str
) -> None:
    credential = Credential()
    monkeypatch.setattr(compose_vaults, "credential", lambda: credential)
    monkeypatch.setenv("RELAYKEEPER_APP_ID", app_id)
    assert run(changed) == 0
    assert credential.scopes == [scope]
    assert site.seen[0]["authorization"] == "Bearer a-token"
    assert "x-functions-key" not in site.seen[0]


def test_without_a_token_it_says_how_to_get_one(
    site: Site, changed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compose_vaults, "credential", lambda: Credential("no credential worked\nlong trace"))
    monkeypatch.setenv("RELAYKEEPER_APP_ID", "4711")
    assert run(changed) == ExitCode.NOT_ALLOWED
    said = capsys.readouterr().err
    assert "cannot get a token for api://4711/.default: no credential worked. Log in (az login)" in said
    assert "long trace" not in said
    assert site.seen == []


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, b"", "status 401. The function key is wrong, or Easy Auth wants a token"),
        (404, b"<html>", "status 404. Is it the URL of the app"),
        (302, b"", "status 302"),
        (200, b"<html>", "the answer is no JSON"),
        (200, b"{}", "answers in another way than this release knows"),
        (400, b'{"detail": 1, "errors": [3]}', "status 400"),
    ],
)
def test_odd_answers_are_one_line_and_no_redirect_is_followed(
    site: Site, changed: Path, capsys: pytest.CaptureFixture[str], status: int, body: bytes, said: str
) -> None:
    site.answer = (status, body)
    assert run(changed) == (ExitCode.NOT_ALLOWED if status == 401 else ExitCode.UNAVAILABLE)
    assert said in capsys.readouterr().err
    assert len(site.seen) == 1


@pytest.mark.parametrize(
    "url",
    ["http://app.example.net", "app.example.net/", "https://", "https://u:p@app.example.net", "https://a/?code=x"],
)
def test_a_url_at_which_a_key_could_be_read_is_refused(
    site: Site, changed: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    assert run(changed, "--target", url) == 2
    said = capsys.readouterr().err
    assert "is not the URL of an app" in said
    assert not [secret for secret in ("u:p", "code=x", KEY) if secret in said]
    assert site.seen == []


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("APP_URL", "set RELAYKEEPER_APP_URL"),
        ("FUNCTION_KEY", "or RELAYKEEPER_APP_ID"),
        ("", "cannot read the inventory"),
    ],
)
def test_what_is_missing_is_named(
    site: Site,
    changed: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    setting: str,
    said: str,
) -> None:
    if setting:
        monkeypatch.delenv(f"RELAYKEEPER_{setting}")
    assert run(changed if setting else changed / "nowhere") == 2
    assert said in capsys.readouterr().err
    assert site.seen == []


def test_json_does_not_pretend_to_have_no_names(site: Site, changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(changed, "--format", "json", "--counts-only") == 2
    assert "JSON has every name" in capsys.readouterr().err
    assert site.seen == []
