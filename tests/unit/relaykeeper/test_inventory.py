"""`relaykeeper inventory` finds everything that is wrong in a file, with its place, and contacts nothing."""

import io
import json
from pathlib import Path

import pytest

from relaykeeper.__main__ import main
from shared.inventory.schema import schema

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "inventory.example.yaml"

WRONG = """\
vaults: {dev: {url: ftp://x}}
certificates:
  a.b:
    vault: dex
    issuer: self-signed
    dns_names: [a.example.net]
"""


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG)
    return path


def test_a_valid_inventory_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", "check", str(EXAMPLE)]) == 0
    assert capsys.readouterr().out == f"{EXAMPLE} is valid: 3 certificates, 2 relays, 6 clients.\n"


def test_each_problem_is_a_line_with_its_place_path_and_remedy(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", "check", str(wrong)]) == 1
    said = capsys.readouterr()
    assert said.err == ""
    *problems, last = said.out.splitlines()
    assert [problem.partition(": ")[0] for problem in problems] == [f"{wrong}:1:16", f"{wrong}:3:3", f"{wrong}:4:5"]
    assert problems[1].endswith(
        'certificates."a.b": a.b is not a Key Vault name: letters, digits and dashes, no dots, '
        "at most 127 characters; write a-b"
    )
    assert "no vault is called dex; did you mean dev? Allowed: dev" in problems[2]
    assert last == f"{wrong} is not valid: 3 problems."


def test_json_has_every_problem(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", "check", str(wrong), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["valid"] is False
    assert [(each["line"], each["column"], each["path"]) for each in found["problems"]] == [
        (1, 16, "vaults.dev.url"),
        (3, 3, 'certificates."a.b"'),
        (4, 5, 'certificates."a.b".vault'),
    ]
    assert main(["inventory", "check", str(EXAMPLE), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": str(EXAMPLE), "valid": True, "problems": []}


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"vaults: [\n\t- dev")))
    assert main(["inventory", "check", "-"]) == 1
    assert capsys.readouterr().out.startswith("-:2:2: the inventory cannot be read from column 2 on: ")


def test_without_a_file_the_environments_is_checked(
    monkeypatch: pytest.MonkeyPatch, wrong: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inventory", "check"]) == 2
    assert "there is no inventory: give FILE, set RELAYKEEPER_INVENTORY, or" in capsys.readouterr().err
    monkeypatch.setenv("RELAYKEEPER_INVENTORY", str(wrong))
    assert main(["inventory", "check"]) == 1


def test_control_characters_of_a_file_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text('vaults: {"\\e[31m": {url: https://a.vault.azure.net}}\ncertificates: {}\n')
    assert main(["inventory", "check", str(path)]) == 1
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"vaults: {}\ncertificates: \xff", "line 2 is not UTF-8 text"),
        (b"#" * (1024 * 1024 + 1), "it is larger than 1,048,576 bytes"),
        (None, "No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, said: str
) -> None:
    path = tmp_path / "inventory.yaml"
    if content is not None:
        path.write_bytes(content)
    assert main(["inventory", "check", str(path)]) == 2
    assert capsys.readouterr() == ("", f"relaykeeper: cannot read the inventory {path}: {said}\n")


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", "schema"]) == 0
    assert capsys.readouterr().out == schema()
