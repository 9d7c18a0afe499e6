"""`pause` and `resume` against the API in a server of the test's own."""

from datetime import timedelta

import pytest

from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from tests.fakes.inventory import NAME
from tests.fakes.principals import person
from tests.wire.command.changing import reasons, run_json, sent
from tests.wire.command.site import Site
from tests.workflows.http import operator

SCOPE = f"certificate/{NAME}"
WHY = ("--reason", "an incident")


def in_force(site: Site) -> list[tuple[str, str]]:
    shown = operator(site.world).get("/api/pauses").document["pauses"]
    return [(each["scope"], each["until"]) for each in shown]


def test_a_pause_holds_for_so_long_and_says_how_to_end_it(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    began = site.world.clock.now()
    assert (
        main(["pause", SCOPE, "--for", "1h30m", "--reason", "an incident", "--ticket", "INC-42", "--target", site.url])
        == 0
    )
    assert in_force(site) == [(SCOPE, f"{began + timedelta(minutes=90):%Y-%m-%dT%H:%M:%SZ}")]
    said = capsys.readouterr()
    assert said.out.startswith(f"{SCOPE} is paused until 2026-11-22 13:3")
    hint = said.err.removeprefix("It ends by itself, or with: relaykeeper ").split()
    assert main([*hint, *WHY]) == 0
    assert in_force(site) == []
    assert "INC-42: an incident" in reasons(site)


@pytest.mark.parametrize(
    ("until", "end"),
    [("2026-12-01T06:00:00+01:00", "2026-12-01T05:00:00Z"), ("2026-12-01", "2026-12-01T00:00:00Z")],
)
def test_a_pause_holds_until_a_moment(site: Site, capsys: pytest.CaptureFixture[str], until: str, end: str) -> None:
    code, document = run_json(capsys, "pause", "all", "--until", until, *WHY)
    assert (code, document["scope"], document["until"]) == (0, "all", end)
    assert in_force(site) == [("all", end)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([SCOPE], "say how long: --for 4h, or --until"),
        ([SCOPE, "--for", "4h", "--until", "2027-01-01"], "one of both"),
        ([SCOPE, "--for", "4 hours"], "--for '4 hours' is no span of time"),
        ([SCOPE, "--for", "999999w"], "is longer than there are years"),
        ([SCOPE, "--until", "tomorrow"], "--until must be like 2026-11-22T12:00:00Z"),
        (["relay/../x", "--for", "4h"], "the scope 'relay/../x' must be all, or issuer/NAME"),
        ([NAME, "--for", "4h"], f"the scope '{NAME}' must be all, or issuer/NAME"),
    ],
)
def test_what_is_wrong_on_the_line_is_said_before_anything_is_done(
    site: Site, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["pause", *arguments, *WHY]) == ExitCode.USAGE
    assert said in capsys.readouterr().err
    assert site.seen == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["relay/devv", "--for", "4h"], ExitCode.USAGE, "Did you mean dev?"),
        (["all", "--until", "2026-11-01"], ExitCode.UNAVAILABLE, "that is over. Name a later moment"),
    ],
)
def test_a_refusal_is_in_the_app_s_words(
    site: Site, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert main(["pause", *arguments, *WHY]) == code
    assert said in capsys.readouterr().err
    assert in_force(site) == []


def pause(site: Site, scope: str = SCOPE, reason: str = "an incident") -> str:
    answer = operator(site.world).post("/api/pauses", scope=scope, until="2027-01-01", reason=reason)
    return str(answer.document["id"])


def test_a_pause_is_ended_by_its_scope_or_its_id(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    id_ = pause(site)
    assert main(["resume", SCOPE, "--ticket", "CHG-1"]) == 0
    assert capsys.readouterr().out == f"the pause of {SCOPE} is over: {id_}\n"
    code, document = run_json(capsys, "resume", pause(site), *WHY)
    assert (code, document["scope"]) == (0, SCOPE)
    assert in_force(site) == []
    assert "CHG-1" in reasons(site)


def test_several_of_a_scope_are_listed_and_none_is_ended(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = pause(site), pause(site, reason="another one")
    pause(site, "all")
    assert main(["resume", SCOPE, *WHY]) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert (
        f"2 pauses of {SCOPE} are in force; choose one by its ID:\n  {first} {SCOPE} until 2027-01-01 00:00:00Z" in said
    )
    assert second in said
    assert " all " not in said
    assert sent(site) == []


def test_an_unknown_pause_has_those_in_force(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume", "all", *WHY]) == ExitCode.USAGE
    assert "no pause 'all' is in force: nothing is paused" in capsys.readouterr().err
    id_ = pause(site)
    assert main(["resume", "all\x1b[2J", *WHY]) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert f"these are:\n  {id_} {SCOPE}" in said
    assert "\x1b" not in said
    assert sent(site) == []


def test_without_the_role_nothing_is_paused(site: Site) -> None:
    site.caller = person("reader")
    assert main(["pause", SCOPE, "--for", "4h", *WHY]) == ExitCode.NOT_ALLOWED
    assert in_force(site) == []
