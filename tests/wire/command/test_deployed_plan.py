"""`relaykeeper plan` without an inventory: what the next tick would do, and what holds it."""

import json
from pathlib import Path

import pytest

from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from tests.fakes.inventory import INTERNAL, NAME
from tests.wire.command.site import Site
from tests.workflows.http import operator
from tests.workflows.world import RENEWED, A


def test_in_good_order_there_is_nothing_to_do(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--exit-code"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{NAME}: nothing to do (valid until 2027-02-20, due 2027-01-21)",
        f"{INTERNAL}: nothing to do (valid until 2027-11-22, due 2027-07-23)",
        "Nothing is to be done.",
    ]
    assert [each["path"] for each in site.seen] == ["/api/plan"]


def test_what_would_be_done_is_a_line_and_a_change(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.change_inventory(dns_names=RENEWED)
    assert main(["plan", "--exit-code"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{NAME}: due: names wanted that the stored version lacks: smtp.mail.example.net")
    assert lines[-1] == "Something is to be done for 1 object."


def test_what_holds_it_is_told(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.renew_with_a_stuck_replica(A)
    operator(site.world).post("/api/pauses", scope="relay/dev", until="2026-11-24T12:00:00Z", reason="patching")
    assert main(["plan"]) == 0
    shown = capsys.readouterr().out
    assert f"{NAME}: held: dev@ss-dev-00: version" in shown
    assert shown.splitlines()[-1].endswith("something is held for 1 object.")


def test_counts_name_nothing(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.renew_with_a_stuck_replica(A)
    for format_ in ("text", "markdown"):
        assert main(["plan", "--counts-only", "--format", format_]) == 0
        shown = capsys.readouterr().out
        assert not [name for name in (NAME, "ss-dev-00", "mailrelay") if name in shown]
        assert "a certificate: nothing to do; 2 things held" in shown


def test_markdown_is_a_list(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    site.world.prober.failing[A, "mailrelay-0"] = "<img src=x> *bold*"
    assert main(["plan", "--format", "markdown"]) == 0
    heading, empty, *items = capsys.readouterr().out.splitlines()
    assert (heading, empty) == ("### Relaykeeper: what the next tick would do", "")
    assert items[0].startswith("- ")
    assert "\\<img src=x\\> \\*bold\\*" in items[0]


def test_json_is_what_the_app_answers(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == operator(site.world).get("/api/plan").document


def test_what_could_not_be_looked_at_is_an_error(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    document = operator(site.world).get("/api/plan").document
    document["certificates"][0]["error"] = "the vault\nis away"
    site.answer = (200, json.dumps(document).encode())
    assert main(["plan", "--exit-code"]) == ExitCode.NOT_AS_IT_SHOULD_BE
    assert "could not be looked at: the vault is away" in capsys.readouterr().out


@pytest.mark.usefixtures("site")
def test_an_inventory_of_the_environment_is_not_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELAYKEEPER_INVENTORY", str(tmp_path / "nowhere.yaml"))
    assert main(["plan"]) == 0
    assert "Nothing is to be done." in capsys.readouterr().out
