"""What `ports.Prober` promises, judged by Exim and Postfix as other people configure them."""

import smtplib
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from infra.local.pki import Authority, KeyPair
from shared.adapters.smtp.probe import SmtpProber
from shared.domain.certificates.certificate import Thumbprint, thumbprint
from shared.domain.serving.open_relay import OpenRelayResult
from shared.domain.serving.probe import Probe, ProbeResult
from tests.relay.conftest import ADDRESS
from tests.relay.exims import exim
from tests.relay.postfix import Service, postfix

NAME = "mail.example"
OUR_NAME = "relaykeeper.example.net"
SENDER, RECIPIENT = "monitor@example.net", "postmaster@example.org"
AT_ONCE = 8

EXIMS = {
    "Exim, strict": (
        "acl_smtp_helo = helo\nhelo_verify_hosts = *",
        r"""
helo:
  deny condition = ${if !match {$sender_helo_name} {\N[.:]\N}}
  accept""",
    ),
    "Exim, names only": (
        "acl_smtp_helo = helo",
        r"""
helo:
  deny message = a literal is no name
       condition = ${if match {$sender_helo_name} {\N^\[\N}}
  accept""",
    ),
    "Exim, nobody": ("acl_smtp_helo = helo", "helo:\n  deny message = strangers are not served"),
    "Exim, one session": ("smtp_accept_max_per_host = 1", ""),
    "Exim, client certificates": ("tls_verify_hosts = *\ntls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.2", ""),
    "Exim, slow greeting": ("acl_smtp_connect = greet", "greet:\n  accept delay = 2s"),
}
"""Main options and ACLs."""

AT_ONCE_REFUSED = {"smtpd_delay_reject": "no"}
STRICT = "reject_non_fqdn_helo_hostname, reject_invalid_helo_hostname"
NAMES_ONLY = r"check_helo_access regexp:{{/^\[/ 550 no literals}}"
OPEN = {"mynetworks": "0.0.0.0/0", "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination"}

POSTFIXES = {
    "Postfix, strict": Service({"smtpd_helo_restrictions": STRICT, **AT_ONCE_REFUSED}),
    "Postfix, strict at RCPT": Service({"smtpd_helo_restrictions": STRICT}),
    "Postfix, known names": Service({"smtpd_helo_restrictions": "reject_unknown_helo_hostname", **AT_ONCE_REFUSED}),
    "Postfix, names only": Service({"smtpd_helo_restrictions": NAMES_ONLY, **AT_ONCE_REFUSED}),
    "Postfix, nobody": Service({"smtpd_helo_restrictions": "reject", **AT_ONCE_REFUSED}),
    "Postfix, one session": Service({"smtpd_client_connection_count_limit": "1"}),
    "Postfix, client certificates": Service(
        {
            "smtpd_tls_security_level": "encrypt",
            "smtpd_tls_req_ccert": "yes",
            "smtpd_tls_mandatory_protocols": "TLSv1.2",
        }
    ),
    "Postfix, open": Service(
        {"smtpd_sender_restrictions": "check_sender_access inline:{{<> = REJECT no bounces}}", **OPEN}
    ),
    "Postfix, open, names only at RCPT": Service({"smtpd_helo_restrictions": NAMES_ONLY, **OPEN}),
    "Postfix, open, nobody at RCPT": Service({"smtpd_helo_restrictions": "reject", **OPEN}),
    "postscreen": Service({"postscreen_greet_wait": "2s"}, "postscreen"),
    "postscreen, deep tests": Service(
        {"postscreen_greet_wait": "1s", "postscreen_pipelining_enable": "yes"}, "postscreen"
    ),
}


