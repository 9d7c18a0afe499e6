"""A look before TLS tells whether a relay offers a login in clear, and takes one, without giving any credentials."""

from pathlib import Path

import pytest

from shared.adapters.smtp.probe import SmtpProber
from shared.domain.clients.plaintext import PlaintextResult
from tests.wire.smtp.auth_servers import AuthServer
from tests.wire.smtp.servers import Script, Shown, question, says, serving, up_to_starttls
from tests.wire.smtp.test_hostile import HOSTILE, SECONDS

EHLO = "EHLO [127.0.0.1]"


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown("mail.example.net", tmp_path)


def look(script: Script) -> PlaintextResult:
    with serving(script) as port:
        [result] = SmtpProber(SECONDS).check_plaintext([question(port)])
        assert result.probe == question(port)
    return result


def test_a_relay_that_keeps_logins_for_tls_neither_offers_nor_takes_one(shown: Shown) -> None:
    server = AuthServer(shown)
    result = look(server)

    assert (result.starttls, result.offered, result.taken, result.failure) == (True, (), (), "")
    assert (result.greeting, result.seen_address) == ("220 relay ESMTP ready", "127.0.0.9")
    assert server.said == [EHLO, "AUTH PLAIN", "AUTH LOGIN", "QUIT"]


def test_a_login_that_is_offered_in_clear_is_seen_though_it_is_not_taken(shown: Shown) -> None:
    result = look(AuthServer(shown, clear="PLAIN LOGIN"))
    assert (result.offered, result.taken) == (("PLAIN", "LOGIN"), ())


def test_a_login_that_is_taken_in_clear_is_seen_though_it_is_not_offered_and_is_cancelled(shown: Shown) -> None:
    server = AuthServer(shown, takes_clear=True)
    result = look(server)

    assert (result.offered, result.taken) == ((), ("PLAIN", "LOGIN"))
    assert server.said == [EHLO, "AUTH PLAIN", "*", "AUTH LOGIN", "*", "QUIT"]


def test_the_old_spelling_of_auth_is_read_too() -> None:
    result = look(up_to_starttls("", extensions="250-relay\r\n250-AUTH=LOGIN\r\n250 auth plain Login\r\n"))
    assert (result.offered, result.starttls) == (("LOGIN", "PLAIN"), False)


def test_a_server_that_hangs_up_at_auth_takes_none() -> None:
    result = look(up_to_starttls("", then=lambda connection: connection.close()))
    assert (result.taken, result.failure) == ((), "")


BEFORE_TLS = ["silence", "slow drip", "endless line", "endless banner", "endless extensions", "cut in a reply"]


@pytest.mark.parametrize("name", BEFORE_TLS)
def test_hostility_is_a_failure_in_words(name: str) -> None:
    script, failure = HOSTILE[name]
    assert look(script).failure.startswith(failure)


def test_a_server_that_turns_us_away_says_nothing_of_its_logins() -> None:
    result = look(says("554 no service for you\r\n"))
    assert (result.inconclusive, result.failure) == (
        "TurnedAway",
        "turned away at the greeting: 554 no service for you",
    )
