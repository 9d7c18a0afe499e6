"""`relaykeeper status` against the API in a server of the test's own: what an operator in the night is told."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from relaykeeper import moments
from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from shared.domain.clients.login_journal import LoginStop
from shared.domain.issuing.issuance import Backoff
from shared.domain.timers import TickJournal
from shared.workflows.timers import TICKS
from tests.fakes.inventory import INTERNAL, NAME
from tests.wire.command.site import Site, known_site, running_site
from tests.wire.command.terminal import on_terminal
from tests.workflows.client_world import ClientWorld, client_world
from tests.workflows.http import operator
from tests.workflows.test_watch import run_watch
from tests.workflows.world import RENEWED, A, World

pytestmark = pytest.mark.usefixtures("site")

ABOUT = f"certificate/{NAME}"


def tick_on_time(world: World) -> None:
    """Let the timer have ticked a moment ago."""
    world.state.ticks.content[TICKS] = TickJournal(timer=world.clock.now())


@pytest.fixture(autouse=True)
def _timer(site: Site) -> None:
    tick_on_time(site.world)


@pytest.fixture
def with_clients(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClientWorld]:
    del site
    world = client_world()
    world.tick()
    tick_on_time(world)
    with known_site(world, monkeypatch):
        yield world


def sections(text: str) -> dict[str, list[str]]:
    """Return the lines of each section, and under an empty title those before the first."""
    found: dict[str, list[str]] = {"": []}
    title = ""
    for line in text.splitlines():
        if title and line[:1] == " ":
            found[title].append(line[12:])
        elif line[:1].isupper() and line[:12].strip().replace(" ", "").isupper():
            title = line[:12].strip()
            found[title] = [line[12:]]
        else:
            found[""].append(line)
    return found


def status(capsys: pytest.CaptureFixture[str], name: str, code: int) -> dict[str, list[str]]:
    assert main(["status", name]) == code
    return sections(capsys.readouterr().out)


def test_in_good_order_it_says_so_and_helps_with_nothing(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.clock.advance(timedelta(seconds=1))
    found = status(capsys, ABOUT, ExitCode.DONE)
    version = site.world.versions[-1].version
    assert found[""][:2] == [f"{ABOUT}  ready", "every replica serves it; due 2027-01-21"]
    assert found["WANTED"][0] == "dev.mail.example.net"
    assert found["STORED"][0] == f"version {version}"
    assert (
        found["SERVED"][0]
        == f"dev@{A}: should serve version {version[:8]}, the newest; seen served by every replica before"
    )
    assert found["SERVED"][1].startswith("  mailrelay-0: ok, leaf ")
    assert found["NEXT"][-1] == "no new version is needed: valid until 2027-02-20, due 2027-01-21"
    assert len(found["HISTORY"]) == 6
    assert not found.keys() & {"TRY", "ALERTS", "QUARANTINE", "PAUSES", "REQUESTS", "NOT READ"}


def test_what_is_wrong_what_is_next_and_what_would_help(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.renew_with_a_stuck_replica(A)
    caller = operator(site.world)
    caller.post("/api/pauses", scope=f"cluster/{A}", until="2026-11-23T00:00:00Z", reason="patching")
    caller.post(f"/api/certificates/{NAME}/renewals", reason="the CA revoked", force=True)
    run_watch(site.world, times=4)
    found = status(capsys, ABOUT, ExitCode.NOT_AS_IT_SHOULD_BE)
    newest = site.world.versions[-1].version[:8]
    assert found[""][0] == f"{ABOUT}  NOT READY"
    assert found["QUARANTINE"][0].startswith(f"version {newest} is not delivered anywhere since 2026-11-22")
    assert found["PAUSES"][0].startswith(f"cluster/{A} until 2026-11-23 00:00 UTC (in 11h), by Ada Lovelace: patching")
    assert "renewal by force by Ada Lovelace" in found["REQUESTS"][0]
    assert found["ALERTS"][0].startswith("VersionQuarantined (warning, firing)")
    assert found["ALERTS"][-1].startswith("runbook: ")
    assert not [line for line in found["ALERTS"] if INTERNAL in line]
    assert f"version {newest} stays away until it is released, or a newer one is issued" in found["NEXT"]
    tries = [line.partition("  #")[0] for line in found["TRY"]]
    assert tries[0] == f"relaykeeper release {NAME}"
    assert {line.split()[1] for line in tries} == {"release", "renew", "resume", "follow", "history"}


def test_each_command_that_would_help_exists(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.prober.failing[A, "mailrelay-0"] = "timed out"
    [again, told] = status(capsys, ABOUT, ExitCode.NOT_AS_IT_SHOULD_BE)["TRY"]
    assert again == f"relaykeeper renew {NAME}  # tries again now, instead of at the next tick"
    assert main(told.partition(" #")[0].split()[1:]) == 0


def test_what_the_authority_refuses_and_when_it_is_asked_again(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.change_inventory(dns_names=["dev.mail.example.net", "smtp.mail.example.net"])
    site.world.authority.refusals["smtp.mail.example.net"] = "CAA forbids it"
    site.world.tick()
    found = status(capsys, ABOUT, ExitCode.NOT_AS_IT_SHOULD_BE)
    site.world.clock.advance(timedelta(hours=2))
    tick_on_time(site.world)
    found = status(capsys, ABOUT, ExitCode.NOT_AS_IT_SHOULD_BE)
    assert any("the authority may be asked again since 2026" in line for line in found["ISSUING"])
    assert f"relaykeeper renew {NAME}  # tries again now, instead of at the next tick" in found["TRY"]


def test_an_authority_that_is_not_asked_yet_can_be_asked_all_the_same(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.world.change_inventory(dns_names=RENEWED)
    until = site.world.clock.now() + timedelta(hours=5)
    journal = site.world.journal
    site.world.state.certificates.content[NAME] = replace(journal, backoff=Backoff(4, until, "rate limited"))
    found = status(capsys, ABOUT, ExitCode.NOT_AS_IT_SHOULD_BE)
    assert any(
        f"not asked before {moments.minute(until)} (in 5h), after 4 failures" in line for line in found["ISSUING"]
    )
    assert any("--ignore-backoff" in line for line in found["TRY"])


def test_a_cluster_that_cannot_be_reached_is_tried_again(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.clusters.unreachable.add(A)
    found = status(capsys, ABOUT, ExitCode.NOT_AS_IT_SHOULD_BE)
    assert found["SERVED"][0].startswith(f"dev@{A}: unreachable; last seen to serve version ")
    assert f"the next tick tries to reach dev@{A} again" in found["NEXT"]


def test_a_timer_that_is_silent_is_said_first(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.clock.advance(timedelta(hours=5))
    found = status(capsys, ABOUT, ExitCode.DONE)
    assert found["NEXT"][0] == "nothing by itself, until the app's timer ticks again"
    assert found["TRY"] == ["relaykeeper tick  # the timer is silent: does now what its next tick would"]


def test_a_relay_shows_what_its_replicas_serve(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.prober.failing[A, "mailrelay-0"] = "timed out"
    run_watch(site.world, times=4)
    found = status(capsys, "relay/dev", ExitCode.NOT_AS_IT_SHOULD_BE)
    assert any("mailrelay-0: WRONG: timed out" in line for line in found["SERVED"])
    assert found["PLACES"] == ["dev@ss-dev-00, dev@ss-dev-01"]
    assert "relaykeeper examine dev  # looks at every replica and port, and tells what is wrong" in found["TRY"]


def test_stopped_logins_can_be_resumed(with_clients: ClientWorld, capsys: pytest.CaptureFixture[str]) -> None:
    at = with_clients.clock.now()
    journal = with_clients.logins
    with_clients.state.logins.content["dev"] = replace(journal, stopped=LoginStop(at, "three refusals"))
    found = status(capsys, "relay/dev", ExitCode.NOT_AS_IT_SHOULD_BE)
    assert found["LOGINS"][0] == f"STOPPED at {moments.minute(at)} (0s ago): three refusals"
    assert found["NEXT"][-1] == "no login is tried there until a person lets them go on"
    assert found["TRY"][0].startswith("relaykeeper resume-logins dev  #")


def test_a_client_shows_where_it_is_accepted(with_clients: ClientWorld, capsys: pytest.CaptureFixture[str]) -> None:
    found = status(capsys, "pcol", ExitCode.DONE)
    version = with_clients.passwords()[-1].version
    assert found[""][0] == "client/pcol  ready"
    assert found["STORED"][0].startswith(f"version {version}, made by Relaykeeper")
    assert found["ACCEPTED"][0].startswith(f"dev@{A}: accepts version {version[:8]}, the newest, since ")
    assert any("file in Secret mailrelay/relay-clients" in line for line in found["ACCEPTED"])
    assert found["NEXT"][-1] == "nothing is to be done"


def test_what_cannot_be_read_does_not_hide_the_rest(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.answers = {"/api/history": (503, b""), "/api/alerts": (200, b"[]"), "/api/health": (403, b"")}
    found = status(capsys, ABOUT, ExitCode.DONE)
    assert [line.partition(":")[0] for line in found["NOT READ"]] == ["alerts", "history", "health"]
    assert found["SERVED"]


def test_json_has_the_api_s_objects(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", NAME, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["object"], document["ready"]) == (ABOUT, True)
    assert document["certificate"] == operator(site.world).get(f"/api/certificates/{NAME}").document
    assert document["next"][-1:] == ["no new version is needed: valid until 2027-02-20, due 2027-01-21"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dev-mail", f"Did you mean {NAME}?"),
        ("certificate/dev-mail", f"Did you mean {NAME}?"),
        ("pause/1", "is not certificate/NAME, client/ID or relay/NAME"),
        ("certificate/", "there is no certificate ''"),
    ],
)
def test_an_unknown_name_is_a_usage_error_with_near_ones(
    name: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", name]) == ExitCode.USAGE
    shown = capsys.readouterr()
    assert (shown.out, said in shown.err) == ("", True)


def test_a_name_of_several_objects_must_say_which(
    bare: object, site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del bare, site
    with running_site(client_world({"dev": {}}, {"probe_client": None})) as running:
        monkeypatch.setenv("RELAYKEEPER_APP_URL", running.url)
        assert main(["status", "dev"]) == ExitCode.USAGE
    assert "write client/dev or relay/dev" in capsys.readouterr().err


def test_what_systems_say_controls_no_terminal(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site.world.prober.failing[A, "mailrelay-0"] = "\x1b[2J\u202e[red]\nREADY"
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "1000")
    for arguments in (["status", NAME], ["status", NAME, "--json"]):
        assert main(arguments) == 1
        piped = capsys.readouterr().out
        assert not set(piped) & {"\x1b", "\u202e"}
        assert on_terminal(lambda arguments=arguments: main(arguments), monkeypatch) == piped  # type: ignore[misc]


@pytest.mark.usefixtures("site")
def test_a_line_too_long_for_the_terminal_goes_on_below_its_section(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    main(["status", NAME])
    piped = capsys.readouterr().out
    shown = on_terminal(lambda: main(["status", NAME]), monkeypatch)
    assert (max(map(len, piped.splitlines())) > 80, max(map(len, shown.splitlines()))) == (True, 80)
    assert shown.split() == piped.split()
    titled = [line for line in shown.splitlines()[3:] if not line.startswith(" ")]
    assert titled == [line for line in titled if line.split()[0].isupper()]


def test_an_app_that_refuses_has_its_exit_code(site: Site) -> None:
    for status_, code in ((403, 4), (503, 3)):
        site.answer = (status_, b"")
        assert main(["status", NAME]) == code
