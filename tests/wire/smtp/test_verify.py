"""The command `verify` against servers on loopback: what it finds, what it asks, and what it keeps to itself."""

import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from shared.adapters.smtp import ask_server
from shared.adapters.smtp.tls import settings_for
from tests.e2e import leaks
from tests.fakes.leaves import Signer
from tests.wire.smtp.auth_servers import AuthServer
from tests.wire.smtp.mail_servers import taking
from tests.wire.smtp.servers import (
    HOST,
    Script,
    Shown,
    relay,
    says,
    serving,
    up_to_starttls,
    wait_for_end,
)
from tests.wire.smtp.test_hostile import cut, drip, endless, junk_in_the_handshake

ROOT = Path(__file__).parents[3]
NAME, USER, CANARY = "mail.example.net", "payroll", "canary-that-must-not-sing"
AMPLE, SHORT = ["--timeout", "30"], ["--timeout", "3"]
"""Of the command: for servers in order, and for those that never answer."""
SLACK = 4.0
"""Seconds that a farewell, and a busy machine, may add."""

HEAVY = ("azure", "kubernetes", "acme", "requests", "pydantic", "rich", "shared.inventory", "shared.compose", "dns")

type Checks = Mapping[str, tuple[str, str]]


class Command:
    """A server's certificate, the file of its root, and the file of a user's password."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.shown = Shown(NAME, folder, now=datetime.now(UTC))
        self.roots, self.password = folder / "roots.pem", folder / "password"
        self.trust(self.shown)
        self.password.write_text(f"{CANARY}\n")

    def trust(self, shown: Shown) -> None:
        self.roots.write_bytes(shown.root.public_bytes(Encoding.PEM))

    def run(self, script: Script, *more: str) -> tuple[int, str, str]:
        """Verify a server; return exit code, output and errors."""
        with serving(script) as port:
            return self.ask(f"{HOST}:{port}", "--sni", NAME, *more)

    def ask(self, *arguments: str) -> tuple[int, str, str]:
        code = main(["verify", "--roots", str(self.roots), *AMPLE, *arguments])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def checks(self, script: Script, *more: str) -> tuple[int, Checks]:
        """Return exit code, and status and reason by check."""
        code, out, _ = self.run(script, "--json", *more)
        [address] = json.loads(out)["addresses"]
        return code, {each["name"]: (each["status"], each["reason"]) for each in address["checks"]}

    def log_in(self, server: AuthServer, *more: str) -> tuple[int, Mapping[str, Any], str]:
        """Verify with a login; return exit code, the check `login`, and all that was printed."""
        code, out, err = self.run(server, "--json", "--user", USER, "--password-file", str(self.password), *more)
        [login] = [each for each in json.loads(out)["addresses"][0]["checks"] if each["name"] == "login"]
        return code, login, out + err


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, capsys)


def leaks_in(*texts: str) -> list[str]:
    canary = leaks.text("the password", CANARY)
    return leaks.leaks([canary], {str(place): text.encode() for place, text in enumerate(texts)})


def test_a_server_in_order_is_all_ok(command: Command) -> None:
    server = AuthServer(command.shown)
    code, checks = command.checks(server)

    assert {status for status, _ in checks.values()} == {"ok"}
    assert list(checks) == [
        "greeting",
        "starttls",
        "auth-before-tls",
        "capabilities",
        "tls-versions",
        "key-exchange",
        "certificate",
        "name",
        "chain",
        "expiry",
        "without-sni",
        "wrong-sni",
    ]
    assert code == ExitCode.DONE
    assert server.said.count("STARTTLS") == 5
    assert not any(line.startswith(("AUTH", "MAIL", "DATA")) for line in server.said)


def test_what_was_agreed_on_is_read_from_the_wire(command: Command) -> None:
    command.shown.tls.set_ecdh_curve("secp384r1")
    _, out, _ = command.run(AuthServer(command.shown), "--json")
    [address] = json.loads(out)["addresses"]
    assert (address["tls"]["version"], address["tls"]["group"]) == ("1.3", "P-384")
    assert address["tls"]["versions"] == {"1.3": "accepted", "1.2": "accepted", "1.1": "refused", "1.0": "refused"}


HOSTILE: Mapping[str, tuple[Script, str, tuple[str, str], int]] = {
    "silence": (says(""), "greeting", ("failed", "NotGreeted"), 1),
    "garbage": (says("\x00\x1b[2J\x07" * 50 + "\r\n"), "greeting", ("failed", "NotGreeted"), 1),
    "another protocol": (says("HTTP/1.1 400 Bad Request\r\n"), "greeting", ("failed", "NotGreeted"), 1),
    "endless banner": (endless(b"220-welcome\r\n" * 64), "greeting", ("failed", "NotGreeted"), 1),
    "drip": (drip(b"220-"), "greeting", ("failed", "NotGreeted"), 1),
    "cut at once": (lambda connection: connection.close(), "greeting", ("failed", "NotGreeted"), 1),
    "busy": (says("421 too many connections\r\n"), "greeting", ("unknown", "ServerBusy"), 3),
    "turned away": (says("554 no SMTP service here\r\n"), "greeting", ("unknown", "TurnedAway"), 3),
    "huge EHLO": (up_to_starttls("", extensions="250-X\r\n" * 1000), "greeting", ("failed", "NotGreeted"), 1),
    "no STARTTLS": (taking(), "starttls", ("failed", "StartTlsNotOffered"), 1),
    "refuses STARTTLS": (up_to_starttls("454 not now\r\n"), "starttls", ("failed", "StartTlsRefused"), 1),
    "hangs after STARTTLS": (up_to_starttls(""), "starttls", ("failed", "StartTlsRefused"), 1),
    "bytes before TLS": (
        up_to_starttls("220 go\r\n250 injected\r\n"),
        "starttls",
        ("failed", "StartTlsRefused"),
        1,
    ),
    "clear text in place of TLS": (
        up_to_starttls("220 go\r\n", then=says("554 Security failure\r\n")),
        "handshake",
        ("failed", "NoHandshake"),
        1,
    ),
    "cut in the handshake": (up_to_starttls("220 go\r\n", then=cut), "handshake", ("failed", "NoHandshake"), 1),
    "junk in the handshake": (
        up_to_starttls("220 go\r\n", then=junk_in_the_handshake),
        "handshake",
        ("failed", "NoHandshake"),
        1,
    ),
    "silence in the handshake": (up_to_starttls("220 go\r\n"), "handshake", ("failed", "NoHandshake"), 1),
}


@pytest.mark.parametrize(("script", "check", "verdict", "code"), HOSTILE.values(), ids=HOSTILE.keys())
def test_an_unfriendly_server_is_a_verdict_in_time(
    command: Command, script: Script, check: str, verdict: tuple[str, str], code: int
) -> None:
    began = time.monotonic()
    ended, checks = command.checks(script, *SHORT)
    assert time.monotonic() - began < 3 + SLACK
    assert (ended, checks[check]) == (code, verdict)


def test_a_server_that_answers_in_clear_after_starttls_is_quoted(command: Command) -> None:
    _, out, _ = command.run(up_to_starttls("220 go\r\n", then=says("554 Security failure\r\n")))
    assert "FAIL  handshake        an answer in clear in place of the handshake: 554 Security failure\n" in out


def test_where_tls_comes_first_a_busy_server_that_says_so_in_clear_is_busy(command: Command) -> None:
    code, checks = command.checks(says("421 too many connections\r\n"), "--tls", *SHORT)
    assert (code, checks["handshake"]) == (ExitCode.UNAVAILABLE, ("unknown", "ServerBusy"))


def test_another_server_behind_the_same_address_without_starttls_is_found(command: Command) -> None:
    with serving(AuthServer(command.shown), taking()) as port:
        code, out, _ = command.ask(f"{HOST}:{port}", "--sni", NAME, "--json")
    checks = {each["name"]: each for each in json.loads(out)["addresses"][0]["checks"]}
    assert checks["starttls"]["status"] == "ok"
    assert (checks["without-sni"]["status"], checks["without-sni"]["message"]) == ("failed", "STARTTLS is not offered")
    assert code == ExitCode.NOT_AS_IT_SHOULD_BE


def test_nothing_that_a_server_says_moves_the_cursor(command: Command) -> None:
    evil = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202eevil"
    script = up_to_starttls("", extensions=f"250-{evil}\r\n250-AUTH {evil} PLAIN\r\n250 {evil}\r\n")

    def greet(connection: socket.socket) -> None:
        connection.sendall(f"220 {evil} ESMTP {evil}\r\n".encode())
        connection.recv(1024)
        connection.sendall(f"250-{evil}\r\n250-AUTH {evil} PLAIN\r\n250 {evil}\r\n".encode())
        wait_for_end(connection)

    for server in (greet, script, says(f"554 {evil}\r\n")):
        _, out, err = command.run(server, *SHORT)
        assert all(line.isprintable() for line in (out + err).splitlines())


def test_auth_in_clear_is_a_failure_and_no_password_is_sent_for_it(command: Command) -> None:
    server = AuthServer(command.shown, {USER: CANARY}, clear="PLAIN LOGIN", takes_clear=True)
    code, checks = command.checks(server)
    assert (code, checks["auth-before-tls"]) == (ExitCode.NOT_AS_IT_SHOULD_BE, ("failed", "AuthOfferedInClear"))
    assert not any(line.startswith("AUTH") for line in server.said)


def old_server(command: Command, version: ssl.TLSVersion) -> Script:
    command.shown.tls.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        command.shown.tls.minimum_version = version
    return AuthServer(command.shown)


def test_old_versions_that_are_accepted_are_a_warning(command: Command) -> None:
    code, checks = command.checks(old_server(command, ssl.TLSVersion.TLSv1))
    assert (code, checks["tls-versions"]) == (ExitCode.DONE, ("warning", "OldTlsAccepted"))


def test_a_server_that_knows_old_versions_alone_is_a_failure_whose_cause_is_found(command: Command) -> None:
    script = old_server(command, ssl.TLSVersion.TLSv1)
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        command.shown.tls.maximum_version = ssl.TLSVersion.TLSv1_1
    code, checks = command.checks(script)
    assert code == ExitCode.NOT_AS_IT_SHOULD_BE
    assert checks["handshake"] == ("failed", "NoHandshake")
    assert checks["tls-versions"] == ("failed", "NoModernTls")


def test_a_library_that_cannot_offer_old_versions_says_so(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        ask_server, "settings_for", lambda low, high: None if low < ssl.TLSVersion.TLSv1_2 else settings_for(low, high)
    )
    code, checks = command.checks(AuthServer(command.shown))
    assert (code, checks["tls-versions"]) == (ExitCode.DONE, ("ok", "OldTlsNotAsked"))


def test_a_certificate_for_another_name(command: Command) -> None:
    code, checks = command.checks(AuthServer(Shown("other.example.net", command.folder, now=datetime.now(UTC))))
    assert (code, checks["name"]) == (ExitCode.NOT_AS_IT_SHOULD_BE, ("failed", "NameNotInCertificate"))


def test_a_certificate_that_has_expired(command: Command) -> None:
    expired = Shown(NAME, command.folder, now=datetime.now(UTC) - timedelta(days=100))
    command.trust(expired)
    code, checks = command.checks(AuthServer(expired))
    assert (code, checks["expiry"]) == (ExitCode.NOT_AS_IT_SHOULD_BE, ("failed", "Expired"))
    assert checks["chain"] == ("ok", "ChainTrusted")


def test_a_missing_intermediate_and_a_self_signed_certificate(command: Command) -> None:
    command.trust(Shown("elsewhere", command.folder, now=datetime.now(UTC)))
    code, checks = command.checks(AuthServer(command.shown))
    assert (code, checks["chain"]) == (ExitCode.NOT_AS_IT_SHOULD_BE, ("failed", "IssuerMissing"))


def test_an_extra_certificate_is_a_warning(command: Command) -> None:
    stranger = Signer("Stranger", now=datetime.now(UTC)).certificate
    shown = Shown(NAME, command.folder, [stranger], now=datetime.now(UTC))
    command.trust(shown)
    code, checks = command.checks(AuthServer(shown))
    assert (code, checks["chain"]) == (ExitCode.DONE, ("warning", "ExtraCertificates"))


def test_further_names_no_name_and_a_wrong_one_are_asked_for(command: Command) -> None:
    other = Shown("other.example.net", command.folder, now=datetime.now(UTC))
    asked: list[str | None] = []
    script = relay(other, (NAME, command.shown))
    choose = other.tls.sni_callback

    def note(encrypted: Any, name: str | None, settings: ssl.SSLContext) -> None:
        asked.append(name)
        choose(encrypted, name, settings)  # type: ignore[misc, arg-type]

    other.tls.sni_callback = note
    code, checks = command.checks(script, "--sni", "third.example.net")
    assert code == ExitCode.NOT_AS_IT_SHOULD_BE
    assert checks["name"] == ("ok", "NameInCertificate")
    assert checks["sni"] == ("failed", "NameNotServed")
    assert checks["without-sni"] == ("warning", "OtherCertificate")
    assert checks["wrong-sni"] == ("ok", "OtherCertificate")
    assert {NAME, "third.example.net", None} < set(asked)


def test_a_server_that_wants_sni_is_a_warning_and_one_that_refuses_a_wrong_one_is_not(command: Command) -> None:
    def choose(_: Any, name: str | None, __: ssl.SSLContext) -> int | None:
        return None if name == NAME else ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    command.shown.tls.sni_callback = choose
    code, checks = command.checks(AuthServer(command.shown))
    assert code == ExitCode.DONE
    assert checks["without-sni"] == ("warning", "SniNeeded")
    assert checks["wrong-sni"] == ("ok", "SniRefused")


def tls_first(shown: Shown) -> Script:
    """Be a server where TLS comes first."""

    def script(connection: socket.socket) -> None:
        with shown.tls.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.sendall(b"220 relay ESMTP\r\n")
            while encrypted.recv(1024):
                encrypted.sendall(b"250 relay\r\n")

    return script


def test_where_tls_comes_first_it_is_examined_with_tls(command: Command) -> None:
    code, checks = command.checks(tls_first(command.shown), "--tls")
    assert (code, checks["greeting"]) == (ExitCode.DONE, ("ok", "Greeted"))
    assert "starttls" not in checks


def test_without_tls_it_is_found_out_in_a_moment(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask_server, "SILENCE", 0.1)
    _, out, _ = command.run(tls_first(command.shown))
    assert "no greeting, but an answer to a TLS ClientHello" in out
    assert "This looks like a port where TLS comes first: add --tls." in out


def test_without_tls_it_is_found_out_in_a_short_time_too(command: Command) -> None:
    code, checks = command.checks(tls_first(command.shown), *SHORT)
    assert (code, checks["greeting"]) == (ExitCode.NOT_AS_IT_SHOULD_BE, ("failed", "TlsComesFirst"))


def test_tls_where_the_server_greets_in_clear_is_found_out(command: Command) -> None:
    code, out, _ = command.run(says("220 relay ESMTP\r\n"), "--tls")
    assert code == ExitCode.NOT_AS_IT_SHOULD_BE
    assert "omit --tls" in out


def test_mail_without_a_login_is_offered_only_if_told_to_and_never_sent(command: Command) -> None:
    server = AuthServer(command.shown)
    code, checks = command.checks(server, "--recipient", "postmaster@example.org", "--sender", "me@example.net")
    assert (code, checks["mail-without-login"]) == (ExitCode.DONE, ("ok", "RefusesWithoutLogin"))
    assert "MAIL FROM:<me@example.net>" in server.said
    assert "DATA" not in server.said


def test_an_open_relay_is_a_failure(command: Command) -> None:
    code, out, _ = command.run(taking(command.shown), "--recipient", "postmaster@example.org")
    assert "FAIL  mail-without-login  takes mail without a login" in out
    assert "If this server takes the mail of example.org, it had to accept: name an address elsewhere." in out
    assert code == ExitCode.NOT_AS_IT_SHOULD_BE


@pytest.mark.parametrize(
    ("offered", "said"), [("PLAIN LOGIN", "AUTH PLAIN "), ("LOGIN", "AUTH LOGIN"), ("XOAUTH2", "")]
)
def test_one_login_is_tried_by_plain_or_else_by_login(command: Command, offered: str, said: str) -> None:
    server = AuthServer(command.shown, {USER: CANARY}, offered=offered)
    code, login, printed = command.log_in(server)

    assert [line for line in server.said if line.startswith("AUTH")] == [
        line for line in server.said if said and line.startswith(said)
    ]
    assert (code, login["reason"]) == ((0, "Accepted") if said else (1, "NotOffered"))
    assert leaks_in(printed) == []


def test_a_wrong_password_is_a_failure_and_a_server_that_repeats_it_is_not_quoted(command: Command) -> None:
    server = AuthServer(command.shown, replies={"PLAIN+": f"535 the password {CANARY} is wrong"})
    code, login, printed = command.log_in(server)
    assert (code, login["status"], login["reason"]) == (ExitCode.NOT_AS_IT_SHOULD_BE, "failed", "Refused")
    assert leaks_in(printed) == []


def test_a_server_whose_certificate_is_refused_gets_no_password(command: Command) -> None:
    (command.folder / "thief").mkdir()
    thief = AuthServer(Shown(NAME, command.folder / "thief", now=datetime.now(UTC)), {USER: CANARY})
    code, login, printed = command.log_in(thief)
    assert (code, login["status"], login["reason"]) == (ExitCode.NOT_AS_IT_SHOULD_BE, "unknown", "NotTried")
    assert leaks_in(printed, *thief.heard) == []


def test_a_server_that_shows_another_certificate_in_the_session_of_the_login_gets_no_password(
    command: Command,
) -> None:
    (command.folder / "thief").mkdir()
    honest, thief = AuthServer(command.shown), AuthServer(Shown(NAME, command.folder / "thief", now=datetime.now(UTC)))
    with serving(*[honest] * 5, thief) as port:
        where = [f"{HOST}:{port}", "--sni", NAME, "--json"]
        code, out, err = command.ask(*where, "--user", USER, "--password-file", str(command.password))
    login = json.loads(out)["addresses"][0]["checks"][-1]
    assert (code, login["reason"]) == (ExitCode.NOT_AS_IT_SHOULD_BE, "WrongServer")
    assert leaks_in(out, err, *thief.heard, *honest.heard) == []


@pytest.fixture
def two_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every name be at 127.0.0.1 and 127.0.0.2."""

    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        addresses = [host] if host[:1].isdigit() else [HOST, "127.0.0.2", HOST]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.usefixtures("two_addresses")
