"""`relaykeeper get` against the API in a server of the test's own: tables, colours, JSON, and what goes wrong."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
import yaml

from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from shared.workflows.watch import ALERTS
from tests.fakes.inventory import INTERNAL, NAME
from tests.fakes.principals import person
from tests.wire.command.site import Site, known_site
from tests.wire.command.terminal import on_terminal
from tests.workflows.client_world import ClientWorld, client_world
from tests.workflows.http import operator
from tests.workflows.test_watch import run_watch
from tests.workflows.world import A

pytestmark = pytest.mark.usefixtures("site")

ESCAPE = "\x1b"
SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def with_clients(bare: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClientWorld]:
    del bare
    world = client_world()
    world.tick()
    with known_site(world, monkeypatch):
        yield world


def table(text: str) -> list[list[str]]:
    return [re.split(r" {2,}", line) for line in text.splitlines()]


def test_a_certificate_is_a_line_of_aligned_columns(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get", "certificates"]) == 0
    version = site.world.versions[-1].version[:8]
    name, own = NAME.ljust(23), "dev.mail.example.net   "
    assert capsys.readouterr().out.splitlines()[:2] == [
        "NAME                     WANTED                   STORED    SERVED  EXPIRES            READY  MESSAGE",
        f"{name}  {own}  {version}  2/2     2027-02-20 (89d)   yes    every replica serves it; due 2027-01-21",
    ]


def test_without_a_kind_there_are_three_tables(with_clients: ClientWorld, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get"]) == 0
    rows = table(capsys.readouterr().out)
    titles = [row[0] for row in rows if len(row) == 1 and row[0]]
    assert titles == ["CERTIFICATES", "CLIENTS", "RELAYS"]
    pcol = next(row for row in rows if row[0] == "pcol")
    assert pcol[:6] == ["pcol", "dev", with_clients.passwords()[-1].version[:8], "-", "2/2", "-"]


def test_what_is_not_served_is_not_ready_and_it_is_still_zero(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.renew_with_a_stuck_replica(A)
    assert main(["get", "cert", NAME, INTERNAL]) == 0
    _, first, second = table(capsys.readouterr().out)
    assert (first[1], first[3], first[5]) == ("dev.mail.example.net+1", "0/2", "no")
    assert (second[3], second[5]) == ("1/2", "no")
    assert second[4] == "2027-02-20 (89d)"  # what a replica serves ends before what is stored


def test_one_certificate_is_asked_for_alone(site: Site) -> None:
    assert main(["get", "certificate", NAME]) == 0
    assert main(["get", f"certificate/{NAME}"]) == 0
    assert [each["path"] for each in site.seen] == [f"/api/certificates/{NAME}"] * 2


def test_wide_has_more_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get", "certificates", "-o", "wide"]) == 0
    assert {"MODE", "VAULT", "ISSUER", "KEY", "RELAYS", "THUMBPRINT"} <= set(table(capsys.readouterr().out)[0])


def test_requests_pauses_and_alerts_have_tables(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    caller = operator(site.world)
    caller.post(f"/api/certificates/{NAME}/renewals", reason="the CA revoked", force=True)
    caller.post("/api/pauses", scope=f"cluster/{A}", until="2026-11-23T12:00:00Z", reason="patching")
    site.world.prober.failing[A, "mailrelay-0"] = "timed out"
    run_watch(site.world, times=4)
    assert main(["get", "requests", f"certificate/{NAME}"]) == 0
    request = table(capsys.readouterr().out)[1]
    assert request[1:6] == ["renewal", f"certificate/{NAME}", "queued", "40m", "Ada Lovelace"]
    assert main(["get", "pauses"]) == 0
    assert table(capsys.readouterr().out)[1][1:] == [
        f"cluster/{A}",
        "2026-11-23 12:00 UTC (in 23h)",
        "Ada Lovelace",
        "patching",
    ]
    assert main(["get", "alerts", "ServedByTooFewReplicas"]) == 0
    assert table(capsys.readouterr().out)[1][:3] == ["ServedByTooFewReplicas", "warning", "firing"]


def test_who_looks_at_everything_is_told_of_alerts_and_pauses(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get"]) == 0
    assert capsys.readouterr().err == ""
    operator(site.world).post("/api/pauses", scope="all", until="2026-11-23T12:00:00Z", reason="patching")
    site.world.prober.failing[A, "mailrelay-0"] = "timed out"
    run_watch(site.world, times=4)
    assert main(["get"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "2 alerts firing: relaykeeper get alerts",
        "1 pause in force: relaykeeper get pauses",
    ]


def test_json_and_yaml_are_the_api_s_own_objects(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    listed = operator(site.world).get("/api/certificates").document["certificates"]
    assert main(["get", "certs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == listed
    assert main(["get", "certs", "-o", "yaml"]) == 0
    assert yaml.safe_load(capsys.readouterr().out) == listed
    assert main(["get", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == ["certificates", "clients", "relays"]


def test_names_are_for_the_next_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get", "-o", "name"]) == 0
    assert capsys.readouterr().out.split() == [f"certificate/{NAME}", f"certificate/{INTERNAL}", "relay/dev"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["certificate", "dev-mail"], f"Did you mean {NAME}?"),
        (["pause", "cluster"], "there is no pause 'cluster'"),
        (["certificates", "certificate/../relays"], "there is no certificate"),
        (["certficates"], "did you mean certificates?"),
        (["certificate/x", "relay/y"], "relay/y is no certificate"),
        (["pauses", "-l", "team=mail"], "pauses have no labels"),
        (["certificates", "-l", ""], "empty part"),
        (["--watch"], "--watch needs a kind"),
        (["relays", "--json", "-o", "yaml"], "exclude each other"),
    ],
)
def test_what_there_is_not_is_a_usage_error(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["get", *arguments]) == ExitCode.USAGE
    shown = capsys.readouterr()
    assert (shown.out, said in shown.err) == ("", True)


def test_a_selector_chooses_by_labels(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.change_inventory(labels={"team": "mail"})
    assert main(["get", "certs", "-l", "team=mail", "-o", "name"]) == 0
    assert capsys.readouterr().out == f"certificate/{NAME}\n"
    assert main(["get", "certs", "-l", "team=web"]) == 0
    assert capsys.readouterr() == ("", "no certificates\n")


def test_a_terminal_shows_the_same_words_coloured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["get"]) == 0
    piped = capsys.readouterr().out
    assert ESCAPE not in piped
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = on_terminal(lambda: main(["get"]), monkeypatch)
    assert "\x1b[32myes\x1b[0m" in shown
    assert SGR.sub("", shown) == piped
    monkeypatch.setenv("NO_COLOR", "1")
    assert on_terminal(lambda: main(["get"]), monkeypatch) == piped


def test_what_systems_say_controls_no_terminal(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "\x1b]0;owned\x07\u202e[red]x[/red]\nREADY yes :smile:"
    site.world.prober.failing[A, "mailrelay-0"] = hostile
    for output in ("table", "json", "yaml"):
        assert main(["get", "certs", "-o", output]) == 0
        piped = capsys.readouterr().out
        assert not set(piped) & {ESCAPE, "\x07", "\u202e"}
        if output == "table":
            assert len(piped.splitlines()) == 3
            assert "[red]x[/red] READY yes :smile:" in piped
            assert SGR.sub("", on_terminal(lambda: main(["get", "certs"]), monkeypatch)) == piped


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, 4), (403, 4), (429, 3), (500, 3), (503, 3)],
)
def test_a_refusal_has_its_exit_code_and_no_table(
    site: Site, status: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    site.answer = (status, b"")
    assert main(["get", "relays"]) == code
    assert capsys.readouterr().out == ""


def test_a_role_that_is_missing_is_not_allowed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.caller = person()
    assert main(["get", "relays"]) == ExitCode.NOT_ALLOWED
    assert "reader" in capsys.readouterr().err


def test_an_app_that_is_down_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAYKEEPER_APP_URL", "http://127.0.0.1:9")
    assert main(["get", "relays"]) == ExitCode.NETWORK


@pytest.mark.parametrize("body", [b"[]", b'{"certificates": 3}', b'{"certificates": [3]}', b'{"certificates": [{}]}'])
def test_another_shape_is_said_to_be_one(site: Site, body: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    site.answer = (200, body)
    assert main(["get", "certificates"]) == ExitCode.UNAVAILABLE
    assert "this release knows" in capsys.readouterr().err


def test_what_the_app_could_not_read_is_said_beside_the_table(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.answer = (200, b'{"pauses": [], "errors": {"pauses": "storage\\u001b[2J is away"}}')
    assert main(["get", "pauses"]) == 0
    assert "not read: pauses: storage [2J is away" in capsys.readouterr().err


class Watched:
    """Lets the world go on instead of each pause, and interrupts after the last."""

    def __init__(self, *steps: object) -> None:
        self.steps = list(steps)
        self.pauses: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if not self.steps:
            raise KeyboardInterrupt
        self.steps.pop(0)()  # type: ignore[operator] # what a test gives


def test_watch_prints_a_line_for_each_change_until_ctrl_c(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    caller, clock = operator(site.world), site.world.clock
    until = "2026-11-23T12:00:00Z"

    def end() -> None:
        caller.delete(f"/api/pauses/{caller.get('/api/pauses').document['pauses'][0]['id']}?reason=done")

    steps = Watched(
        lambda: caller.post("/api/pauses", scope="relay/dev", until=until, reason="patching"),
        lambda: clock.advance(timedelta(hours=2)),
        end,
    )
    monkeypatch.setattr("relaykeeper.looking.watching.sleep", steps)
    caller.post("/api/pauses", scope=f"cluster/{A}", until=until, reason="first")
    assert main(["get", "pauses", "-w"]) == ExitCode.INTERRUPTED
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert [line.split()[0] for line in lines] == ["TIME", lines[1][:9], lines[2][:9]]
    assert lines[2].endswith("patching")
    assert "is gone" in shown.err
    assert steps.pauses == [5.0] * 4


def test_alerts_of_one_name_are_watched_one_by_one(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site.world.prober.failing[A, "mailrelay-0"] = "timed out"
    run_watch(site.world, times=4)

    def repair() -> None:
        site.world.prober.failing.clear()
        run_watch(site.world)

    monkeypatch.setattr("relaykeeper.looking.watching.sleep", Watched(lambda: None, repair))
    assert main(["get", "alerts", "ServedByTooFewReplicas", "-w"]) == ExitCode.INTERRUPTED
    shown = capsys.readouterr()
    objects = [f"certificate/{NAME}", f"certificate/{INTERNAL}"]
    assert [row[4] for row in table(shown.out)[1:]] == objects
    assert [line for line in shown.err.splitlines() if "is gone" in line] == [
        f"alert/ServedByTooFewReplicas {each} dev@{A} is gone" for each in objects
    ]


def test_watch_asks_again_after_failures_and_waits_as_long_as_the_app_says(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(found: tuple[int, bytes] | None) -> object:
        return lambda: setattr(site, "answer", found)

    steps = Watched(answer((503, b"")), answer((502, b"")), answer(None), answer((403, b"")))
    monkeypatch.setattr("relaykeeper.looking.watching.sleep", steps)
    assert main(["get", "relays", "-w", "--json"]) == ExitCode.NOT_ALLOWED
    shown = capsys.readouterr()
    assert [json.loads(line)["name"] for line in shown.out.splitlines()] == ["dev"]
    assert shown.err.count("it is asked again") == 1
    assert "the app answers again" in shown.err
    assert steps.pauses == [5.0, 10.0, 20.0, 5.0]


def test_an_alert_that_is_told_to_routes_is_listed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    journal = site.world.state.watch.read(ALERTS)
    site.world.state.watch.content[ALERTS] = replace(journal, at=site.world.clock.now())
    assert main(["get", "alerts"]) == 0
    assert capsys.readouterr() == ("", "no alerts\n")


def test_a_person_who_waits_is_told_for_what(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    heard = Event()

    def hear(text: str) -> None:
        told.append(text)
        heard.set()

    monkeypatch.setattr("relaykeeper.app.reading.note", hear)
    monkeypatch.setattr("relaykeeper.app.reading.SECONDS_OF_SILENCE", 0.01)
    assert main(["get", "relays"]) == 0
    assert told == []
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    site.before = lambda _method, _path: assert_set(heard)
    assert main(["get", "relays"]) == 0
    assert told == ["the app is looking at relays ..."]
    assert capsys.readouterr().err == ""


def assert_set(event: Event) -> None:
    assert event.wait(10)
