"""Shells complete commands, options, values and the names that this machine knows, with the scripts that are printed.

bash runs its script here; zsh and fish do where they are installed, and everywhere their questions are answered.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from relaykeeper.__main__ import main

ROOT = Path(__file__).parents[3]
SHELLS = ("bash", "zsh", "fish")

BASH = """
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
$(complete -p relaykeeper | sed 's/.*-F \\([^ ]*\\).*/\\1/') relaykeeper
printf '%s\\n' "${COMPREPLY[@]}"
"""
"""Do what bash does when a person presses TAB: call the function that the script has registered."""


@pytest.fixture
def environment(tmp_path: Path, bare: Path) -> dict[str, str]:
    """An environment in which `relaykeeper` is this one, with two targets in its config file."""
    command = tmp_path / "bin" / "relaykeeper"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m relaykeeper "$@"\n')
    command.chmod(0o755)
    bare.parent.mkdir()
    bare.write_text(
        '[targets.prod]\napp = "https://prod.example.net"\n[targets.dev]\napp = "https://dev.example.net"\n'
    )
    return {**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}"}


type Ask = Callable[..., list[str]]


@pytest.fixture
def in_bash(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Ask:
    """What bash completes of the words of a line, of which the last one is being written."""
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out

    def ask(*words: str) -> list[str]:
        argv = ["bash", "--norc", "-c", f"{script}\n{BASH}", "bash", "relaykeeper", *words]
        done = subprocess.run(argv, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return done.stdout.split()

    return ask


def test_bash_completes_commands_and_groups(in_bash: Ask) -> None:
    assert {"config", "clients", "completion"} <= set(in_bash("c"))
    assert not [each for each in in_bash("c") if not each.startswith("c")]
    assert set(in_bash("config", "")) == {"show", "set", "use", "remove"}


def test_bash_completes_options_and_their_values(in_bash: Ask) -> None:
    assert in_bash("clients", "add", "--m") == ["--mode", "--max-age"]
    assert in_bash("plan", "--format", "") == ["text", "markdown", "json"]
    assert in_bash("clients", "add", "--mode", "m") == ["manage"]


def test_bash_completes_targets_of_the_config_file(in_bash: Ask) -> None:
    assert in_bash("plan", "--target", "") == ["prod", "dev"]
    assert in_bash("config", "use", "p") == ["prod"]


def test_bash_completes_names_of_the_inventory_file(in_bash: Ask) -> None:
    chosen = ("--inventory", "inventory.example.yaml")
    assert in_bash("clients", "remove", *chosen, "pcol") == ["pcol-dev", "pcol-prod"]
    assert in_bash("clients", "add", *chosen, "--vault", "p") == ["prod"]
    assert in_bash("get", "re") == ["relays", "requests"]
    assert in_bash("clients", "remove", "--inventory", "pyproject.toml", "") == []


def test_names_of_an_app_are_those_of_its_targets_inventory(in_bash: Ask, bare: Path) -> None:
    with bare.open("a") as config:
        config.write(f'inventory = "{ROOT / "inventory.example.yaml"}"\n')
    assert in_bash("renew", "--target", "dev", "prod") == ["prod-mailrelay-platform-hmcts-net"]
    assert in_bash("examine", "--target", "dev", "") == ["dev", "prod"]
    assert in_bash("get", "--target", "dev", "relay", "") == ["dev", "prod"]
    assert in_bash("status", "--target", "dev", "relay/") == ["relay/dev", "relay/prod"]
    assert in_bash("renew", "prod") == []


def test_a_file_is_left_to_the_shell(in_bash: Ask, environment: dict[str, str]) -> None:
    assert in_bash("plan", "--inventory", "inv") == []
    registered = subprocess.run(
        ["bash", "--norc", "-c", 'eval "$(relaykeeper completion bash)"; complete -p relaykeeper'],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "-o default" in registered.stdout


def test_a_broken_config_file_completes_nothing_and_says_nothing(in_bash: Ask, bare: Path) -> None:
    bare.write_text("[")
    assert in_bash("config", "use", "") == []


@pytest.mark.parametrize(
    ("variables", "answer"),
    [
        (
            {"_RELAYKEEPER_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "relaykeeper config use p"},
            """_arguments '*: :(("prod":"https\\\\://prod.example.net"))'\n""",
        ),
        (
            {
                "_RELAYKEEPER_COMPLETE": "complete_fish",
                "_TYPER_COMPLETE_FISH_ACTION": "get-args",
                "_TYPER_COMPLETE_ARGS": "relaykeeper config use p",
            },
            "prod\thttps://prod.example.net\n",
        ),
    ],
    ids=["zsh", "fish"],
)
def test_other_shells_are_answered_with_help(
    environment: dict[str, str], variables: dict[str, str], answer: str
) -> None:
    done = subprocess.run(["relaykeeper"], env={**environment, **variables}, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (answer, "")


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed; it is answered above")
def test_fish_completes_with_help(environment: dict[str, str]) -> None:
    line = 'relaykeeper completion fish | source; complete -C "relaykeeper config use p"'
    argv = ["fish", "--no-config", "-c", line]
    done = subprocess.run(argv, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["prod\thttps://prod.example.net"]


ZSH = """
autoload -Uz compinit; compinit -u -D
eval "$(relaykeeper completion zsh)"
_arguments() { print -r -- "$@" }
words=(relaykeeper config use p); CURRENT=4
${_comps[relaykeeper]}
"""


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed; it is answered above")
def test_zsh_completes_with_help(environment: dict[str, str]) -> None:
    done = subprocess.run(["zsh", "-f", "-c", ZSH], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == '*: :(("prod":"https\\\\://prod.example.net"))\n'


def test_an_answer_loads_nothing_slow(environment: dict[str, str]) -> None:
    asked = {"_RELAYKEEPER_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "relaykeeper con"}
    argv = [sys.executable, "-X", "importtime", "-m", "relaykeeper"]
    done = subprocess.run(argv, env={**environment, **asked}, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert '"config"' in done.stdout
    assert not {"rich", "pydantic", "requests", "yaml", "cryptography"} & loaded


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_one_that_the_shell_reads(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = tmp_path / "script"
    script.write_text(capsys.readouterr().out)
    assert "relaykeeper" in script.read_text()
    assert shell != "zsh" or script.read_text().startswith("#compdef relaykeeper\n")
    if (program := shutil.which(shell)) is not None:
        subprocess.run([program, "-n", script], check=True)


def test_another_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "powershell"]) == 2
    assert "'powershell' is not one of 'bash', 'zsh', 'fish'" in capsys.readouterr().err
