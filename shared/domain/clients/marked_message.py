"""The one message that a person may have sent through a relay: marked as a test, and what came of sending it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Literal

from shared.domain.clients.login import Login
from shared.domain.object_ref import ObjectRef
from shared.text import printable_line

SendReason = Literal[
    "MessageQueued",
    "SenderRefused",
    "RecipientRefused",
    "MessageRefused",
    "TemporarilyRefused",
    "NotConfirmed",
    "NotLoggedIn",
    "NotSent",
]

MailStep = Literal["MAIL", "RCPT", "DATA", "the message"]

REFUSALS: Mapping[MailStep, SendReason] = {
    "MAIL": "SenderRefused",
    "RCPT": "RecipientRefused",
    "DATA": "MessageRefused",
    "the message": "MessageRefused",
}
"""What a refusal for good means, by what it is the reply to."""

MARK = "X-Relaykeeper-Test"
"""The header by which filters and people know the message; its value is the token of the Message-ID."""

LONGEST_NAME = 64
"""Characters of a relay's or a user's name that the message shows."""

QUEUE_IDS = (
    re.compile(r"\bid=([A-Za-z0-9]{6}-[A-Za-z0-9]{6}-[A-Za-z0-9]{2})\b"),  # Exim up to 4.96
    re.compile(r"\bid=([A-Za-z0-9]{6}-[A-Za-z0-9]{11}-[A-Za-z0-9]{4})\b"),  # Exim from 4.97 on
    re.compile(r"\bqueued as ([A-Za-z0-9]{6,32})\b"),  # Postfix
    re.compile(r"\[InternalId=([0-9]{1,20})\b"),  # Exchange
)
"""How servers name a message that they took, in the reply to its end."""


@dataclass(frozen=True, slots=True)
class MarkedMessage:
    """A message from `sender` to `recipient`, to be submitted once after `login`.

    `content` has headers and text (RFC 5322) in ASCII, its lines ended by LF; `message_id` is in angle brackets.
    """

    login: Login
    sender: str
    recipient: str
    message_id: str
    content: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SendResult:
    """What came of sending a message. `message` quotes the reply that settled it, or says what stood in the way.

    `code` is that reply's, None where none came. `queue_id` is how the relay names the message that it took, empty
    where it does not say so in a way that we know. No part of the password is in it.
    """

    sent: MarkedMessage
    reason: SendReason
    message: str
    code: int | None = None
    queue_id: str = ""


def compose_message(
    relay: ObjectRef, login: Login, sender: str, recipient: str, token: str, now: datetime
) -> MarkedMessage:
    """Write the message: who sends it, through which relay, and why. `token` makes its Message-ID its own."""
    name, user = in_ascii(relay.name), in_ascii(login.user)
    message_id = f"<{token}.relaykeeper-test@{sender.rpartition('@')[2]}>"
    where = f"{in_ascii(login.probe.address)}, port {login.probe.port}"
    content = f"""\
From: <{sender}>
To: <{recipient}>
Subject: Test of mail relay {name} by Relaykeeper
Date: {format_datetime(now)}
Message-ID: {message_id}
{MARK}: {token}
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

This message is a test. Nobody needs to answer it.

Somebody who runs the mail relay {name} has sent it with
`relaykeeper verify-relay --send-to`, to see whether the relay takes
mail from a client and delivers it.

Relay:  {name} ({where})
Client: {user}

If you did not expect it, ask those who run this relay.
"""
    return MarkedMessage(login, sender, recipient, message_id, content)


def in_ascii(text: str) -> str:
    """Return a name fit for a header of one line."""
    return printable_line(text, LONGEST_NAME).encode("ascii", "replace").decode()


def judge_refusal(sent: MarkedMessage, step: MailStep, code: int, text: str) -> SendResult:
    """Judge a reply by which the relay does not go on: for good, or for now (RFC 5321, section 4.2.1)."""
    reason: SendReason = "TemporarilyRefused" if code // 100 == 4 else REFUSALS[step]
    return SendResult(sent, reason, f"to {step}: {code} {text}".rstrip(), code)


def judge_confirmation(sent: MarkedMessage, code: int, lines: Sequence[str]) -> SendResult:
    """Judge the reply to the end of a message: a 2xx makes the relay responsible for it (RFC 5321, section 6.1)."""
    if code // 100 != 2:
        return judge_refusal(sent, "the message", code, lines[-1])
    return SendResult(sent, "MessageQueued", f"{code} {lines[-1]}".rstrip(), code, queue_id_in(" ".join(lines)))


def queue_id_in(reply: str) -> str:
    """Return how a server names a message that it took; empty where it does not say so as Exim, Postfix or Exchange."""
    found = next((found for pattern in QUEUE_IDS if (found := pattern.search(reply))), None)
    return found[1] if found is not None else ""
