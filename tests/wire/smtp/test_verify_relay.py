"""The command `verify-relay` against servers on loopback: its table, its status, and what it keeps to itself."""

import json
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from shared.workflows.examine import MADE_UP_USERS
from tests.e2e import leaks
from tests.wire.smtp.auth_servers import AuthServer
from tests.wire.smtp.servers import HOST, Shown, serving
from tests.wire.smtp.submission_servers import QUEUED, SubmissionServer

ROOT = Path(__file__).parents[3]
NAME, USER, CANARY = "mail.example.net", "relay-probe", "canary-that-must-not-sing"

HEAVY = ("azure", "kubernetes", "acme", "requests", "pydantic", "shared.inventory", "shared.ports", "shared.compose")


class Command:
    """A relay's certificate, the file of roots and the file of its probe client's password."""

    def __init__(self, folder: Path) -> None:
        self.shown = Shown(NAME, folder, now=datetime.now(UTC))
        self.roots, self.password = folder / "roots.pem", folder / "password"
        self.roots.write_bytes(self.shown.root.public_bytes(Encoding.PEM))
        self.password.write_text(f"{CANARY}\n")

    def arguments(self, port: int, *more: str) -> list[str]:
        where = ["--address", f"{HOST}:{port}", "--server-name", NAME, "--roots", str(self.roots)]
        who = ["--user", USER, "--password-file", str(self.password), "--recipient", "postmaster@example.org"]
        return ["verify-relay", "dev", *where, *who, *more]

    def run(self, server: AuthServer, *more: str) -> int:
        with serving(server) as port:
            return main(self.arguments(port, *more))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


def leaks_in(*texts: str) -> list[str]:
    canary = leaks.text("the password", CANARY)
    return leaks.leaks([canary], {str(place): text.encode() for place, text in enumerate(texts)})


def test_a_relay_in_order_is_a_table_of_checks_and_status_0(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    server = AuthServer(command.shown, {USER: CANARY})
    assert command.run(server) == ExitCode.DONE

    said = capsys.readouterr()
    rows = [line.split()[2:4] for line in said.out.splitlines()[1:-1]]
    assert rows == [
        [name, "ok"]
        for name in (
            "greeting",
            "starttls",
            "auth-before-tls",
            "certificate",
            "mail-without-login",
            *MADE_UP_USERS,
            "login-plain-initial",
            "login-plain-prompted",
            "login-login-initial",
            "login-login-prompted",
        )
    ]
    assert said.out.splitlines()[-1] == "12 checks: 12 ok, 0 warning, 0 failed, 0 unknown"
    assert leaks_in(said.out, said.err) == []
    assert not any(line.startswith("DATA") for line in server.said)


def test_a_foreign_certificate_is_status_1_and_the_server_gets_no_login(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other").mkdir()
    server = AuthServer(Shown(NAME, tmp_path / "other", now=datetime.now(UTC)), {USER: CANARY})

    assert command.run(server, "--json") == ExitCode.NOT_AS_IT_SHOULD_BE

    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)["checks"]}
    assert found["certificate"]["reason"] == "ServesUnexpected"
    assert found["login"]["reason"] == "NotTried"
    assert leaks_in(*server.heard) == []
    in_tls = server.said[server.said.index("STARTTLS") :]
    assert not any(line.startswith("AUTH ") and line not in ("AUTH PLAIN", "AUTH LOGIN") for line in in_tls)


@pytest.mark.parametrize(
    ("server", "status", "check", "reason"),
    [
        ({"takes_clear": True}, ExitCode.NOT_AS_IT_SHOULD_BE, "auth-before-tls", "AuthTakenInClear"),
        ({"clear": "PLAIN LOGIN"}, ExitCode.NOT_AS_IT_SHOULD_BE, "auth-before-tls", "AuthOfferedInClear"),
        ({"rcpt": "250 Accepted"}, ExitCode.NOT_AS_IT_SHOULD_BE, "mail-without-login", "AcceptsWithoutLogin"),
        ({"users": {}}, ExitCode.NOT_AS_IT_SHOULD_BE, "login-plain-initial", "Refused"),
        ({"replies": {"LOGIN+": "435 Unable to authenticate"}}, ExitCode.DONE, "login-login-initial", "Tainted"),
        ({"replies": {"LOGIN": "454 later"}}, ExitCode.UNAVAILABLE, "unknown-user", "TemporarilyRefused"),
        ({"offered": "PLAIN"}, ExitCode.DONE, "login-login-prompted", "NotOffered"),
    ],
)
def test_each_fault_has_its_check_its_reason_and_its_status(
    command: Command,
    capsys: pytest.CaptureFixture[str],
    server: dict[str, object],
    status: int,
    check: str,
    reason: str,
) -> None:
    faulty = AuthServer(command.shown, **{"users": {USER: CANARY}, **server})  # type: ignore[arg-type]
    assert command.run(faulty, "--json") == status

    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)["checks"]}
    assert found[check]["reason"] == reason
    assert found[check]["status"] != "ok"