def test_each_address_of_the_name_is_examined_once(command: Command) -> None:
    with serving(AuthServer(command.shown)) as port:
        code, out, _ = command.ask(f"{NAME}:{port}", "--json")
    first, second = json.loads(out)["addresses"]
    assert (first["address"], second["address"]) == (HOST, "127.0.0.2")
    assert first["checks"][0]["reason"] == "Greeted"
    assert [each["reason"] for each in second["checks"]] == ["ConnectionRefused"]
    assert code == ExitCode.NOT_AS_IT_SHOULD_BE


@pytest.mark.usefixtures("two_addresses")
def test_after_a_refusal_no_other_address_gets_the_password(command: Command) -> None:
    server = AuthServer(command.shown)
    with serving(server, address="0.0.0.0") as port:  # noqa: S104, both addresses of the name
        arguments = ["--user", USER, "--password-file", str(command.password), "--json"]
        _, out, _ = command.ask(f"{NAME}:{port}", *arguments)
    logins = [address["checks"][-1]["reason"] for address in json.loads(out)["addresses"]]
    assert logins == ["Refused", "NotTried"]
    assert len([line for line in server.said if line.startswith("AUTH")]) == 1


def test_where_nobody_listens_is_the_exit_code_of_the_network(command: Command) -> None:
    with serving(says("")) as port:
        pass
    code, out, _ = command.ask(f"{HOST}:{port}")
    assert code == ExitCode.NETWORK
    assert "FAIL  connect  connection refused" in out


