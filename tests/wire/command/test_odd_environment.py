"""The command where something is odd: proxies, a .netrc, an app that hangs or answers nonsense, no standard output."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from tests.wire.command.site import Site

NOBODY = "http://127.0.0.1:9"
SECONDS = 30.0
"""For a process to start and to end; it needs less than one."""

NESTED = b"[" * 200_000


def start(*arguments: str, **options: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "relaykeeper", *arguments]
    return subprocess.Popen(command, text=True, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload,no-any-return]


def test_a_key_for_this_machine_goes_through_no_proxy(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", NOBODY)
    monkeypatch.delenv("no_proxy", raising=False)
    assert main(["get", "certificates"]) == ExitCode.DONE
    assert site.seen


def test_no_login_of_a_netrc_file_is_sent(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("default login somebody password of-somewhere-else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert main(["get", "certificates"]) == ExitCode.DONE
    assert "authorization" not in site.seen[-1]


@pytest.mark.parametrize("status", [200, 500])
def test_json_that_is_nested_too_deeply_is_no_answer(
    site: Site, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    site.answer = (status, NESTED)
    assert main(["get", "certificates"]) == ExitCode.UNAVAILABLE
    assert "/api/certificates: " in capsys.readouterr().err


def test_an_argument_that_is_no_text_is_a_wrong_argument(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--actor", "\udcff"]) == ExitCode.USAGE
    assert "no UTF-8 text" in capsys.readouterr().err
    assert not site.seen


@pytest.mark.skipif(sys.platform == "win32", reason="no process there gets SIGINT alone")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_end_the_command_at_once_although_the_app_hangs(site: Site, number: int) -> None:
    asked, over = Event(), Event()

    def hang(_method: str, _path: str) -> None:
        asked.set()
        over.wait(SECONDS)

    site.before = hang
    process = start("get", "certificates", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        assert asked.wait(SECONDS)
        process.send_signal(number)
        _, said = process.communicate(timeout=SECONDS / 3)
    finally:
        over.set()
        process.kill()
        process.communicate()
    assert (process.returncode, said) == (ExitCode.INTERRUPTED, "relaykeeper: interrupted\n")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no descriptors 0 to 2 to close")
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_closed_standard_stream_is_no_trouble(site: Site, number: int) -> None:
    process = start("get", "certificates", preexec_fn=lambda: os.close(number))
    _, said = process.communicate(timeout=SECONDS)
    assert (process.returncode, said) == (ExitCode.DONE, "")
    assert site.seen


def test_json_is_json_in_every_encoding(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    named = [{"name": "päyroll", "labels": {}}]
    site.answer = (200, json.dumps({"certificates": named, "errors": {}}).encode())
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii", errors="backslashreplace"))
    assert main(["get", "certificates", "--json"]) == ExitCode.DONE
    assert json.loads(written.getvalue()) == named


@pytest.mark.parametrize("item", [{}, {"name": "mail", "labels": None}])
def test_an_object_without_name_or_labels_is_another_shape(
    site: Site, capsys: pytest.CaptureFixture[str], item: object
) -> None:
    site.answer = (200, json.dumps({"certificates": [item], "errors": {}}).encode())
    assert main(["get", "certificates", "-l", "team=mail"]) == ExitCode.UNAVAILABLE
    assert "another way" in capsys.readouterr().err


@pytest.mark.parametrize("key", ["a-key\n", "a-k€y", " "])
def test_a_key_that_can_be_none_is_not_sent_and_not_shown(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    monkeypatch.setenv("RELAYKEEPER_FUNCTION_KEY", key)
    assert main(["get", "certificates"]) == ExitCode.USAGE
    assert "a-k" not in capsys.readouterr().err
    assert not site.seen
