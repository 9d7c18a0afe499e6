"""What `verify-relay` reads from its command line, and how it shows what it found."""

import io
import json
import sys
import traceback
from pathlib import Path

import pytest

from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from relaykeeper.password_input import read_password
from relaykeeper.relay.check_table import as_json, as_table
from relaykeeper.relay.examination import exit_code, probe_at
from shared.domain.checks import Check, CheckStatus
from shared.domain.clients.relay_checks import ReplicaCheck
from shared.domain.object_ref import ObjectRef
from shared.errors import PermanentError

CANARY = "canary-that-must-not-sing"
RELAY = ObjectRef("relay", "dev")


def check(name: str, status: CheckStatus, message: str = "fine", remedy: str = "") -> ReplicaCheck:
    return ReplicaCheck("mailrelay-0", "10.0.0.1", 25, Check(name, RELAY, status, "Reason", message, remedy))


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["ok", "ok"], ExitCode.DONE),
        (["ok", "warning"], ExitCode.DONE),
        (["ok", "failed", "unknown"], ExitCode.NOT_AS_IT_SHOULD_BE),
        (["ok", "unknown"], ExitCode.UNAVAILABLE),
        ([], ExitCode.UNAVAILABLE),
    ],
)
def test_the_exit_code_is_the_worst_that_was_found(statuses: list[CheckStatus], status: int) -> None:
    assert exit_code(check("greeting", each).check for each in statuses) == status


def test_the_table_has_a_line_per_check_and_says_what_to_do_once() -> None:
    found = [
        ReplicaCheck("", "", None, Check("password", RELAY, "warning", "PasswordTooShort", "it is short", "Make one.")),
        check("greeting", "ok", "220 relay"),
        check("starttls", "failed", "not\n\x1b[31moffered", "Offer it."),
        check("starttls", "failed", "not offered", "Offer it."),
    ]

    assert as_table(found, ["logins"]).splitlines() == [
        "REPLICA      PORT  CHECK     STATUS   MESSAGE",
        "-            -     password  warning  it is short",
        "mailrelay-0  25    greeting  ok       220 relay",
        "mailrelay-0  25    starttls  failed   not [31moffered",
        "mailrelay-0  25    starttls  failed   not offered",
        "password (PasswordTooShort): Make one.",
        "starttls (Reason): Offer it.",
        "not examined: logins",
        "4 checks: 1 ok, 1 warning, 2 failed, 0 unknown",
    ]


def test_the_json_has_each_check_with_its_replica_and_port() -> None:
    assert json.loads(as_json([check("starttls", "failed", "no", "Offer it.")])) == {
        "checks": [
            {
                "about": "relay/dev",
                "replica": "mailrelay-0",
                "address": "10.0.0.1",
                "port": 25,
                "name": "starttls",
                "status": "failed",
                "reason": "Reason",
                "message": "no",
                "remedy": "Offer it.",
            }
        ]
    }


@pytest.mark.parametrize(
    ("text", "host", "port", "implicit"),
    [
        ("10.0.4.7:8025", "10.0.4.7", 8025, False),
        ("relay.example.net:465", "relay.example.net", 465, True),
        ("[2001:db8::1]:587", "2001:db8::1", 587, False),
    ],
)
def test_an_address_has_a_port_at_which_tls_may_come_first(text: str, host: str, port: int, implicit: bool) -> None:
    probe = probe_at(text, "mail.example.net", None)
    assert (probe.address, probe.port, probe.implicit, probe.sni) == (host, port, implicit, "mail.example.net")


@pytest.mark.parametrize("text", ["", "relay", ":25", "relay:", "relay:smtp", "relay:0", "relay:65536", "relay:²"])
def test_an_address_without_a_port_is_refused(text: str) -> None:
    with pytest.raises(PermanentError, match="--address must be HOST:PORT"):
        probe_at(text, "mail.example.net", None)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_line_break_at_the_end_of_a_password_file_does_not_count(tmp_path: Path, end: str) -> None:
    file = tmp_path / "password"
    file.write_bytes(f"{CANARY}{end}".encode())
    assert read_password(str(file)).reveal_for_auth() == CANARY


def test_a_second_line_break_counts_and_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(f"{CANARY}\n\n".encode())
    assert [fault.reason for fault in read_password(str(file)).faults()] == ["PasswordWithLineBreak"]


def test_a_password_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CANARY.encode())))
    assert read_password("-").reveal_for_auth() == CANARY


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read the password from .*: No such file or directory"),
        (b"", "it is empty"),
        (b"\n", "it is empty"),
        (f"{CANARY}\xff".encode("latin-1"), "not UTF-8"),
        (f"{CANARY}\0".encode(), "has a NUL"),
        (CANARY.encode() * 200, "more than 4,096 bytes"),
    ],
    ids=["no file", "empty", "a line break", "not UTF-8", "NUL", "too long"],
)
def test_a_password_that_cannot_be_used_is_not_quoted(tmp_path: Path, content: bytes | None, message: str) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(PermanentError, match=message) as refused:
        read_password(str(file))
    assert CANARY not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--address", "127.0.0.1:25"], "--address needs --server-name"),
        (["--address", "127.0.0.1:25", "--cluster", "ss-dev-00"], "--address uses none"),
        (["--address", "127.0.0.1", "--server-name", "mail.example.net"], "--address must be HOST:PORT"),
        (["--user", "probe"], "--user and --password-file belong together"),
        (["--password-file", "-"], "--user and --password-file belong together"),
        (["--user", "", "--password-file", "-"], "--user must have at least one character"),
        (["--recipient", "a@b.example>\r\nDATA"], "--recipient cannot be"),
        (["--send-to", "me@example.org"], "--send-to needs --user and --password-file of a client that may send"),
        (["--log-file", "mainlog"], "--log-file goes with --send-to"),
        (["--sender", "a@b.example>\r\nRCPT"], "--sender cannot be"),
        (["--recipient", "ü@b.example"], "--recipient cannot be"),
        (["--helo", "a b"], "--helo cannot be"),
        (["--helo", "probe.example.net"], "--roots and --helo go with --address"),
        ([], "there is no inventory: give --inventory FILE, set RELAYKEEPER_INVENTORY"),
    ],
)
def test_a_command_line_that_does_not_fit_together_is_one_line_and_nothing_is_asked(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RELAYKEEPER_INVENTORY", raising=False)
    assert main(["verify-relay", "dev", *arguments]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("relaykeeper: ")
    assert message in said.err


@pytest.mark.parametrize("arguments", [["--password", CANARY], [f"--password={CANARY}"]])
def test_a_password_is_no_argument_and_one_that_is_given_so_is_not_quoted(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify-relay", "dev", *arguments]) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert "No such option: --password" in said
    assert "--password-file" in said
    assert CANARY not in said
