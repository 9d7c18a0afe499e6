"""`clients add` and `clients remove` change the file by one client, keep every other byte, and write nothing wrong."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from relaykeeper.__main__ import main
from relaykeeper.files import inventory_edit
from shared.inventory import parse
from tests.unit.inventory.inventories import FULL, edited

EXAMPLE = Path(__file__).parents[3] / "inventory.example.yaml"

type Run = Callable[..., int]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "inventory.yaml"
    path.write_bytes(EXAMPLE.read_bytes())
    return path


@pytest.fixture
def run(file: Path) -> Run:
    return lambda *arguments: main(["clients", *arguments, "--inventory", str(file)])


def test_a_client_is_added_as_a_line_and_the_diff_is_printed(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = file.read_text()
    assert run("add", "payroll", "--vault", "prod", "--relay", "prod") == 0
    line = "  payroll: {vault: prod, relays: [prod]}\n"
    last = "  prod-probe: {user: relaykeeper-probe, vault: prod, relays: [prod], mode: manage}\n"
    assert file.read_text() == before.replace(last, last + line)
    said = capsys.readouterr()
    assert [each for each in said.out.splitlines() if each[0] in "+-"] == [
        f"--- a{file}",
        f"+++ b{file}",
        f"+{line.rstrip()}",
    ]
    assert said.err.splitlines()[0] == f"{file}: written. Next:"
    assert "only looks at its password, prod/payroll" in said.err


def test_everything_that_is_given_is_what_the_inventory_says(run: Run, file: Path) -> None:
    options = "--user pay --secret pay-secret --vault prod --relay prod --relay dev --mode manage --max-age 90"
    owner = [
        "--owner-team",
        "Pay & 'roll': all",
        "--owner-route",
        "mail-team",
        "--label",
        "team=yes",
        "--label",
        "old=",
    ]
    assert run("add", "payroll", *options.split(), *owner) == 0
    client = parse(file.read_text()).clients["payroll"]
    assert (client.user, client.secret, client.vault, client.relays) == ("pay", "pay-secret", "prod", ("prod", "dev"))
    assert (client.mode, client.max_age and client.max_age.days) == ("manage", 90)
    assert client.owner is not None
    assert (client.owner.team, client.owner.route) == ("Pay & 'roll': all", "mail-team")
    assert client.labels == {"team": "yes", "old": ""}


def test_a_client_that_was_added_is_taken_out_without_a_trace(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = file.read_bytes()
    assert run("add", "payroll", "--vault", "prod", "--relay", "prod", "--user", "pay") == 0
    capsys.readouterr()
    assert run("remove", "payroll") == 0
    assert file.read_bytes() == before
    said = capsys.readouterr()
    assert "\n-  payroll: {user: pay, " in said.out
    assert "Nothing is taken away: prod accepts user pay until" in said.err
    assert "more than one client at once" in said.err


def test_line_ends_and_a_missing_final_newline_stay(run: Run, file: Path) -> None:
    text = EXAMPLE.read_bytes().rstrip(b"\n").replace(b"\n", b"\r\n")
    file.write_bytes(text)
    assert run("remove", "pcol-prod") == 0
    left = file.read_bytes()
    assert left.count(b"\n") == left.count(b"\r\n") == text.count(b"\r\n") - 8
    assert run("add", "payroll", "--vault", "prod", "--relay", "prod") == 0
    assert file.read_bytes().count(b"\r\n") == left.count(b"\r\n") + 1
    assert not file.read_bytes().endswith(b"\n")


def test_the_first_client_of_an_inventory_begins_the_section(run: Run, file: Path) -> None:
    text = edited()
    file.write_text(text)
    assert not parse(text).clients
    assert run("add", "payroll", "--vault", "dev", "--relay", "outer") == 0
    assert file.read_text() == f"{text}clients:\n  payroll: {{vault: dev, relays: [outer]}}\n"


def test_a_dry_run_prints_the_diff_alone(run: Run, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = file.read_bytes()
    assert run("add", "payroll", "--vault", "prod", "--relay", "prod", "--dry-run") == 0
    assert run("remove", "pcol-dev", "--dry-run") == 0
    assert file.read_bytes() == before
    said = capsys.readouterr()
    assert "+  payroll: " in said.out
    assert "-  pcol-dev: " in said.out
    assert said.err.count("not written (--dry-run)") == 2


def test_json_has_the_diff_and_what_comes_next(run: Run, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("add", "payroll", "--vault", "prod", "--relay", "prod", "--json") == 0
    added = json.loads(capsys.readouterr().out)
    assert (added["file"], added["written"], added["note"]) == (str(file), True, None)
    assert "\n+  payroll: {vault: prod, relays: [prod]}\n" in added["diff"]
    assert added["next"][0] == f"relaykeeper plan --inventory {file}"
    assert run("remove", "payroll", "--dry-run", "--json") == 0
    removed = json.loads(capsys.readouterr().out)
    assert removed["written"] is False
    assert removed["note"].startswith("Nothing is taken away: ")


def test_where_lists_are_in_a_repository_the_command_for_them_is_named(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(FULL)
    relays = parse(FULL).relays
    relay = next(name for name, each in relays.items() if each.clients.lists)
    assert run("add", "payroll", "--vault", "dev", "--relay", relay, "--mode", "manage") == 0
    assert f"relaykeeper clients flux --inventory {file} --repo DIR --relay {relay}\n" in capsys.readouterr().err
    assert run("remove", "payroll") == 0
    assert f"--relay {relay} --remove payroll\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "pcol-dev", "--vault", "dev", "--relay", "dev"], "clients has pcol-dev already, in line 68"),
        (
            ["add", "x", "--vault", "dve", "--relay", "dev"],
            "clients.x.vault: no vault is called dve; did you",
        ),
        (["add", "x", "--vault", "dev", "--relay", "dev", "--user", "pcol"], "is the user pcol of relay dev already"),
        (["add", "x", "--vault", "dev", "--relay", "dev", "--max-age", "0"], "clients.x.max_age: "),
        (["add", "x", "--vault", "dev", "--relay", "dev", "--user", ""], "clients.x.user: "),
        (["add", "a b", "--vault", "dev", "--relay", "dev"], "cannot add client 'a b': the ID is not a valid name"),
        (["add", "a\nb: c", "--vault", "dev", "--relay", "dev"], "cannot add client 'a\\nb: c': the ID is not a"),
        (["add", "x", "--vault", "dev", "--relay", "dev", "--label", "team"], "'team' is no label"),
        (
            ["add", "x", "--vault", "dev", "--relay", "dev", "--owner-route", "a"],
            "--owner-route goes with --owner-team",
        ),
        (["add", "x", "--vault", "dev"], "Missing option '--relay'"),
        (["add", "x", "--vault", "dev", "--relay", "dev", "--mode", "all"], "'all' is not one of 'observe', 'manage'"),
        (["remove", "pcol-dve"], "it has no such client; did you mean pcol-dev?"),
        (["remove", "dev-probe"], "relays.dev.probe_client: no client is called dev-probe"),
    ],
)
def test_what_would_be_wrong_is_said_and_nothing_is_written(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    before = file.read_bytes()
    assert run(*arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert file.read_bytes() == before


def test_a_password_that_was_given_in_place_of_a_name_is_not_repeated(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("add", "x", "--vault", "dev", "--relay", "dev", "--secret", "pass word!") == 2
    told = capsys.readouterr()
    assert "clients.x.secret: " in told.err
    assert "pass word!" not in told.out + told.err


def test_an_inventory_that_is_wrong_as_it_is_is_not_edited(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(EXAMPLE.read_text().replace("issuer: letsencrypt", "issuer: letsencrpt", 1))
    assert run("add", "x", "--vault", "dev", "--relay", "dev") == 2
    said = capsys.readouterr().err
    assert "it is not valid as it is; nothing was written:\n  line 2" in said
    assert "did you mean letsencrypt?" in said


def test_the_client_that_makes_an_inventory_wrong_can_be_taken_out(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(EXAMPLE.read_text().replace("  pcol-dev: {user: pcol,", "  pcol-dev: {user: 'p col',", 1))
    assert run("remove", "pcol-dev") == 0
    assert "pcol-dev" not in parse(file.read_text()).clients
    assert "relays accept its user until" in capsys.readouterr().err


def test_standard_input_cannot_be_edited(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clients", "remove", "x", "--inventory", "-"]) == 2
    assert "standard input is no file" in capsys.readouterr().err


def test_a_file_that_changed_meanwhile_is_not_overwritten(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write = inventory_edit.write

    def write_late(made: inventory_edit.Edit) -> None:
        file.write_text(made.before + "# by somebody else\n")
        write(made)

    monkeypatch.setattr(inventory_edit, "write", write_late)
    assert run("add", "x", "--vault", "dev", "--relay", "dev") == 2
    assert "it has changed since it was read" in capsys.readouterr().err
    assert file.read_text().endswith("# by somebody else\n")


def test_of_commands_that_write_at_once_none_loses_what_another_wrote(file: Path) -> None:
    names = [f"c{number}" for number in range(5)]
    options = ["--vault", "dev", "--relay", "dev", "--inventory", str(file)]
    argv = [sys.executable, "-m", "relaykeeper", "clients", "add", *options]
    writing = {
        name: subprocess.Popen(
            [*argv, name], cwd=EXAMPLE.parent, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for name in names
    }
    said = {name: each.communicate()[1] for name, each in writing.items()}
    done = {name for name, each in writing.items() if each.returncode == 0}
    assert done
    assert done == set(names) & set(parse(file.read_text()).clients)
    assert all("it has changed since it was read" in said[name] for name in set(names) - done)


def test_a_link_is_followed_and_the_mode_stays(run: Run, file: Path, tmp_path: Path) -> None:
    there = tmp_path / "elsewhere.yaml"
    file.rename(there)
    there.chmod(0o600)
    file.symlink_to(there)
    assert run("add", "x", "--vault", "dev", "--relay", "dev") == 0
    assert file.is_symlink()
    assert there.stat().st_mode & 0o777 == 0o600
    assert "x" in parse(there.read_text()).clients
