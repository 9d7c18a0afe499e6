"""`deliver`, `tick`, `alerts test`, `needs-renewal`, `examine`, `resume-logins`, `clients confirm-removals`."""

import io
import sys
from datetime import timedelta
from typing import cast

import pytest

from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from shared.domain.clients.login_journal import LoginJournal, LoginStop
from shared.errors import TransientError
from shared.inventory import Alerts, Route, SecretReference
from tests.fakes.inventory import NAME
from tests.fakes.principals import person
from tests.wire.command.changing import client_site, reasons, run_json, sent
from tests.wire.command.site import KEY, Site
from tests.workflows.client_world import ClientWorld
from tests.workflows.world import RENEWED, A

__all__ = ["client_site"]

WHY = ("--reason", "it was broken")

EVERY = (
    ["renew", NAME],
    ["rollback", NAME],
    ["release", NAME],
    ["deliver", "pcol"],
    ["pause", "all", "--for", "4h"],
    ["resume", "all"],
    ["alerts", "test"],
    ["tick"],
    ["resume-logins", "dev"],
    ["examine", "dev"],
    ["clients", "confirm-removals", "gone"],
)


@pytest.mark.parametrize("arguments", EVERY, ids=" ".join)
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((401, b""), 4),
        ((403, b'{"detail": "no role"}'), 4),
        ((409, b'{"detail": "not now\\u001b[2J"}'), 3),
        ((429, b'{"detail": "too many"}'), 3),
        ((503, b""), 3),
        ((200, b"<html>"), 3),
        ((200, b"[]"), 3),
    ],
)
def test_what_the_app_or_the_platform_refuses_has_its_code_and_one_line(
    site: Site, capsys: pytest.CaptureFixture[str], arguments: list[str], answer: tuple[int, bytes], code: int
) -> None:
    site.answer = answer
    assert main([*arguments, *WHY]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-1].startswith("relaykeeper: cannot ")
    assert said.err.replace("\n", "").isprintable()
    assert KEY not in said.err


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("arguments", EVERY, ids=" ".join)
def test_an_app_that_is_not_there_is_5(arguments: list[str]) -> None:
    assert main([*arguments, *WHY, "--target", "http://127.0.0.1:1"]) == ExitCode.NETWORK


