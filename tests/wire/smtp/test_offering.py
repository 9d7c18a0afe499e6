"""An offer of mail shows whether a relay takes it, and goes no further than that."""

import socket
from pathlib import Path

import pytest

from shared.adapters.smtp.probe import SmtpProber
from shared.domain.serving.open_relay import OpenRelayResult
from shared.domain.serving.probe import Probe
from tests.wire.smtp.mail_servers import TAKING, converse, taking
from tests.wire.smtp.servers import HOST, Script, Shown, question, says, serving, up_to_starttls

RECIPIENT = "postmaster@example.org"
SENDER = "probe@example.net"
EHLO = "EHLO [127.0.0.1]"
MAIL = [f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{RECIPIENT}>"]
LEAVE = ["RSET", "QUIT"]


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown("mail.example.net", tmp_path)


def offer_to(*scripts: Script) -> OpenRelayResult:
    """Offer mail to a server that follows these scripts, one per connection; the questions' port is not compared."""
    with serving(*scripts) as port:
        [offer] = SmtpProber(seconds=5).check_open_relay([question(port)], RECIPIENT, SENDER)
        assert offer.probe == question(port)
    return offer


def test_a_relay_is_offered_mail_over_tls_and_the_offer_is_reset(shown: Shown) -> None:
    said: list[str] = []
    offer = offer_to(taking(shown, said))

    assert (offer.verdict, offer.code, offer.message) == ("accepted", 250, "250 Accepted")
    assert said == [EHLO, "STARTTLS", "(TLS)", EHLO, *MAIL, *LEAVE]


def test_a_relay_without_starttls_is_offered_mail_in_the_clear() -> None:
    said: list[str] = []
    assert offer_to(taking(None, said)).verdict == "accepted"
    assert said == [EHLO, *MAIL, *LEAVE]


def test_where_tls_comes_first_mail_is_offered_inside_it(shown: Shown) -> None:
    said: list[str] = []

    def submissions(connection: socket.socket) -> None:
        with shown.tls.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.sendall(b"220 relay ESMTP\r\n")
            converse(encrypted, TAKING, said)

    with serving(submissions) as port:
        asked = Probe("mailrelay-0", HOST, port, "mail.example.net", implicit=True)
        [offer] = SmtpProber(seconds=5).check_open_relay([asked], RECIPIENT, SENDER)

    assert offer.verdict == "accepted"
    assert said == [EHLO, *MAIL, *LEAVE]


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("250 Accepted", "accepted"),
        ("251 User not local; will forward", "accepted"),
        ("550 relay not permitted", "refused"),
        ("530 5.7.0 Authentication required", "refused"),
        ("554 5.7.1 Relay access denied", "refused"),
        ("451 4.7.1 Greylisted, try again", "unknown"),
        ("421 too many connections", "unknown"),
        ("354 go on", "unknown"),
    ],
)
@pytest.mark.parametrize("encrypted", [True, False])
def test_the_reply_to_the_recipient_settles_it(shown: Shown, reply: str, verdict: str, encrypted: bool) -> None:
    offer = offer_to(taking(shown if encrypted else None, RCPT=reply))
    assert (offer.verdict, offer.message) == (verdict, reply)


@pytest.mark.parametrize(
    ("reply", "verdict"), [("530 5.7.0 Must issue a STARTTLS command first", "refused"), ("451 later", "unknown")]
)
def test_a_refused_sender_is_followed_by_no_recipient(shown: Shown, reply: str, verdict: str) -> None:
    said: list[str] = []
    offer = offer_to(taking(shown, said, MAIL=reply))
    assert (offer.verdict, offer.message) == (verdict, reply)
    assert said[-3:] == [MAIL[0], *LEAVE]


def test_of_several_lines_the_last_is_quoted() -> None:
    offer = offer_to(taking(RCPT="550-we are sorry\r\n550 relay not permitted"))
    assert (offer.verdict, offer.message) == ("refused", "550 relay not permitted")


@pytest.mark.parametrize("verb", ["RSET", "QUIT"])
def test_how_the_leave_is_taken_changes_nothing(shown: Shown, verb: str) -> None:
    for reply in ("", "500 what?"):
        assert offer_to(taking(shown, None, RCPT="550 no", **{verb: reply})).verdict == "refused"


def test_a_454_is_given_a_second_try(shown: Shown) -> None:
    busy = up_to_starttls("454 TLS currently unavailable\r\n")
    assert offer_to(busy, taking(shown)).verdict == "accepted"
    assert offer_to(busy).message == "STARTTLS refused: 454 TLS currently unavailable"


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT"])
def test_a_cut_connection_is_given_a_second_try(shown: Shown, verb: str) -> None:
    assert offer_to(taking(shown, None, **{verb: ""}), taking(shown)).verdict == "accepted"


def test_a_server_that_turns_everybody_away_gives_no_verdict() -> None:
    offer = offer_to(says("554 no service for you\r\n"))
    assert (offer.verdict, offer.message) == ("unknown", "turned away at the greeting: 554 no service for you")


def test_offers_come_in_the_order_of_the_questions(shown: Shown) -> None:
    with serving(taking(shown)) as open_port, serving(taking(shown, RCPT="550 no")) as shut_port:
        questions = [question(port) for port in (open_port, shut_port) * 12]
        offers = SmtpProber().check_open_relay(questions, RECIPIENT, SENDER)

    assert [offer.probe for offer in offers] == questions
    assert [offer.verdict for offer in offers] == ["accepted", "refused"] * 12
