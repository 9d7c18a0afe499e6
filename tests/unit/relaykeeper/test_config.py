"""`relaykeeper config` and what it remembers: a flag before the environment, the environment before the file."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from relaykeeper.__main__ import main
from relaykeeper.app.config import Config, TargetConfig, change_config, config_path, read_config
from relaykeeper.app.login import headers_for
from relaykeeper.app.target import ChosenTarget, choose_inventory, choose_target
from relaykeeper.failures import UsageFailure

PROD = "https://prod.example.net"
DEV = "https://dev.example.net"
ID = "00000000-0000-0000-0000-000000000001"
KEY = "a-function-key=="


@pytest.fixture
def known(bare: Path) -> Path:
    """Return a config file with two targets, of which prod is the default."""
    bare.parent.mkdir()
    bare.write_text(
        f'target = "prod"\n[targets.prod]\napp = "{PROD}"\napp_id = "{ID}"\ninventory = "/prod.yaml"\n'
        f'[targets.dev]\napp = "{DEV}/"\n'
    )
    return bare


def test_nothing_is_remembered_at_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.pop("config") == {"path": str(config_path()), "target": None, "targets": {}}
    assert found == {"app": None, "app_id": None, "login": None, "inventory": None}
    assert not config_path().parent.exists()


def test_the_group_alone_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config"]) == 0
    said = capsys.readouterr()
    assert "  remove " in said.out
    assert said.err == ""


def test_a_target_is_remembered_changed_chosen_and_forgotten(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["config", "set", "prod", "--app", PROD, "--inventory", "inventory.yaml"]) == 0
    assert main(["config", "set", "dev", "--app", DEV]) == 0
    assert main(["config", "set", "prod", "--app-id", ID]) == 0
    assert "there is no file" in capsys.readouterr().err
    inventory = str(tmp_path / "inventory.yaml")
    prod, dev = TargetConfig(PROD, ID, inventory), TargetConfig(DEV)
    assert read_config() == Config(config_path(), "prod", {"prod": prod, "dev": dev})

    assert main(["config", "use", "dev"]) == 0
    assert main(["config", "set", "prod", "--app-id", "", "--inventory", ""]) == 0
    assert read_config() == Config(config_path(), "dev", {"prod": TargetConfig(PROD), "dev": dev})

    assert main(["config", "remove", "dev"]) == 0
    assert read_config() == Config(config_path(), "", {"prod": TargetConfig(PROD)})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["set", "new"], "there is no target 'new' yet: give its URL"),
        (["set", "New", "--app", PROD], "a target cannot be named 'New'"),
        (["set", "new", "--app", "http://app.example.net"], "is not the URL of an app"),
        (["set", "new", "--app", "https://$(id).example.net"], "is not the URL of an app"),
        (["set", "new", "--app", "https://app.example.net:99999"], "is not the URL of an app"),
        (["set", "new", "--app", "https://[::1"], "is not the URL of an app"),
        (["set", "prod", "--app-id", KEY], "what is given is not an app id"),
        (["use", "staging"], "has no target 'staging' (it has: prod, dev)"),
        (["remove", "it's"], 'has no target "it\'s"'),
        (["show", "--target", "staging"], "has no target 'staging'"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(
    known: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    before = known.read_bytes()
    assert main(["config", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert KEY not in error
    assert known.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"target = ", "Invalid value"),
        (b"\xff", "codec can't decode"),
        (b"a = " + b"[" * 100_000, "cannot read the config file"),
        (b"#" * (1024 * 1024 + 1), "it is larger than 1,048,576 bytes"),
        (b"key = 'x'", "unknown key; it has `target` and `targets`"),
        (b"targets = 1", "targets must be a table of targets"),
        (b"target = [1]", "target the name of one"),
        (b"[targets]\nprod = 1", "targets.prod: app must be the URL of an app"),
        (b"[targets.prod]\napp_id = 'x'", "targets.prod: app must be the URL of an app"),
        (b"[targets.prod]\napp = 'https://a.example.net'\nkey = 'x'", "targets.prod.key is not known"),
        (b"[targets.prod]\napp = 'https://a.example.net'\ninventory = 1", "targets.prod.inventory is not known, or no"),
        (b"[targets.prod]\napp = 'ftp://a.example.net'", "targets.prod: what is given is not the URL of an app"),
        (
            b"[targets.prod]\napp = 'https://a.example.net'\napp_id = 'a key'",
            "targets.prod: what is given is not an app",
        ),
        (b'[targets."\\u001b"]\napp = "https://a.example.net"', "targets.: a target cannot be named '\\x1b'"),
        (b"target = 'prod'", "has no target 'prod' (it has: none yet)"),
    ],
)
def test_a_broken_file_is_named_with_the_member_that_is_wrong(
    bare: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    bare.parent.mkdir()
    bare.write_bytes(content)
    for command in (["show"], ["set", "prod", "--app", PROD], ["use", "prod"]):
        assert main(["config", *command]) == 2
        error = capsys.readouterr().err
        assert str(bare) in error
        assert said in error
    assert bare.read_bytes() == content


def test_a_folder_in_place_of_the_file_is_a_sentence(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare.mkdir(parents=True)
    assert main(["config", "show"]) == 2
    assert "Is a directory" in capsys.readouterr().err


def test_a_file_in_place_of_the_folder_is_a_sentence(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare.parent.write_text("")
    assert main(["config", "set", "prod", "--app", PROD]) == 2
    assert "cannot make the folder of the config file" in capsys.readouterr().err


def test_a_file_that_cannot_be_replaced_stays_whole(
    known: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    before = known.read_bytes()
    monkeypatch.setattr(Path, "replace", refuse)
    assert main(["config", "use", "dev"]) == 2
    assert f"cannot write the config file {known}: Permission denied. It is as it was" in capsys.readouterr().err
    assert known.read_bytes() == before
    assert list(known.parent.iterdir()) == [known]


def test_a_file_that_may_only_be_read_is_not_replaced(
    known: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    before = known.read_bytes()
    assert main(["config", "use", "dev"]) == 2
    assert "it may only be read" in capsys.readouterr().err
    assert known.read_bytes() == before


def test_a_file_of_another_user_does_not_become_ours(
    known: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    real = Path.stat

    def stat(path: Path, **options: bool) -> os.stat_result:
        found = real(path, **options)
        return os.stat_result((*found[:4], found.st_uid + 1, *found[5:])) if path == known else found

    monkeypatch.setattr(os, "chown", refuse)
    monkeypatch.setattr(Path, "stat", stat)
    before = known.read_bytes()
    assert main(["config", "use", "dev"]) == 2
    assert "it belongs to another user" in capsys.readouterr().err
    assert known.read_bytes() == before
    assert list(known.parent.iterdir()) == [known]


def test_a_link_stays_a_link_and_the_mode_stays(known: Path, tmp_path: Path) -> None:
    there = tmp_path / "dotfiles.toml"
    known.rename(there)
    there.chmod(0o640)
    known.symlink_to(there)
    assert main(["config", "use", "dev"]) == 0
    assert known.is_symlink()
    assert there.stat().st_mode & 0o777 == 0o640
    assert read_config().target == "dev"


def test_commands_that_write_at_once_lose_nothing() -> None:
    program = "import sys; from relaykeeper.__main__ import main; sys.exit(main(sys.argv[1:]))"
    names = [f"t{number}" for number in range(6)]
    writing = [
        subprocess.Popen(
            [sys.executable, "-c", program, "config", "set", name, "--app", PROD], stdout=subprocess.DEVNULL
        )
        for name in names
    ]
    assert [each.wait() for each in writing] == [0] * len(names)
    assert sorted(read_config().targets) == names


def test_a_writer_waits_for_the_one_before_and_sees_what_it_wrote() -> None:
    def add_second(config: Config) -> Config:
        return config.with_target("second", TargetConfig(DEV))

    main(["config", "set", "first", "--app", PROD])
    assert list(change_config(add_second).targets) == ["first", "second"]


type Environment = dict[str, str]

CHOICES: list[tuple[str | None, Environment, str, str, str]] = [
    ("dev", {"APP_URL": PROD, "APP_ID": ID, "TARGET": "prod"}, DEV, "", "target dev (--target)"),
    (None, {"APP_URL": DEV, "APP_ID": "x", "TARGET": "prod"}, PROD, ID, "target prod (RELAYKEEPER_TARGET)"),
    (None, {"APP_URL": "https://other.example.net/"}, "https://other.example.net", "", "RELAYKEEPER_APP_URL"),
    (None, {"APP_URL": PROD}, PROD, ID, "RELAYKEEPER_APP_URL"),
    (None, {"APP_URL": PROD, "APP_ID": "4711"}, PROD, "4711", "RELAYKEEPER_APP_URL"),
    (None, {"APP_ID": "4711"}, PROD, ID, "target prod (the default)"),
    ("http://127.0.0.1:7071", {}, "http://127.0.0.1:7071", "", "--target"),
    ("https://[::1]:7071", {}, "https://[::1]:7071", "", "--target"),
]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(("given", "environment", "app", "app_id", "chosen_by"), CHOICES)
def test_a_flag_comes_before_the_environment_and_that_before_the_file(
    monkeypatch: pytest.MonkeyPatch, given: str | None, environment: Environment, app: str, app_id: str, chosen_by: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(f"RELAYKEEPER_{name}", value)
    chosen = choose_target(given)
    assert (chosen.app, chosen.app_id) == (app, app_id)
    assert chosen.chosen_by.startswith(chosen_by)


def test_without_any_choice_it_says_how_to_choose() -> None:
    with pytest.raises(UsageFailure, match="no app is chosen: give --target NAME or URL"):
        choose_target(None)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("given", "target", "environment", "path"),
    [
        ("flag.yaml", "prod", {"INVENTORY": "env.yaml"}, "flag.yaml"),
        (None, "prod", {"INVENTORY": "env.yaml"}, "/prod.yaml"),
        (None, "dev", {"INVENTORY": "env.yaml"}, "env.yaml"),
        (None, None, {"INVENTORY": "env.yaml"}, "env.yaml"),
        (None, None, {}, "/prod.yaml"),
        (None, PROD, {}, "/prod.yaml"),
        (None, None, {"APP_URL": PROD}, "/prod.yaml"),
        (None, None, {"TARGET": "prod", "INVENTORY": "env.yaml"}, "/prod.yaml"),
    ],
)
def test_the_inventory_is_the_flags_the_named_targets_the_environments_or_the_defaults(
    monkeypatch: pytest.MonkeyPatch, given: str | None, target: str | None, environment: Environment, path: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(f"RELAYKEEPER_{name}", value)
    assert choose_inventory(Path(given) if given else None, target).path == Path(path)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(("target", "url"), [("dev", None), (None, DEV), (DEV, None)])
def test_the_default_targets_inventory_is_never_taken_for_another_app(
    monkeypatch: pytest.MonkeyPatch, target: str | None, url: str | None
) -> None:
    if url:
        monkeypatch.setenv("RELAYKEEPER_APP_URL", url)
    with pytest.raises(UsageFailure, match="there is no inventory"):
        choose_inventory(None, target)


@pytest.mark.usefixtures("known")
def test_what_is_in_force_is_shown_with_its_source_and_no_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELAYKEEPER_FUNCTION_KEY", KEY)
    monkeypatch.setenv("RELAYKEEPER_INVENTORY", "inventory.yaml")
    assert main(["config", "show", "--target", "dev"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split(maxsplit=2)[:2] == ["app", DEV]
    assert lines[1].split() == ["app", "id", "-"]
    assert lines[2].split() == ["login", "a", "function", "key", "RELAYKEEPER_FUNCTION_KEY"]
    assert lines[3].split() == ["inventory", "inventory.yaml", "RELAYKEEPER_INVENTORY"]
    assert [line.split()[:2] for line in lines[-2:]] == [["*", "prod"], ["dev", DEV]]
    assert KEY not in "".join(lines)

    assert main(["config", "show", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["login"]["value"] == "token"
    assert found["config"]["targets"]["prod"] == {"app": PROD, "app_id": ID, "inventory": "/prod.yaml"}


NOBODY = ChosenTarget(PROD, "", "--target")


def on_terminal(monkeypatch: pytest.MonkeyPatch, *, stdin: bool, stderr: bool) -> Callable[[], list[str]]:
    """Let standard input and error be terminals or not; return what shows the prompts that were given."""
    prompts: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: stdin, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: stderr, raising=False)

    def ask(prompt: str, _stream: object) -> str:
        prompts.append(prompt)
        return KEY

    monkeypatch.setattr("getpass.getpass", ask)
    return lambda: prompts


def test_a_key_of_the_environment_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = on_terminal(monkeypatch, stdin=True, stderr=True)
    monkeypatch.setenv("RELAYKEEPER_FUNCTION_KEY", "other")
    assert headers_for(NOBODY) == {"x-functions-key": "other"}
    assert prompts() == []


def test_on_a_terminal_the_key_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = on_terminal(monkeypatch, stdin=True, stderr=True)
    assert headers_for(NOBODY) == {"x-functions-key": KEY}
    assert PROD in prompts()[0]


@pytest.mark.parametrize(("stdin", "stderr"), [(False, True), (True, False)])
def test_where_nobody_can_be_asked_it_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, stdin: bool, stderr: bool
) -> None:
    prompts = on_terminal(monkeypatch, stdin=stdin, stderr=stderr)
    with pytest.raises(UsageFailure, match="RELAYKEEPER_FUNCTION_KEY"):
        headers_for(NOBODY)
    assert prompts() == []


def test_without_the_azure_packages_it_says_how_to_install_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "azure.core.exceptions", None)
    monkeypatch.setenv("RELAYKEEPER_APP_URL", PROD)
    monkeypatch.setenv("RELAYKEEPER_APP_ID", ID)
    assert main(["get"]) == 2
    said = capsys.readouterr().err
    assert "cannot import azure.core.exceptions: tokens of Entra ID, vaults and clusters need packages" in said
    assert "uv tool install '.[azure]'" in said


def test_a_missing_module_of_ours_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shared.inventory", None)
    with pytest.raises(ModuleNotFoundError):
        main(["inventory", "check", "inventory.yaml"])


def test_what_changes_the_file_prints_it_as_json(known: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> dict[str, object]:
        assert main(["config", *arguments, "--json"]) == 0
        found: dict[str, object] = json.loads(capsys.readouterr().out)
        return found

    assert run("set", "test", "--app", "https://test.example.net")["target"] == "prod"
    assert run("use", "dev")["target"] == "dev"
    run("remove", "prod")
    left = {"test": {"app": "https://test.example.net"}}
    assert run("remove", "dev") == {"path": str(known), "target": None, "targets": left}