@pytest.mark.parametrize("arguments", EVERY, ids=" ".join)
def test_a_reason_is_required_where_nobody_can_be_asked(
    site: Site, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(arguments) == ExitCode.USAGE
    assert "say why" in capsys.readouterr().err
    assert site.seen == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_person_at_a_terminal_is_asked_for_the_reason(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal("the timer is late\n"))
    monkeypatch.setattr(sys, "stderr", screen)
    site.world.clock.advance(timedelta(minutes=2))
    assert main(["tick"]) == 0
    assert screen.getvalue() == "reason, for the history: "
    assert reasons(site) == ["the timer is late"]


def test_a_client_is_delivered_and_followed(client_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deliver", "pcol", *WHY]) == 0
    assert " client/pcol done: " in capsys.readouterr().out
    assert main(["deliver", "pcol", "jobs", *WHY]) == ExitCode.USAGE
    assert "this would deliver 2 clients" in capsys.readouterr().err
    assert main(["deliver", "client/pcol", "jobs", "--yes", "2", *WHY]) == 0
    assert sent(client_site) == [f"POST /api/clients/{name}/deliver" for name in ("pcol", "pcol", "jobs")]


def test_a_tick_says_how_much_there_is_to_look_at(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tick", *WHY]) == 0
    assert capsys.readouterr().out.endswith("Z 2 objects to look at; the watch was made with it\n")
    assert len(site.world.queue.sent) == 2
    assert main(["tick", *WHY]) == ExitCode.UNAVAILABLE
    assert "(try again in " in capsys.readouterr().err


def test_a_timer_that_is_silent_is_named(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tick", *WHY]) == 0
    site.world.clock.advance(timedelta(hours=9))
    capsys.readouterr()
    code, document = run_json(capsys, "tick", *WHY)
    assert (code, document["messages"]) == (0, 2)


def with_routes(site: Site, *names: str) -> None:
    route = Route.model_construct(kind="slack", urls=(SecretReference("dev", "slack"),), match={})
    alerts = Alerts().model_copy(update={"routes": dict.fromkeys(names, route)})
    site.world.inventory = site.world.inventory.model_copy(update={"alerts": alerts})


def test_a_test_alert_shows_what_each_route_answered(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with_routes(site, "people", "night")
    assert main(["alerts", "test", *WHY]) == 0
    site.world.notifier.dead.add("night")
    assert main(["alerts", "test", *WHY]) == ExitCode.NOT_AS_IT_SHOULD_BE
    said = capsys.readouterr().out
    assert "ROUTE   KIND   TAKEN  ERROR\n" in said
    assert "night   slack  no     cannot tell night: ConnectTimeout\n" in said
    code, document = run_json(capsys, "alerts", "test", *WHY)
    assert (code, [each["taken"] for each in document["routes"]]) == (1, [True, False])


@pytest.mark.usefixtures("site")
def test_without_a_route_nobody_would_be_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", "test", *WHY]) == ExitCode.NOT_AS_IT_SHOULD_BE
    assert "nobody would be told" in capsys.readouterr().out


def test_whether_a_renewal_is_due_is_an_exit_code(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["needs-renewal", NAME]) == 0
    assert capsys.readouterr().out.startswith(f"{NAME} fresh: ")
    site.world.change_inventory(dns_names=RENEWED)
    assert main(["needs-renewal", NAME]) == 1
    assert capsys.readouterr().out.startswith(f"{NAME} due: ")
    code, document = run_json(capsys, "needs-renewal", f"certificate/{NAME}")
    assert (code, document["verdict"], document["reason"]) == (1, "due", "DueByNames")
    assert sent(site) == []


def test_where_it_cannot_be_told_a_renewal_may_be_due(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.vault.faults.before("latest", TransientError("the vault is away"))
    assert main(["needs-renewal", NAME]) == 1
    assert "unknown: the vault is away" in capsys.readouterr().out


def test_an_unknown_certificate_is_no_verdict(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["needs-renewal", NAME[:-1]]) == ExitCode.USAGE
    assert f"Did you mean {NAME}" in capsys.readouterr().err
    site.caller = person()
    assert main(["needs-renewal", NAME]) == ExitCode.NOT_ALLOWED


def test_a_relay_is_examined_by_the_app(client_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["examine", "dev", *WHY]) == 0
    said = capsys.readouterr().out
    assert said.startswith("REPLICA")
    assert "login-plain-initial" in said
    client_site.world.clock.advance(timedelta(days=200))
    code, document = run_json(capsys, "examine", "dev", "--cluster", A, "--no-login", *WHY)
    assert code == ExitCode.NOT_AS_IT_SHOULD_BE
    assert {each["replica"].partition("/")[0] for each in document["checks"]} == {A}
    assert not [each for each in document["checks"] if each["name"].startswith("login")]


@pytest.mark.usefixtures("client_site")
def test_an_examination_too_soon_after_a_login_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["examine", "dev", *WHY]) == 0
    assert main(["examine", "dev", *WHY]) == ExitCode.UNAVAILABLE
    assert "logins: false" in capsys.readouterr().err
    assert main(["examine", "devv", *WHY]) == ExitCode.USAGE
    assert "Did you mean dev?" in capsys.readouterr().err


def test_stopped_logins_go_on(client_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    world = cast("ClientWorld", client_site.world)
    world.state.logins.content["dev"] = LoginJournal(refusals=3, stopped=LoginStop(world.clock.now(), "refused"))
    assert main(["resume-logins", "dev", *WHY]) == 0
    assert capsys.readouterr().out == "logins at relay dev go on\n"
    assert world.logins.stopped is None
    assert main(["resume-logins", "dev", *WHY]) == ExitCode.UNAVAILABLE


def test_clients_that_left_on_purpose_are_confirmed_by_their_number(
    client_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    cast("ClientWorld", client_site.world).knows_clients("gone-1", "gone-2")
    names = ["clients", "confirm-removals", "gone-1", "gone-2"]
    assert main([*names, *WHY]) == ExitCode.USAGE
    assert "add --yes 2: gone-1, gone-2" in capsys.readouterr().err
    assert main(["clients", "confirm-removals", "gone-1", *WHY]) == ExitCode.UNAVAILABLE
    assert "Name exactly these" in capsys.readouterr().err
    assert main([*names, "--yes", "2", *WHY]) == 0
    assert capsys.readouterr().out == "2 clients left the inventory on purpose: gone-1, gone-2\n"
