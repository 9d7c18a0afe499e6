"""The reference relay's probe client: it may log in, by each of the four ways, and send nothing to anybody."""

import os
import smtplib
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.adapters.smtp.probe import SmtpProber
from shared.domain.clients.login import WAYS, ExpectedServer, Login
from shared.domain.clients.password import generate_password
from shared.domain.serving.probe import Probe
from shared.trusted_roots import read_roots
from tests.relay.clients import authenticate, client_file, secured_session
from tests.relay.conftest import ADDRESS, CONFIGURATION, NO_DELAY, RunningRelay, running

NAME = "mail.example"
VERSION = "0123456789abcdef" * 2
PROBE_CLIENT, CLIENT = "relaykeeper-probe", "payroll"
PASSWORD = generate_password()
ACCEPTED, OK, REFUSED = 235, 250, 550

LOGIN_RULE = "accept  authenticated = *"
TRUSTING_RULES = """\
accept  hosts = +relay_from_hosts
  accept  authenticated = *"""
"""As relays have it that take mail from some networks without a login."""


@pytest.fixture(scope="module")
def relay(relay: RunningRelay) -> RunningRelay:
    return supplied(relay)


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[RunningRelay]:
    """The reference relay, if it took mail from us without a login, with another name for its probe client."""
    text = CONFIGURATION.read_text()
    assert LOGIN_RULE in text
    configuration = tmp_path_factory.mktemp("trusting") / "exim.conf"
    configuration.write_text("hostlist relay_from_hosts = 127.0.0.0/8\n" + text.replace(LOGIN_RULE, TRUSTING_RULES))
    with running(folder / "trusting", configuration, NO_DELAY, f"-DRELAY_PROBE_CLIENT={CLIENT}") as relay:
        yield supplied(relay)


def supplied(relay: RunningRelay) -> RunningRelay:
    bundle = relay.certificate(NAME).bundle
    relay.project("tls", {"default.current": VERSION.encode(), f"default.{VERSION}.pem": bundle})
    relay.project("clients", dict.fromkeys((PROBE_CLIENT, CLIENT), client_file(PASSWORD.reveal_for_auth(), "before")))
    return relay


def offer(relay: RunningRelay, user: str | None) -> tuple[tuple[int, bytes], tuple[int, bytes]]:
    """Offer a mail, as a user or as nobody; return the replies to MAIL and to RCPT."""
    with secured_session(relay, ADDRESS) as session:
        if user is not None:
            assert authenticate(session, user, PASSWORD.reveal_for_auth()) == ACCEPTED
        return session.mail("someone@example.org"), session.rcpt("other@example.net")


def test_it_logs_in_by_each_of_the_four_ways(relay: RunningRelay) -> None:
    roots = read_roots(relay.authority.path, "the relay", "")
    expected = ExpectedServer(NAME, datetime.now(UTC), roots)
    probe = Probe("mailrelay-0", ADDRESS, relay.port, NAME)
    results = SmtpProber().log_in([Login(probe, PROBE_CLIENT, PASSWORD, way, expected) for way in WAYS])
    assert [result.reason for result in results] == ["Accepted"] * 4


def test_it_is_refused_at_mail_by_name_and_another_client_is_not(relay: RunningRelay) -> None:
    refusal, _ = offer(relay, PROBE_CLIENT)
    assert refusal == (REFUSED, b"5.7.1 relaykeeper-probe exists to test logins and may not send mail")
    assert [code for code, _ in offer(relay, CLIENT)] == [OK, OK]


def test_it_is_refused_where_anybody_else_may_send_too(trusting: RunningRelay) -> None:
    assert [code for code, _ in offer(trusting, None)] == [OK, OK]
    assert [code for code, _ in offer(trusting, PROBE_CLIENT)] == [OK, OK]  # here it is a client like any other
    assert offer(trusting, CLIENT)[0][0] == REFUSED
    with secured_session(trusting, ADDRESS) as session:
        authenticate(session, CLIENT, PASSWORD.reveal_for_auth())
        for sender in ("", "postmaster@mail.example"):
            assert session.mail(sender)[0] == REFUSED
        assert session.rcpt("postmaster")[0] >= 500
        with pytest.raises(smtplib.SMTPDataError):
            session.data("Subject: not this way\r\n\r\n")
    assert "<= someone@example.org" not in trusting.log


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_swaks_says_so_too(relay: RunningRelay, mechanism: str) -> None:
    def swaks(user: str, until: str) -> str:
        return subprocess.run(
            [
                "swaks",
                *("--server", f"{ADDRESS}:{relay.port}", "--tls", "--auth", mechanism, "--auth-user", user),
                *("--from", "someone@example.org", "--to", "other@example.net", "--quit-after", until),
            ],
            env={**os.environ, "SWAKS_OPT_auth_password": PASSWORD.reveal_for_auth()},
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    assert "<~  235 Authentication succeeded" in swaks(PROBE_CLIENT, "AUTH")
    assert "<~* 550 5.7.1 relaykeeper-probe exists to test logins and may not send mail" in swaks(PROBE_CLIENT, "RCPT")
    assert "<~  250 Accepted" in swaks(CLIENT, "RCPT")
