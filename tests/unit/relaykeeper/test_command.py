"""Every command ends with a status that a pipeline understands, and an error is one line without a trace."""

import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from relaykeeper.command import CANNOT, DONE, INTERRUPTED, Command, run_command
from shared.errors import PermanentError

ROOT = Path(__file__).parents[3]


def greeting(run: Callable[[Namespace], int]) -> Command:
    def add_arguments(parser: ArgumentParser) -> None:
        parser.add_argument("--to", required=True)

    return Command("greet", "Greet somebody.", add_arguments, run)


def greet(arguments: Namespace) -> int:
    print(f"hello {arguments.to}")
    return DONE


def test_a_command_gets_its_arguments_and_gives_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([greeting(greet)], ["greet", "--to", "you"]) == DONE
    assert capsys.readouterr() == ("hello you\n", "")


def test_what_cannot_be_done_is_one_line_that_names_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: Namespace) -> int:
        raise PermanentError("cannot greet you: you are not there. Come in.")

    assert run_command([greeting(fail)], ["greet", "--to", "you"]) == CANNOT
    assert capsys.readouterr() == ("", "relaykeeper greet: cannot greet you: you are not there. Come in.\n")


def test_an_interrupt_is_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(_: Namespace) -> int:
        raise KeyboardInterrupt

    assert run_command([greeting(interrupt)], ["greet", "--to", "you"]) == INTERRUPTED
    assert capsys.readouterr().err == "relaykeeper greet: interrupted\n"


@pytest.mark.parametrize("arguments", [[], ["gret"], ["greet"], ["greet", "--to", "you", "twice"]])
def test_a_wrong_command_line_ends_with_the_same_status(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run_command([greeting(greet)], arguments)
    assert ended.value.code == CANNOT
    assert "usage: python -m relaykeeper" in capsys.readouterr().err


def test_help_names_each_command_with_its_summary(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run_command([greeting(greet)], ["--help"])
    assert ended.value.code == DONE
    assert "greet     Greet somebody." in capsys.readouterr().out


def test_a_reader_that_goes_away_is_no_trace() -> None:
    program = (
        "import sys; from relaykeeper.command import Command, run_command\n"
        "run = lambda _: print('line\\n' * 100_000) or 0\n"
        "sys.exit(run_command([Command('talk', 'Talk.', lambda _: None, run)], ['talk']))"
    )
    argv = [sys.executable, "-c", program]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as talking:
        assert talking.stdout is not None
        assert talking.stderr is not None
        assert talking.stdout.readline() == "line\n"
        talking.stdout.close()
        assert talking.stderr.read() == ""
    assert talking.returncode == CANNOT