class Servers:
    """Every server, each started when it is first asked for."""

    def __init__(self, stack: ExitStack, pair: KeyPair) -> None:
        self._stack = stack
        self._pair = pair
        self._ports: dict[str, int] = {}

    def port(self, name: str) -> int:
        if name not in self._ports and name in EXIMS:
            self._ports[name] = self._stack.enter_context(exim(self._pair, *EXIMS[name]))
        elif name not in self._ports:
            self._ports |= self._stack.enter_context(postfix(self._pair, POSTFIXES)).ports
        return self._ports[name]

    def question(self, name: str, seconds: float = 10.0) -> Probe:
        return Probe("mailrelay-0", ADDRESS, self.port(name), NAME, helo=OUR_NAME, seconds=seconds)

    @property
    def thumbprint(self) -> Thumbprint:
        return thumbprint(ssl.PEM_cert_to_DER_cert(self._pair.certificate.read_text()))


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield Servers(stack, Authority.create(folder, "strangers").issue(NAME, names=[NAME]))


def ask(*questions: Probe) -> list[ProbeResult]:
    return list(SmtpProber().probe(questions))


def offer(question: Probe) -> OpenRelayResult:
    [offer] = SmtpProber().check_open_relay([question], RECIPIENT, SENDER)
    return offer


@contextmanager
def stranger(port: int) -> Iterator[None]:
    """Somebody at our address who has the only session."""
    with smtplib.SMTP(ADDRESS, port, timeout=10):
        yield


@pytest.mark.parametrize(
    "server",
    [
        "Exim, strict",
        "Exim, names only",
        "Exim, client certificates",
        "Postfix, strict",
        "Postfix, known names",
        "Postfix, names only",
        "Postfix, client certificates",
        "postscreen",
    ],
)
def test_the_certificate_is_got(servers: Servers, server: str) -> None:
    [answer] = ask(servers.question(server))
    assert (answer.thumbprint, answer.failure, answer.inconclusive) == (servers.thumbprint, "", None)


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("Exim, nobody", "550 strangers are not served"),
        ("Postfix, nobody", f"554 5.7.1 <{OUR_NAME}>: Helo command rejected: Access denied"),
    ],
)
def test_a_server_that_takes_nothing_that_we_say_turns_us_away_in_its_words(
    servers: Servers, server: str, words: str
) -> None:
    [answer] = ask(servers.question(server))
    assert (answer.thumbprint, answer.inconclusive) == (None, "TurnedAway")
    assert words in answer.failure


@pytest.mark.parametrize("server", ["Exim, one session", "Postfix, one session"])
def test_a_server_of_one_session_a_client_answers_all_that_is_asked_at_once(servers: Servers, server: str) -> None:
    answers = ask(*[servers.question(server)] * AT_ONCE)
    assert [answer.thumbprint for answer in answers] == [servers.thumbprint] * AT_ONCE


@pytest.mark.parametrize(
    ("server", "words"),
    [("Exim, one session", "Too many concurrent SMTP connections"), ("Postfix, one session", "too many connections")],
)
def test_a_server_whose_only_session_is_taken_is_busy_within_the_time_given(
    servers: Servers, server: str, words: str
) -> None:
    with stranger(servers.port(server)):
        began = time.monotonic()
        [answer] = ask(servers.question(server, seconds=2))
        assert time.monotonic() - began < 3

    assert (answer.thumbprint, answer.inconclusive) == (None, "Busy")
    assert "421" in answer.failure
    assert words in answer.failure


def test_a_slow_greeting_is_waited_for_as_long_as_is_given(servers: Servers) -> None:
    [soon] = ask(servers.question("Exim, slow greeting", seconds=1))
    [late] = ask(servers.question("Exim, slow greeting", seconds=6))

    assert soon.thumbprint is None
    assert "no greeting within 1 s" in soon.failure
    assert late.thumbprint == servers.thumbprint


@pytest.mark.parametrize(
    ("server", "verdict", "words"),
    [
        ("Postfix, strict at RCPT", "refused", "Relay access denied"),
        ("Postfix, open", "accepted", "Ok"),
        ("Postfix, open, names only at RCPT", "accepted", "Ok"),
        ("Postfix, open, nobody at RCPT", "unknown", "Helo command rejected"),
        ("postscreen, deep tests", "unknown", "Service currently unavailable"),
    ],
)
def test_only_a_refusal_to_relay_counts_as_one(servers: Servers, server: str, verdict: str, words: str) -> None:
    offered = offer(servers.question(server))
    assert offered.verdict == verdict
    assert words in offered.message
