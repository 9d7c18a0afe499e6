"""A handshake shows the certificate that the relay presents, and leaves as a client should."""

import socket
from pathlib import Path

import pytest

from shared.adapters.smtp.probe import SmtpProber
from shared.domain.serving.probe import Probe, ProbeResult
from tests.fakes.leaves import Signer
from tests.wire.smtp.servers import HOST, Shown, question, relay, says, serving, up_to_starttls


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown("mail.example.net", tmp_path)


def ask(port: int, sni: str | None = "mail.example.net") -> ProbeResult:
    [answer] = SmtpProber(seconds=5).probe([question(port, sni)])
    return answer


def test_the_leaf_is_named_by_its_thumbprint(shown: Shown) -> None:
    with serving(relay(shown)) as port:
        assert ask(port) == ProbeResult(question(port), shown.thumbprint, chain=shown.chain)


def test_the_chain_is_shown_as_it_was_presented(tmp_path: Path) -> None:
    upper = Signer("upper")
    lower = Signer("lower", upper)
    disorderly = Shown("mail.example.net", tmp_path, [upper.certificate, lower.certificate, upper.certificate])
    with serving(relay(disorderly)) as port:
        assert ask(port).chain == disorderly.chain


def test_the_name_is_sent_as_sni_and_none_without_one(shown: Shown, tmp_path: Path) -> None:
    other = Shown("other.example.net", tmp_path)
    with serving(relay(shown, ("other.example.net", other))) as port:
        assert ask(port, "other.example.net").thumbprint == other.thumbprint
        assert ask(port, None).thumbprint == shown.thumbprint


def test_the_session_ends_with_quit(shown: Shown) -> None:
    farewell: list[bytes] = []
    with serving(relay(shown, farewell=farewell)) as port:
        ask(port)

    assert farewell == [b"QUIT\r\n"]


def test_a_454_is_given_a_second_try(shown: Shown) -> None:
    with serving(up_to_starttls("454 TLS currently unavailable\r\n"), relay(shown)) as port:
        assert ask(port).thumbprint == shown.thumbprint


def test_a_second_454_is_the_answer() -> None:
    with serving(up_to_starttls("454 TLS currently unavailable\r\n")) as port:
        assert ask(port).failure == "STARTTLS refused: 454 TLS currently unavailable"


def test_a_cut_connection_is_given_a_second_try(shown: Shown) -> None:
    with serving(lambda connection: connection.close(), relay(shown)) as port:
        assert ask(port).thumbprint == shown.thumbprint


def test_other_refusals_are_final(shown: Shown) -> None:
    with serving(up_to_starttls("501 no parameters\r\n"), relay(shown)) as port:
        assert ask(port).failure == "STARTTLS refused: 501 no parameters"


def test_a_port_where_nobody_listens_is_an_answer() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]

    assert ask(port).failure == "connection refused"


def test_missing_starttls_differs_from_refused_starttls() -> None:
    with serving(up_to_starttls("", extensions="250-relay\r\n250-XSTARTTLS\r\n250 SIZE\r\n")) as port:
        assert ask(port).failure == "STARTTLS not offered"


def test_a_relay_that_turns_us_away_is_quoted() -> None:
    with serving(says("554 no service for you\r\n")) as port:
        assert ask(port).failure == "turned away at the greeting: 554 no service for you"


def test_a_tls_alert_is_the_answer() -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(bytes.fromhex("15 03 03 00 02 02 70"))  # fatal, unrecognized_name

    with serving(up_to_starttls("220 go ahead\r\n", then=refuse)) as port:
        assert ask(port).failure == "TLS handshake failed: TLSV1_UNRECOGNIZED_NAME"


def test_where_tls_comes_first_no_starttls_is_asked_for(shown: Shown) -> None:
    def submissions(connection: socket.socket) -> None:
        with shown.tls.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.sendall(b"220 relay ESMTP\r\n")
            assert encrypted.recv(1024) == b"QUIT\r\n"

    with serving(submissions) as port:
        [answer] = SmtpProber(seconds=5).probe([Probe("mailrelay-0", HOST, port, None, implicit=True)])

    assert answer.thumbprint == shown.thumbprint


def test_answers_come_in_the_order_of_the_questions(shown: Shown, tmp_path: Path) -> None:
    other = Shown("other.example.net", tmp_path)
    with serving(relay(shown, ("other.example.net", other))) as port:
        questions = [question(port, name) for name in ("other.example.net", None) * 12]
        answers = SmtpProber().probe(questions)

    assert [answer.probe for answer in answers] == questions
    assert [answer.thumbprint for answer in answers] == [other.thumbprint, shown.thumbprint] * 12


def test_no_question_is_no_answer() -> None:
    assert SmtpProber().probe([]) == ()
