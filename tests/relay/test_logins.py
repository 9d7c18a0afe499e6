"""`verify-relay` against a real Exim: the reference relay passes every check, other people's configurations are seen
through."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.local.pki import Authority, KeyPair
from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from shared.domain.clients.password import generate_password
from shared.workflows.examine import MADE_UP_USERS
from tests.e2e import leaks
from tests.relay.clients import client_file
from tests.relay.conftest import ADDRESS, RunningRelay
from tests.relay.exims import exim

NAME = "mail.example"
USER = "relay-probe"
PASSWORD = generate_password().reveal_for_auth()
VERSION = "0123456789abcdef" * 2
RECIPIENT = "postmaster@example.org"
RECEIVED = " <= "
"""How Exim logs a mail that it took."""

WAYS = ["login-plain-initial", "login-plain-prompted", "login-login-initial", "login-login-prompted"]

RUNBOOK_SHAPE = r"""
begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_advertise_condition = ${if def:tls_in_cipher}
  server_set_id = $auth2
  server_condition = ${if eq {$auth3} {${readfile {USERS/$auth2} {}}}}

login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_advertise_condition = ${if def:tls_in_cipher}
  server_set_id = $auth1
  server_condition = ${if eq {$auth2} {${readfile {USERS/$auth1} {}}}}
"""
"""The user's name becomes a path without a look-up. Exim 4.96 takes it for tainted if it came with AUTH itself."""

IN_CLEAR = r"""
begin authenticators

login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = false
"""


def verify_relay(
    port: int, roots: Path, password: Path | None, capsys: pytest.CaptureFixture[str]
) -> tuple[int, Mapping[str, Mapping[str, str]]]:
    """Return the status and the checks by their names, having seen that no output shows the password."""
    who = ["--user", USER, "--password-file", str(password)] if password is not None else []
    where = ["--address", f"{ADDRESS}:{port}", "--server-name", NAME, "--roots", str(roots)]
    status = main(["verify-relay", "dev", *where, *who, "--recipient", RECIPIENT, "--json"])
    said = capsys.readouterr()
    hidden = [leaks.text("the password", PASSWORD)]
    assert leaks.leaks(hidden, {"output": said.out.encode(), "errors": said.err.encode()}) == []
    return status, {each["name"]: each for each in json.loads(said.out)["checks"]}


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("pki"), "relay")


@pytest.fixture(scope="module")
def pair(authority: Authority) -> KeyPair:
    return authority.issue(NAME, names=[NAME])


def test_the_reference_relay_passes_every_check_by_each_way(
    relay: RunningRelay, password: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = relay.certificate(NAME).bundle
    relay.project("tls", {"default.current": VERSION.encode(), f"default.{VERSION}.pem": bundle})
    relay.project("clients", {USER: client_file(PASSWORD)})

    status, found = verify_relay(relay.port, relay.authority.path, password, capsys)

    assert {name: check["reason"] for name, check in found.items()} == {
        "greeting": "Greeted",
        "starttls": "StartTlsOffered",
        "auth-before-tls": "NoLoginInClear",
        "certificate": "ServesExpected",
        "mail-without-login": "RefusesWithoutLogin",
        **dict.fromkeys(MADE_UP_USERS, "Refused"),
        **dict.fromkeys(WAYS, "Accepted"),
    }
    assert status == ExitCode.DONE
    assert RECEIVED not in relay.log
    assert PASSWORD not in relay.log


def test_a_replica_with_another_password_refuses_each_way_and_is_not_asked_more_than_three_times(
    relay: RunningRelay, password: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = relay.certificate(NAME).bundle
    relay.project("tls", {"default.current": VERSION.encode(), f"default.{VERSION}.pem": bundle})
    relay.project("clients", {USER: client_file("of last year")})

    status, found = verify_relay(relay.port, relay.authority.path, password, capsys)

    assert [found[way]["reason"] for way in WAYS] == ["Refused", "Refused", "Refused", "NotTried"]
    assert status == ExitCode.NOT_AS_IT_SHOULD_BE


def test_a_way_that_exim_taints_is_told_from_the_one_that_works(
    authority: Authority, pair: KeyPair, password: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tempfile.TemporaryDirectory(prefix="users-") as name:
        users = Path(name)
        users.chmod(0o755)
        (users / USER).write_text(PASSWORD)
        with exim(pair, "", RUNBOOK_SHAPE.replace("USERS", name)) as port:
            _, found = verify_relay(port, authority.path, password, capsys)

    assert [found[way]["reason"] for way in WAYS] == ["Tainted", "Accepted", "Tainted", "Accepted"]
    assert [found[way]["status"] for way in WAYS] == ["warning", "ok", "warning", "ok"]
    assert {(found[user]["reason"], found[user]["status"]) for user in MADE_UP_USERS} == {("Tainted", "warning")}


def test_a_login_that_exim_takes_in_clear_is_seen(
    authority: Authority, pair: KeyPair, capsys: pytest.CaptureFixture[str]
) -> None:
    with exim(pair, "", IN_CLEAR) as port:
        status, found = verify_relay(port, authority.path, None, capsys)

    assert (found["auth-before-tls"]["reason"], status) == ("AuthTakenInClear", ExitCode.NOT_AS_IT_SHOULD_BE)


def test_mail_that_exim_takes_from_a_host_that_it_trusts_is_told_with_our_address(
    authority: Authority, pair: KeyPair, capsys: pytest.CaptureFixture[str]
) -> None:
    trusting = "hostlist relay_from_hosts = 127.0.0.1\nacl_smtp_rcpt = relay"
    with exim(pair, trusting, "relay:\n  accept hosts = +relay_from_hosts\n") as port:
        status, found = verify_relay(port, authority.path, None, capsys)

    check = found["mail-without-login"]
    assert (check["reason"], status) == ("AcceptsWithoutLogin", ExitCode.NOT_AS_IT_SHOULD_BE)
    assert "from 127.0.0.1, the address at which the relay sees us" in check["message"]
    assert "among the hosts that it trusts" in check["message"]
