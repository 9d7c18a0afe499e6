"""The command `verify-relay` against servers on loopback: its table, its status, and what it keeps to itself."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from relaykeeper.command import CANNOT, DONE, run_command
from relaykeeper.verification import FAILED
from relaykeeper.verify import VERIFY_RELAY
from shared.workflows.examine import MADE_UP_USERS
from tests.e2e import leaks
from tests.wire.smtp.auth_servers import AuthServer
from tests.wire.smtp.servers import HOST, Shown, serving

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
            return run_command([VERIFY_RELAY], self.arguments(port, *more))


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
    assert command.run(server) == DONE

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

    assert command.run(server, "--json") == FAILED

    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)["checks"]}
    assert found["certificate"]["reason"] == "ServesUnexpected"
    assert found["login"]["reason"] == "NotTried"
    assert leaks_in(*server.heard) == []
    in_tls = server.said[server.said.index("STARTTLS") :]
    assert not any(line.startswith("AUTH ") and line not in ("AUTH PLAIN", "AUTH LOGIN") for line in in_tls)


@pytest.mark.parametrize(
    ("server", "status", "check", "reason"),
    [
        ({"takes_clear": True}, FAILED, "auth-before-tls", "AuthTakenInClear"),
        ({"clear": "PLAIN LOGIN"}, FAILED, "auth-before-tls", "AuthOfferedInClear"),
        ({"rcpt": "250 Accepted"}, FAILED, "mail-without-login", "AcceptsWithoutLogin"),
        ({"users": {}}, FAILED, "login-plain-initial", "Refused"),
        ({"replies": {"LOGIN+": "435 Unable to authenticate"}}, DONE, "login-login-initial", "Tainted"),
        ({"replies": {"LOGIN": "454 later"}}, CANNOT, "unknown-user", "TemporarilyRefused"),
        ({"offered": "PLAIN"}, DONE, "login-login-prompted", "NotOffered"),
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


def test_where_nobody_listens_is_a_failed_check(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(AuthServer(command.shown)) as port:
        pass
    assert run_command([VERIFY_RELAY], command.arguments(port)) == FAILED
    assert "greeting  failed  connection refused" in capsys.readouterr().out


def test_an_address_is_examined_without_the_packages_of_azure_kubernetes_and_the_inventory(command: Command) -> None:
    program = (
        "import sys; from relaykeeper.verify import VERIFY_RELAY; from relaykeeper.command import run_command\n"
        "status = run_command([VERIFY_RELAY], sys.argv[1:])\n"
        "print(*sys.modules, file=sys.stderr)\n"
        "sys.exit(status)"
    )
    with serving(AuthServer(command.shown, {USER: CANARY})) as port:
        argv = [sys.executable, "-c", program, *command.arguments(port)]
        argv[argv.index(str(command.password))] = "-"
        done = subprocess.run(argv, cwd=ROOT, input=CANARY, capture_output=True, text=True, check=False)

    assert done.returncode == DONE
    loaded = done.stderr.split()
    assert [module for module in loaded if module.startswith(HEAVY)] == []
    assert leaks_in(done.stdout, done.stderr) == []
