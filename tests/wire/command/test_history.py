"""`relaykeeper history` against the API in a server of the test's own: sentences, JSON lines, pages, and following."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from tests.fakes.inventory import NAME
from tests.http_server import Handler, serving
from tests.wire.command.site import Site
from tests.wire.command.terminal import on_terminal
from tests.workflows.http import operator

pytestmark = pytest.mark.usefixtures("site")

ABOUT = f"certificate/{NAME}"


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def recorded(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = operator(site.world).get("/api/history?limit=1000").document["records"]
    return found


def test_each_record_is_a_sentence_the_newest_last(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--object", ABOUT]) == 0
    version = site.world.versions[-1].version[:8]
    shown = lines(capsys)
    assert [line.partition("  ")[0] for line in shown] == sorted(line.partition("  ")[0] for line in shown)
    assert shown[0].startswith(f"2026-11-22 12:00:00Z  timer ordered {ABOUT}: https://acme.example.net/")
    assert shown[0].endswith(". Why: no version in the vault yet")
    assert shown[2] == (
        f"2026-11-22 12:00:00Z  timer wrote Secret mailrelay/relay-tls for {ABOUT} at dev@ss-dev-00 (version {version})"
    )


def test_a_sentence_too_long_for_the_terminal_goes_on_below_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    main(["history", "--object", ABOUT])
    piped = capsys.readouterr().out
    shown = on_terminal(lambda: main(["history", "--object", ABOUT]), monkeypatch)
    assert shown.split() == piped.split()
    begun = [line[:22].strip() != "" for line in shown.splitlines()]
    assert begun.count(True) == len(piped.splitlines()) < len(begun)


def test_a_person_is_named_with_the_reason(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    operator(site.world).post(f"/api/certificates/{NAME}/renewals", reason="the CA revoked", force=True)
    site.world.clock.advance(timedelta(seconds=1))
    assert main(["history", "--actor", "ada lovelace"]) == 0
    [line] = lines(capsys)
    assert f"Ada Lovelace about {ABOUT}: renewal asked for: " in line
    assert line.endswith(". Why: the CA revoked")


def test_json_is_a_record_of_the_api_on_each_line(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--json"]) == 0
    assert [json.loads(line) for line in lines(capsys)] == recorded(site)


def test_only_the_newest_are_shown_and_that_is_said(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--limit", "2", "--json"]) == 0
    shown = capsys.readouterr()
    assert [json.loads(line) for line in shown.out.splitlines()] == recorded(site)[-2:]
    assert "--limit 0 for all" in shown.err


def test_every_page_is_read(site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("relaykeeper.commands.history.LARGEST_PAGE", 3)
    whole = recorded(site)
    assert main(["history", "--limit", "0", "--json"]) == 0
    assert [json.loads(line) for line in lines(capsys)] == whole
    assert main(["history", "--limit", "100", "--json"]) == 0
    assert [json.loads(line) for line in lines(capsys)] == whole


@contextmanager
def paged(*pages: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Serve these pages, the last one again and again; yield the URL, and the paths that are asked for."""
    left, asked = list(pages), []

    class Pages(Handler):
        def exchange(self) -> None:
            asked.append(self.path)
            page = left.pop(0) if len(left) > 1 else left[0]
            self.reply(200, json.dumps(page).encode(), {})

    with serving(Pages) as url:
        yield url, asked


def test_a_page_leads_to_no_other_app(monkeypatch: pytest.MonkeyPatch) -> None:
    away = {"records": [], "next": "https://attacker.example.net/x?after=2026-11-22.1"}
    with paged(away, {"records": [], "next": None}) as (url, asked):
        monkeypatch.setenv("RELAYKEEPER_APP_URL", url)
        assert main(["history"]) == 0
    assert asked[-1] == "/api/history?after=2026-11-22.1"


def test_pages_in_a_circle_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with paged({"records": [], "next": "/api/history?after=2026-11-22.1"}) as (url, asked):
        monkeypatch.setenv("RELAYKEEPER_APP_URL", url)
        assert main(["history"]) == ExitCode.UNAVAILABLE
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "yesterday"], "--since 'yesterday' is no time"),
        (["--since", "1h", "--until", "2h"], "--until 2h is before --since 1h"),
        (["--follow", "--until", "1h"], "--follow goes on from now"),
        (["--object", "nix"], "target: "),
        (["--limit", "-1"], "--limit"),
    ],
)
def test_what_is_no_question_is_a_usage_error(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", *arguments]) == ExitCode.USAGE
    shown = capsys.readouterr()
    assert (shown.out, said in shown.err) == ("", True)


def test_nothing_found_is_said_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--object", "relay/nix", "--since", "2h"]) == 0
    assert capsys.readouterr() == ("", "no record since 2026-11-22 10:02 UTC\n")


def test_what_people_write_controls_no_terminal(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    record = {**recorded(site)[0], "outcome": "\x1b[2J\nfake", "reason": "\u202eright", "place": "\x07x"}
    site.answer = (200, json.dumps({"records": [record], "next": None}).encode())
    for arguments in ([], ["--json"]):
        assert main(["history", *arguments]) == 0
        shown = capsys.readouterr().out
        assert shown.count("\n") == 1
        assert not set(shown) & {"\x1b", "\x07", "\u202e"}


@pytest.mark.parametrize(
    "body", [b"{}", b'{"records": [3]}', b'{"records": [{}], "next": null}', b'{"records": [], "next": 3}']
)
def test_another_shape_is_said_to_be_one(site: Site, body: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    site.answer = (200, body)
    assert main(["history"]) == ExitCode.UNAVAILABLE
    assert "this release" in capsys.readouterr().err


def test_follow_prints_what_is_appended_once_until_ctrl_c(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    caller = operator(site.world)

    def renew(reason: str) -> Callable[[], object]:
        return lambda: caller.post(f"/api/certificates/{NAME}/renewals", reason=reason, force=True)

    steps: list[Callable[[], object]] = [renew("first"), lambda: None, renew("second"), lambda: None]

    def go_on(seconds: float) -> None:
        assert seconds == 5.0
        if not steps:
            raise KeyboardInterrupt
        steps.pop(0)()
        site.world.clock.advance(timedelta(seconds=5))

    monkeypatch.setattr("relaykeeper.looking.watching.sleep", go_on)
    assert main(["history", "--since", "1m", "--object", ABOUT, "--follow"]) == ExitCode.INTERRUPTED
    assert [line.rpartition(" ")[2] for line in lines(capsys) if "Ada" in line] == ["first", "second"]
