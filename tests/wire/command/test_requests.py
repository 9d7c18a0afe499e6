"""`renew`, `rollback`, `release`, `deliver` and `follow` against the API in a server of the test's own."""

from threading import Event

import pytest

from relaykeeper.__main__ import main
from relaykeeper.changing import follow
from relaykeeper.exit_codes import ExitCode
from shared.errors import PermanentError
from shared.http_client import TimeLimits
from tests.fakes.command_clock import CommandClock
from tests.fakes.inventory import INTERNAL, NAME
from tests.fakes.principals import person
from tests.wire.command.changing import WHY, clock, reasons, run_json, sent
from tests.wire.command.site import KEY, Site
from tests.workflows.http import operator
from tests.workflows.world import RENEWED, A, B

__all__ = ["clock"]

pytestmark = pytest.mark.usefixtures("clock")

OTHER = "certificate/" + INTERNAL


def renew(*arguments: str) -> int:
    return main(["renew", *arguments, *WHY])


def test_a_renewal_is_followed_until_every_place_serves_it(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.change_inventory(dns_names=RENEWED)
    assert renew(NAME) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[0].startswith("2026-11-22 12:0")
    assert f"Z certificate/{NAME} done: " in said.out
    assert said.out.count("\n") == 1
    lines = [line.partition(f" certificate/{NAME} ")[2] for line in said.err.splitlines()]
    assert lines[0] == "queued: It waits in the queue for a worker."
    assert any(line.startswith("delivering") for line in lines)
    assert len(site.world.versions) == 2
    assert reasons(site) == ["names were added"]


def test_without_anything_to_do_it_is_done(site: Site) -> None:
    assert renew(NAME) == 0
    assert len(site.world.versions) == 1


def test_by_force_a_version_is_issued_that_is_not_due(site: Site) -> None:
    assert renew(NAME, "--force", "--ignore-backoff") == 0
    assert len(site.world.versions) == 2


def test_kind_and_name_is_a_name_too(site: Site) -> None:
    assert renew(f"certificate/{NAME}") == 0
    assert sent(site) == [f"POST /api/certificates/{NAME}/renewals"]


def test_a_request_that_fails_ends_with_1_and_the_app_s_sentence(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.world.authority.faults.before("new_order", PermanentError("the account is closed\x1b[2J"))
    site.world.change_inventory(dns_names=RENEWED)
    assert renew(NAME) == ExitCode.NOT_AS_IT_SHOULD_BE
    said = capsys.readouterr()
    assert f"certificate/{NAME} failed: No new version was issued yet. the account is closed [2J. " in said.out
    assert said.err.endswith(f"See: relaykeeper status certificate/{NAME}\n")


def test_json_is_the_last_document_of_each_request_and_nothing_else(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.world.change_inventory(dns_names=RENEWED)
    assert main(["renew", NAME, *WHY, "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith('{\n  "requests": [\n')
    code, document = run_json(capsys, "renew", NAME, *WHY)
    assert code == 0
    assert [(each["state"], each["target"]) for each in document["requests"]] == [("done", f"certificate/{NAME}")]
    assert document["not_sent"] == []


def test_a_ticket_stands_before_the_reason_in_the_history(site: Site) -> None:
    assert main(["renew", NAME, "--ticket", "CHG-1234", "--reason", "names"]) == 0
    assert main(["renew", NAME, "--ticket", "CHG-1235"]) == 0
    assert reasons(site) == ["CHG-1234: names", "CHG-1235"]


def test_with_no_wait_it_ends_once_the_app_has_it_and_says_how_to_follow(
    site: Site, clock: CommandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["renew", NAME, *WHY, "--no-wait", "--target", site.url]) == 0
    said = capsys.readouterr()
    assert f"certificate/{NAME} queued" in said.out
    assert clock.pauses == []
    look, follow = said.err.splitlines()
    assert look == f"The work goes on. See it: relaykeeper status certificate/{NAME} --target {site.url}"
    assert main(follow.partition("relaykeeper ")[2].split()) == 0
    assert f"certificate/{NAME} done" in capsys.readouterr().out


def test_when_the_time_is_over_the_work_goes_on(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    operator(site.world).post("/api/pauses", scope=f"certificate/{NAME}", until="2027-01-01", reason="a change of ours")
    code, document = run_json(capsys, "renew", NAME, *WHY, "--timeout", "2m")
    assert code == ExitCode.UNAVAILABLE
    assert [each["state"] for each in document["requests"]] == ["held"]
    assert main(["renew", NAME, *WHY, "--timeout", "2m"]) == ExitCode.UNAVAILABLE
    said = capsys.readouterr().err
    assert f"relaykeeper: after 2m this has not ended: certificate/{NAME} is held\n" in said
    assert f"See it: relaykeeper status certificate/{NAME}\n" in said


def test_a_second_request_says_that_it_joins_the_first(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    [first] = [operator(site.world).post(f"/api/certificates/{NAME}/renewals", reason="mine").document["id"]]
    site.caller = person("operator", name="Grace\x1b[31m Hopper")
    assert renew(NAME) == 0
    said = capsys.readouterr().err
    assert f"certificate/{NAME}: joins the open request {first}, made at 2026-11-22 12:" in said
    assert " by Ada Lovelace: mine" in said


def test_ctrl_c_ends_the_watching_and_not_the_work(
    site: Site, clock: CommandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    clock.meanwhile = interrupt
    assert renew(NAME) == ExitCode.INTERRUPTED
    said = capsys.readouterr().err
    assert f"The work goes on. See it: relaykeeper status certificate/{NAME}\n" in said
    assert "or follow it: relaykeeper follow " in said
    site.world.work_off()
    assert [each["state"] for each in operator(site.world).get("/api/requests").document["ended"]] == ["done"]


def test_ctrl_c_while_it_is_sent_says_that_nothing_is_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("relaykeeper.app.api.Api.post", interrupt)
    assert renew(NAME) == ExitCode.INTERRUPTED
    assert f"Whether the app got the request for {NAME} is not known" in capsys.readouterr().err


@pytest.mark.parametrize("chosen", [[NAME, INTERNAL], ["-l", "team=mail"]])
def test_more_than_one_needs_exactly_their_number(
    site: Site, capsys: pytest.CaptureFixture[str], chosen: list[str]
) -> None:
    label_all(site)
    for said_number in ([], ["--yes", "1"], ["--yes", "3"]):
        assert renew(*chosen, *said_number) == ExitCode.USAGE
        said = capsys.readouterr().err
        assert "this would renew 2 certificates" in said
        assert "nothing was done" in said
        assert "add --yes 2:\n" in said
        assert f"\n  {NAME}: every replica serves it" in said
    assert sent(site) == []
    assert renew(*chosen, "--yes", "2") == 0
    assert sorted(sent(site)) == sorted(f"POST /api/certificates/{name}/renewals" for name in (NAME, INTERNAL))


def test_a_count_that_does_not_fit_one_object_is_refused_too(site: Site) -> None:
    assert renew(NAME, "--yes", "2") == ExitCode.USAGE
    assert sent(site) == []


def label_all(site: Site) -> None:
    labelled = {
        name: certificate.model_copy(update={"labels": {"team": "mail"}})
        for name, certificate in site.world.inventory.certificates.items()
    }
    site.world.inventory = site.world.inventory.model_copy(update={"certificates": labelled})


def test_several_are_sent_20_seconds_apart_and_followed_together(
    site: Site, clock: CommandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    times: list[float] = []
    site.before = lambda method, _: times.append(clock.seconds()) if method == "POST" else None
    assert renew(NAME, INTERNAL, "--yes", "2") == 0
    assert times == [0, 20]
    assert capsys.readouterr().out.count(" done: ") == 2
    times.clear()
    assert renew(NAME, INTERNAL, "--yes", "2", "--stagger", "1m30s") == 0
    assert times[1] - times[0] == 90


def test_once_one_has_failed_no_further_one_is_sent(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.authority.faults.before("new_order", PermanentError("the account is closed"))
    site.world.change_inventory(dns_names=RENEWED)
    code, document = run_json(capsys, "renew", NAME, INTERNAL, "--yes", "2", *WHY)
    assert code == ExitCode.NOT_AS_IT_SHOULD_BE
    assert sent(site) == [f"POST /api/certificates/{NAME}/renewals"]
    assert [each["state"] for each in document["requests"]] == ["failed"]
    assert document["not_sent"] == [INTERNAL]
    site.world.authority.faults.before("new_order", PermanentError("the account is closed"))
    assert renew(NAME, INTERNAL, "--yes", "2") == ExitCode.NOT_AS_IT_SHOULD_BE
    assert f"not sent any more, because one has failed: {INTERNAL}" in capsys.readouterr().err


def test_what_the_app_refuses_stops_the_rest_and_not_what_was_sent(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    manage = site.world.inventory.certificates[INTERNAL]
    observed = {**site.world.inventory.certificates, INTERNAL: manage.model_copy(update={"mode": "observe"})}
    site.world.inventory = site.world.inventory.model_copy(update={"certificates": observed})
    assert renew(NAME, INTERNAL, "--yes", "2") == ExitCode.UNAVAILABLE
    said = capsys.readouterr()
    assert "is only observed" in said.err
    assert f"not sent any more, because one was refused: {INTERNAL}" in said.err
    assert f"certificate/{NAME} done" in said.out


def test_an_unknown_name_has_those_that_may_be_meant_and_sends_nothing(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in ([NAME[:-1]], [NAME[:-1], INTERNAL, "--yes", "2"]):
        assert renew(*arguments) == ExitCode.USAGE
        assert f"Did you mean {NAME}" in capsys.readouterr().err
    assert reasons(site) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name the certificates, or choose them by labels"),
        ([NAME, "-l", "team=mail"], "one of both"),
        (["-l", "team=nobody"], "no certificate has these labels"),
        (["-l", ""], "the selector has an empty part"),
        (["../pauses"], "can be no certificate's name"),
        ([f"client/{NAME}"], "can be no certificate's name"),
        ([NAME, "--timeout", "soon"], "--timeout 'soon' is no span of time"),
        ([NAME, "--stagger", "-1s"], "--stagger '-1s' is no span of time"),
        ([NAME, "--ticket", "CHG 1\n"], "is no ticket's number"),
        ([NAME, "--ticket", "CHG-1", "--reason", "x" * 495], "--reason with --ticket must be one line of 1 to 500"),
        ([NAME, "--reason", "a\nb"], "--reason must be one line"),
        ([NAME, "--ticket", "CHG-1", "--reason", ""], "--reason with --ticket must be one line"),
    ],
)
def test_what_is_wrong_on_the_line_is_said_before_anything_is_done(
    site: Site, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    why = [] if "--reason" in arguments else WHY
    assert main(["renew", *arguments, *why]) == ExitCode.USAGE
    assert said in capsys.readouterr().err
    assert sent(site) == []


def test_a_reason_is_required(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["renew", NAME]) == ExitCode.USAGE
    assert "--reason TEXT, or --ticket CHG-1234" in capsys.readouterr().err
    assert site.seen == []


def test_a_caller_without_the_role_learns_that(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.caller = person("reader")
    assert renew(NAME) == ExitCode.NOT_ALLOWED
    assert "operator" in capsys.readouterr().err


def test_an_app_that_is_not_there_may_have_the_request_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["renew", NAME, *WHY, "--target", "http://127.0.0.1:1"]) == ExitCode.NETWORK
    assert "If the app got it all the same, it is done; see: relaykeeper get requests" in capsys.readouterr().err


@pytest.mark.parametrize(("status", "code"), [(401, 4), (403, 4), (409, 3), (429, 3), (500, 3), (503, 3), (302, 3)])
def test_a_refusal_without_words_has_its_code(site: Site, status: int, code: int) -> None:
    site.answer = (status, b"")
    assert renew(NAME) == code


def test_an_app_that_dies_meanwhile_is_waited_for(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    dead = iter([True, True, False])

    def die(method: str, _: str) -> None:
        if method == "GET" and next(dead, False):
            raise ConnectionResetError

    site.before = die
    assert renew(NAME) == 0
    assert "; it is asked again\nthe app answers again\n" in capsys.readouterr().err


def test_an_app_that_hangs_meanwhile_is_waited_for(
    site: Site, clock: CommandClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(follow, "LOOK", TimeLimits(connection=1, pause=0.2, total=0.2))
    answering = Event()

    def go_on() -> None:
        site.world.work_off()
        if len(clock.pauses) > 1:
            answering.set()

    def hang(method: str, _: str) -> None:
        if method == "GET":
            answering.wait(5)

    site.before = hang
    clock.meanwhile = go_on
    assert renew(NAME) == 0
    assert "; it is asked again\nthe app answers again\n" in capsys.readouterr().err


def test_an_app_that_stays_dead_ends_it_and_says_that_the_work_goes_on(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    def die(method: str, _: str) -> None:
        if method == "GET":
            raise ConnectionResetError

    site.before = die
    assert renew(NAME) == ExitCode.NETWORK
    assert f"See it: relaykeeper status certificate/{NAME}\n" in capsys.readouterr().err


def test_a_role_that_is_taken_away_meanwhile_says_that_the_work_goes_on(
    site: Site, clock: CommandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    clock.meanwhile = lambda: setattr(site, "caller", person())
    assert renew(NAME) == ExitCode.NOT_ALLOWED
    assert f"See it: relaykeeper status certificate/{NAME}\n" in capsys.readouterr().err


def test_the_key_is_in_nothing_that_is_printed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    for answer in (None, (401, b""), (409, KEY.encode()), (200, b"<html>")):
        site.answer = answer
        renew(NAME)
        said = capsys.readouterr()
        assert KEY not in said.out + said.err
    assert {each["x-functions-key"] for each in site.seen} == {KEY}


def test_a_rollback_goes_back_and_a_release_forward_again(site: Site) -> None:
    first = site.world.versions[-1].version
    assert renew(NAME, "--force") == 0
    assert main(["rollback", NAME, *WHY]) == 0
    assert site.world.verified(f"dev@{A}") == first
    assert main(["release", NAME, *WHY]) == 0
    assert site.world.verified(f"dev@{B}") == site.world.versions[-1].version
    assert main(["rollback", NAME, "--version", first, *WHY]) == 0
    assert site.world.verified(f"dev@{A}") == first


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["rollback", NAME], 3, f"cannot roll back {NAME}"),
        (["release", NAME], 3, "none of its versions is in quarantine"),
        (["rollback", NAME, "--version", "../x"], 2, "--version must be the name of a version"),
        (["rollback", NAME, INTERNAL, "--version", "abc"], 2, "--version is a version of one certificate"),
        (["rollback", "-l", "team=mail", "--version", "abc"], 2, "--version is a version of one certificate"),
    ],
)
def test_what_cannot_be_gone_back_to_is_said_in_the_app_s_words(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert main([*arguments, *WHY]) == code
    assert said in capsys.readouterr().err


def test_a_request_that_is_unknown_cannot_be_followed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["follow", "20261122T120000Z-00000000"]) == ExitCode.USAGE
    assert "there is no request" in capsys.readouterr().err
    assert main(["follow", "../pauses"]) == ExitCode.USAGE
    assert len(site.seen) == 1
