"""The message says who sent it and why, can carry no header of a stranger, and its queue id is found in replies."""

from email import message_from_string
from email.policy import default

import pytest

from shared.domain.clients.login import LOGIN_ASKED, ExpectedServer, Login
from shared.domain.clients.marked_message import MarkedMessage, compose_message, queue_id_in
from shared.domain.clients.password import generate_password
from shared.domain.object_ref import ObjectRef
from shared.domain.serving.probe import Probe
from tests.fakes.inventory import NOW
from tests.fakes.leaves import Signer

TOKEN = "0123456789abcdef"  # noqa: S105 of a Message-ID
EXPECTED = ExpectedServer("mail.example.net", NOW, (Signer("root").certificate,))


def composed(relay: str = "prod", user: str = "payroll") -> MarkedMessage:
    probe = Probe("ss-prod-00/mailrelay-0", "10.0.4.7", 587, "mail.example.net")
    login = Login(probe, user, generate_password(), LOGIN_ASKED, EXPECTED)
    return compose_message(ObjectRef("relay", relay), login, "payroll@example.net", "someone@example.org", TOKEN, NOW)


def test_it_is_marked_and_says_who_sent_it_through_which_relay_and_why() -> None:
    sent = composed()
    message = message_from_string(sent.content, policy=default)

    assert message["X-Relaykeeper-Test"] == TOKEN
    assert message["Message-ID"] == sent.message_id == f"<{TOKEN}.relaykeeper-test@example.net>"
    assert (message["From"], message["To"]) == ("payroll@example.net", "someone@example.org")
    assert message["Subject"] == "Test of mail relay prod by Relaykeeper"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOW
    assert message.defects == []
    text = message.get_content()
    for part in ("verify-relay --send-to", "prod (10.0.4.7, port 587)", "Client: payroll", "Nobody needs to answer"):
        assert part in text


def test_no_password_is_in_it() -> None:
    sent = composed()
    assert sent.login.password.reveal_for_auth() not in sent.content


@pytest.mark.parametrize("name", ["a\r\nBcc: x@example.org", "a\n\nbody", "a\x07\x1b[31m", "ü" * 300, "a\u2028b"])
def test_a_name_of_any_letters_stays_one_line_of_ascii(name: str) -> None:
    sent = composed(name, name)
    message = message_from_string(sent.content, policy=default)
    assert sent.content.isascii()
    assert message.keys() == message_from_string(composed().content).keys()
    assert all(len(line) < 120 and (line.isprintable() or line == "") for line in sent.content.split("\n"))


@pytest.mark.parametrize(
    ("reply", "queue_id"),
    [
        ("OK id=1rXyZa-0001AB-2C", "1rXyZa-0001AB-2C"),
        ("OK id=1tHxyz-000000012AB-3CdE", "1tHxyz-000000012AB-3CdE"),
        ("2.0.0 Ok: queued as 4F1cT24Qz9zXYZ", "4F1cT24Qz9zXYZ"),
        ("2.0.0 Ok: queued as 3B5D8140C2", "3B5D8140C2"),
        (
            (
                f"2.6.0 <{TOKEN}.relaykeeper-test@example.net> [InternalId=84091236876289, "
                "Hostname=AB1PR01MB1234.eurprd01.prod.exchangelabs.com] 1234 bytes Queued mail for delivery"
            ),
            "84091236876289",
        ),
        ("OK", ""),
        ("2.0.0 OK 1700000000 a640c23a62f3a-gsmtp", ""),
        ("OK id=../../etc/passwd", ""),
        ("queued as -rf", ""),
        ("[InternalId=x]", ""),
    ],
)
def test_the_queue_id_is_found_as_exim_postfix_and_exchange_write_it(reply: str, queue_id: str) -> None:
    assert queue_id_in(reply) == queue_id
