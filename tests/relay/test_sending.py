"""`verify-relay --send-to` through a real Exim: queued, then delivered, deferred, bounced or discarded by its log."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.local.pki import Authority, KeyPair
from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from shared.domain.clients.password import generate_password
from tests.relay.clients import client_file
from tests.relay.conftest import ADDRESS, CONFIGURATION, NO_DELAY, RunningRelay, running
from tests.relay.exims import exim

NAME = "mail.example"
VERSION = "0123456789abcdef" * 2
PROBE_CLIENT, CLIENT = "relaykeeper-probe", "payroll"
PASSWORD = generate_password().reveal_for_auth()
SENDER, RECIPIENT = "payroll@example.net", "someone@example.org"

TAKING = (
    "acl_smtp_rcpt = all\nacl_smtp_data = all",
    "all:\n  accept\nbegin routers\nnowhere:\n  driver = redirect\n  data = :blackhole:",
)
REFUSING = ("acl_smtp_rcpt = none", "none:\n  deny message = no such user")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    return Authority.create(tmp_path_factory.mktemp("pki"), "smarthost").issue(NAME, names=[NAME])


ROUTE = "route_list = * RELAY_SMARTHOST\n"
TO_OURSELVES = "  self = send\n"
"""Exim takes a smarthost at its own address for a loop unless it is told otherwise."""


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference relay's, with one line more."""
    text = CONFIGURATION.read_text()
    assert ROUTE in text
    configuration = tmp_path_factory.mktemp("relaying") / "exim.conf"
    configuration.write_text(text.replace(ROUTE, f"{ROUTE}{TO_OURSELVES}"))
    return configuration


@contextmanager
def relay_to(folder: Path, configuration: Path, smarthost: int | None) -> Iterator[RunningRelay]:
    """A relay to the smarthost at a port, with a client that may send, and its probe client."""
    macros = [f"-DRELAY_SMARTHOST={ADDRESS}::{smarthost}"] if smarthost is not None else []
    with running(folder, configuration, NO_DELAY, *macros) as relay:
        bundle = relay.certificate(NAME).bundle
        relay.project("tls", {"default.current": VERSION.encode(), f"default.{VERSION}.pem": bundle})
        relay.project("clients", dict.fromkeys((PROBE_CLIENT, CLIENT), client_file(PASSWORD)))
        yield relay


def send(
    relay: RunningRelay, user: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, tuple[str, str]]]:
    """Send a message as a user; return the status, and reason and message of each check about it."""
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    status = main(
        [
            *("verify-relay", "dev", "--address", f"{ADDRESS}:{relay.port}", "--server-name", NAME),
            *("--roots", str(relay.authority.path), "--user", user, "--password-file", str(password)),
            *("--send-to", RECIPIENT, "--sender", SENDER, "--log-file", str(relay.folder / "log/mainlog"), "--json"),
        ],
    )
    checks = json.loads(capsys.readouterr().out)["checks"]
    found = {each["name"]: (each["reason"], each["message"]) for each in checks}
    return status, {name: found[name] for name in found if name.startswith("test-message")}


def test_the_message_is_queued_and_delivered_to_the_smarthost(
    folder: Path, configuration: Path, pair: KeyPair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with exim(pair, *TAKING) as smarthost, relay_to(folder / "to", configuration, smarthost) as relay:
        status, found = send(relay, CLIENT, tmp_path, capsys)
    assert (found["test-message"][0], found["test-message-end"][0]) == ("MessageQueued", "MessageDelivered")
    assert f"=> {RECIPIENT}" in found["test-message-end"][1]
    assert status == ExitCode.DONE


def test_a_smarthost_that_refuses_the_recipient_is_a_bounce(
    folder: Path, configuration: Path, pair: KeyPair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with exim(pair, *REFUSING) as smarthost, relay_to(folder / "no", configuration, smarthost) as relay:
        status, found = send(relay, CLIENT, tmp_path, capsys)
    assert found["test-message-end"][0] == "MessageBounced"
    assert "550 no such user" in found["test-message-end"][1]
    assert status == ExitCode.NOT_AS_IT_SHOULD_BE


def test_a_smarthost_that_does_not_listen_is_a_deferral(
    folder: Path, configuration: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as silent:
        silent.bind((ADDRESS, 0))  # and never listens
        with relay_to(folder / "later", configuration, silent.getsockname()[1]) as relay:
            status, found = send(relay, CLIENT, tmp_path, capsys)
    assert found["test-message-end"][0] == "DeliveryDeferred"
    assert "Connection refused" in found["test-message-end"][1]
    assert status == ExitCode.DONE


def test_without_a_smarthost_it_is_discarded_and_the_probe_client_cannot_even_do_that(
    folder: Path, configuration: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with relay_to(folder / "nowhere", configuration, None) as relay:
        status, found = send(relay, CLIENT, tmp_path, capsys)
        assert (found["test-message-end"][0], status) == ("MessageDiscarded", ExitCode.DONE)

        status, found = send(relay, PROBE_CLIENT, tmp_path, capsys)
        assert found == {"test-message": ("SenderRefused", found["test-message"][1])}
        assert "550 5.7.1 relaykeeper-probe exists to test logins and may not send mail" in found["test-message"][1]
        assert status == ExitCode.NOT_AS_IT_SHOULD_BE
        assert relay.log.count(" <= ") == 1