def test_one_message_is_sent_if_asked_for_and_its_queue_id_and_what_shows_its_end_are_told(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    server = SubmissionServer(command.shown, {USER: CANARY})
    assert command.run(server, "--send-to", "someone@example.org", "--json") == ExitCode.UNAVAILABLE

    output = capsys.readouterr().out
    *_, taken, end = json.loads(output)["checks"]
    assert (taken["name"], taken["status"], taken["reason"]) == ("test-message", "ok", "MessageQueued")
    assert taken["message"].startswith(QUEUED)
    assert (end["name"], end["status"], end["reason"]) == ("test-message-end", "unknown", "LogNotRead")
    assert "exigrep '1tHxyz-000000012AB-3CdE' MAINLOG" in end["remedy"]
    [content] = server.messages
    assert b"To: <someone@example.org>\r\n" in content
    assert leaks_in(output, content.decode()) == []


@pytest.mark.parametrize(
    ("more", "sender"),
    [([], "someone@example.org"), (["--sender", "payroll@example.net"], "payroll@example.net")],
    ids=["the recipient", "as it is told"],
)
def test_the_sender_of_the_message_is(command: Command, more: list[str], sender: str) -> None:
    server = SubmissionServer(command.shown, {USER: CANARY})
    command.run(server, "--send-to", "someone@example.org", *more)
    assert [line for line in server.said if line.startswith("MAIL FROM")][-1] == f"MAIL FROM:<{sender}>"


@pytest.mark.parametrize(
    ("event", "status", "reason"),
    [
        ("=> someone@example.org R=smarthost", ExitCode.DONE, "MessageDelivered"),
        ("** someone@example.org: no such user", ExitCode.NOT_AS_IT_SHOULD_BE, "MessageBounced"),
    ],
)
def test_the_relays_log_tells_the_end_of_the_message(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str], event: str, status: int, reason: str
) -> None:
    log = tmp_path / "mainlog"
    log.touch()

    def deliver(connection: socket.socket) -> None:
        begin = "2026-11-30 03:14:56 1tHxyz-000000012AB-3CdE "
        log.write_text(f"{begin}{event}\n{begin}Completed\n")
        connection.sendall(f"{QUEUED}\r\n".encode())

    server = SubmissionServer(command.shown, {USER: CANARY}, silent_at=".", after=deliver)
    assert command.run(server, "--send-to", "someone@example.org", "--log-file", str(log), "--json") == status
    assert json.loads(capsys.readouterr().out)["checks"][-1]["reason"] == reason


def test_a_client_that_may_not_send_is_told_so_and_sends_nothing(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = "550 5.7.1 relaykeeper-probe exists to test logins and may not send mail"
    server = SubmissionServer(command.shown, {USER: CANARY}, mail={"MAIL": refusal})
    assert command.run(server, "--send-to", "someone@example.org") == ExitCode.NOT_AS_IT_SHOULD_BE
    shown = capsys.readouterr().out
    assert f"to MAIL: {refusal}" in shown
    assert "test-message (SenderRefused): A probe client may log in and not send: name with --user a client" in shown
    assert server.messages == []


def test_where_nobody_listens_is_a_failed_check(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(AuthServer(command.shown)) as port:
        pass
    assert main(command.arguments(port)) == ExitCode.NOT_AS_IT_SHOULD_BE
    assert "greeting  failed  connection refused" in capsys.readouterr().out


def test_an_address_is_examined_without_the_packages_of_azure_kubernetes_and_the_inventory(command: Command) -> None:
    program = (
        "import sys; from relaykeeper.__main__ import main\n"
        "status = main(sys.argv[1:])\n"
        "print(*sys.modules, file=sys.stderr)\n"
        "sys.exit(status)"
    )
    with serving(AuthServer(command.shown, {USER: CANARY})) as port:
        argv = [sys.executable, "-c", program, *command.arguments(port)]
        argv[argv.index(str(command.password))] = "-"
        done = subprocess.run(argv, cwd=ROOT, input=CANARY, capture_output=True, text=True, check=False)

    assert done.returncode == ExitCode.DONE
    loaded = done.stderr.split()
    assert [module for module in loaded if module.startswith(HEAVY)] == []
    assert leaks_in(done.stdout, done.stderr) == []