def test_a_name_that_does_not_resolve_is_said_with_what_to_do(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    code, out, err = command.ask("mail.exmaple.net")
    assert (code, out) == (ExitCode.NETWORK, "")
    assert err == (
        "relaykeeper: mail.exmaple.net does not resolve: name or service not known. Check the spelling. "
        "A domain's mail servers are its MX records: dig +short MX mail.exmaple.net\n"
    )
    code, out, _ = command.ask("mail.exmaple.net", "--json")
    assert (code, json.loads(out)["exit_code"], json.loads(out)["addresses"]) == (ExitCode.NETWORK, 5, [])


def test_the_time_out_ends_it_and_what_was_found_is_printed(command: Command) -> None:
    slow = AuthServer(command.shown)
    with serving(slow, up_to_starttls("220 go\r\n")) as port:
        began = time.monotonic()
        code, out, err = command.ask(f"{HOST}:{port}", "--sni", NAME, "--timeout", "2")
        taken = time.monotonic() - began
    assert code == ExitCode.UNAVAILABLE
    assert "ok       expiry" in out
    assert taken < 2 + SLACK
    assert "not everything was answered within 2 s" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["me@example.org"], "dig +short MX"),
        (["smtp://mail.example.net"], "write 'mail.example.net'"),
        (["mail.example.net:99999"], "from 1 to 65535"),
        (["mail.example.net", "--starttls", "imap"], "can only be smtp"),
        (["mail.example.net", "--json", "--prometheus"], "exclude each other"),
        (["mail.example.net", "--timeout", "0"], "from 1 to 3600"),
        (["mail.example.net", "--timeout", "nan"], "from 1 to 3600"),
        (["mail.example.net", "--expires-within", "soon"], "like 21d, 48h or 3w"),
        (["mail.example.net", "--sender", "a@example.org"], "add --recipient"),
        (["mail.example.net", "--recipient", "a@b.example>\r\nDATA"], "--recipient cannot be"),
        (["mail.example.net", "--recipient", "me@EXAMPLE.net"], "must be an address elsewhere"),
        (["mail.example.net", "--helo", "a b"], "--helo cannot be"),
        (["mail.example.net", "--password-file", "x"], "add --user"),
        (["127.0.0.1", "--user", "payroll"], "add --sni NAME"),
        (["mail.example.net", "--user", "payroll"], "no terminal to ask"),
        (["mail.example.net", "--roots", "/dev/null"], "--roots must name a PEM file"),
    ],
)
def test_what_does_not_fit_together_is_a_usage_error_that_says_what_to_write(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", *arguments]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err


def test_no_password_at_the_prompt_is_a_usage_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def leave(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", leave)
    assert main(["verify", NAME, "--user", USER]) == ExitCode.USAGE
    assert "no password was given" in capsys.readouterr().err


def test_names_beyond_the_terminals_alphabet_are_printed_all_the_same(command: Command) -> None:
    foreign = Signer("Česká CA", now=datetime.now(UTC)).certificate
    shown = Shown(NAME, command.folder, [foreign], now=datetime.now(UTC))
    command.trust(shown)
    with serving(AuthServer(shown)) as port:
        arguments = ["verify", f"{HOST}:{port}", "--sni", NAME, "--roots", str(command.roots)]
        done = subprocess.run(
            [sys.executable, "-m", "relaykeeper", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == ExitCode.DONE
    assert r"\u010cesk\xe1 CA" in done.stdout


def test_a_password_is_no_argument_and_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--password", CANARY], [f"--password={CANARY}"]):
        assert main(["verify", NAME, "--user", USER, *arguments]) == ExitCode.USAGE
        said = capsys.readouterr()
        assert leaks_in(said.out, said.err) == []


def test_it_runs_without_the_packages_of_azure_kubernetes_the_inventory_and_tables(command: Command) -> None:
    program = (
        "import sys; from relaykeeper.__main__ import main\n"
        "status = main(sys.argv[1:])\n"
        "print(*sys.modules, file=sys.stderr)\n"
        "sys.exit(status)"
    )
    with serving(AuthServer(command.shown)) as port:
        arguments = ["verify", f"{HOST}:{port}", "--sni", NAME, "--roots", str(command.roots)]
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.returncode == ExitCode.DONE
    assert [module for module in done.stderr.split() if module.split(".")[0] in HEAVY or module in HEAVY] == []


def test_nothing_slow_is_imported_before_the_first_packet() -> None:
    program = "import sys, relaykeeper.verify.start; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"cryptography", "ssl", "dns", "typer", "relaykeeper.verify.run"} & set(done.stdout.split()) == set()
