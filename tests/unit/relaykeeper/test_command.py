"""Every command ends with an exit code that a script understands, and an error is a line without a trace."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from relaykeeper import cli
from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from relaykeeper.failures import AppRefused, NotAllowedFailure, NotReached, TimeIsOver, UsageFailure
from shared.errors import RelaykeeperError, TransientError

ROOT = Path(__file__).parents[3]

SLOW = ("azure", "kubernetes", "acme", "requests", "pydantic", "cryptography", "dns", "rich", "yaml", "msgspec", "ssl")


@pytest.fixture
def greeting() -> Iterator[Callable[[Callable[[], int]], None]]:
    """Add a command `greet` for one test."""
    known = list(cli.app.registered_commands)

    def add(run: Callable[[], int]) -> None:
        cli.add(cli.app, "greet", run, cli.COMMAND, "relaykeeper greet")

    yield add
    cli.app.registered_commands[:] = known


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (UsageFailure("the file is missing"), 2),
        (AppRefused("the app says no"), 3),
        (TimeIsOver("it goes on"), 3),
        (TransientError("a limit"), 3),
        (NotAllowedFailure("no role"), 4),
        (NotReached("refused"), 5),
    ],
)
def test_a_failure_is_one_line_and_has_its_exit_code(
    greeting: Callable[[Callable[[], int]], None],
    failure: RelaykeeperError,
    code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> int:
        raise failure

    greeting(fail)
    assert main(["greet"]) == code
    assert capsys.readouterr() == ("", f"relaykeeper: {failure}\n")


def test_ctrl_c_is_no_trace(greeting: Callable[[Callable[[], int]], None], capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> int:
        raise KeyboardInterrupt

    greeting(interrupt)
    assert main(["greet"]) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err.count("\n") <= 1


@pytest.mark.parametrize("arguments", [["gret"], ["verify-relay"], ["verify-relay", "a", "b"], ["plan", "--nonsense"]])
def test_a_wrong_command_line_says_where_the_help_is(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == ExitCode.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("relaykeeper: ")
    assert "--help" in said.err


def test_alone_it_prints_what_it_is_and_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == ExitCode.DONE
    said = capsys.readouterr().out
    assert "relaykeeper verify mail.example.net" in said
    assert "exit codes: 0 done" in said


def every_command() -> Iterator[list[str]]:
    yield from ([command.name or ""] for command in cli.app.registered_commands)
    for group in cli.app.registered_groups:
        assert group.typer_instance is not None
        yield from ([group.name or "", command.name or ""] for command in group.typer_instance.registered_commands)


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_each_command_has_help_with_an_example_of_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--help"]) == ExitCode.DONE
    assert f"relaykeeper {' '.join(words)}" in capsys.readouterr().out.partition("examples:")[2]


@pytest.mark.parametrize("words", [[], *([group.name or ""] for group in cli.app.registered_groups)], ids=" ".join)
def test_no_line_of_a_list_of_commands_is_cut(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(words) == ExitCode.DONE
    assert "..." not in capsys.readouterr().out.partition("Options:")[2]


def test_help_lists_first_what_a_newcomer_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == ExitCode.DONE
    lines = capsys.readouterr().out.splitlines()
    assert [line[:-1] for line in lines if line[:-1] in cli.SECTIONS] == list(cli.SECTIONS)


def test_help_loads_nothing_slow() -> None:
    argv = [sys.executable, "-X", "importtime", "-m", "relaykeeper", "--help"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    assert "typer" in loaded
    assert [module for module in loaded if module.partition(".")[0] in SLOW] == []


def test_a_reader_that_goes_away_is_no_trace() -> None:
    program = (
        "import sys; from relaykeeper import cli; from relaykeeper.__main__ import main\n"
        "run = lambda: print('line\\n' * 100_000) or 0\n"
        "cli.add(cli.app, 'talk', run, 'Talk', '')\n"
        "sys.exit(main(['talk']))"
    )
    argv = [sys.executable, "-c", program]
    with subprocess.Popen(
        argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as talking:
        assert talking.stdout is not None
        assert talking.stderr is not None
        assert talking.stdout.readline() == "line\n"
        talking.stdout.close()
        assert talking.stderr.read() == ""
    assert talking.returncode == ExitCode.UNAVAILABLE


def test_a_full_disk_is_told_in_a_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        argv = [sys.executable, "-m", "relaykeeper", "inventory", "schema"]
        done = subprocess.run(argv, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == "relaykeeper: cannot write what was found: no space left on device\n"
    assert done.returncode == ExitCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("asked", "told"), [(["help"], "Usage: relaykeeper "), (["help", "get"], "Usage: relaykeeper get")]
)
def test_help_is_taken_as_a_word_too(asked: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(asked) == 0
    assert capsys.readouterr().out.startswith(told)
