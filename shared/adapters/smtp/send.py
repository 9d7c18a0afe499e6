"""The submission of one message after a login (RFC 5321, section 3.3; RFC 6409). It is sent once, or not at all."""

import ssl

from shared.adapters.smtp.connect import connected
from shared.adapters.smtp.connection import Deadline, SessionError
from shared.adapters.smtp.login import authenticate, responses_of, secret_forms, why_not, without_secrets
from shared.adapters.smtp.pacing import Question, paced
from shared.adapters.smtp.session import Introduction, Reply, SmtpSession, mechanisms, open_session
from shared.adapters.smtp.tls import check_askable, tls_settings
from shared.domain.clients.marked_message import (
    MailStep,
    MarkedMessage,
    SendResult,
    judge_confirmation,
    judge_refusal,
)
from shared.domain.serving.probe import SESSION_SECONDS

GO_AHEAD = 354

LONGEST_TEXT_LINE = 998
"""Bytes without CRLF (RFC 5322, section 2.1.1)."""


class SmtpSender:
    """`prober.MailSender`."""

    def __init__(self, seconds: float = SESSION_SECONDS, confirmation: float = 120.0) -> None:
        """`seconds` is for the session up to the message, all tries included, unless the probe says otherwise.

        `confirmation` is for the message and the reply to its end: relays scan and relay before they reply. RFC 5321,
        section 4.5.3.2.6, gives them ten minutes; nobody at a command line waits so long.
        """
        self._seconds = seconds
        self._confirmation = confirmation
        self._tls = tls_settings(None)

    def send(self, message: MarkedMessage) -> SendResult:
        content = as_data(message.content)
        introduction = Introduction(message.login.probe.helo)
        question = Question(
            message.login.probe,
            lambda deadline: send(message, content, introduction, self._tls, deadline, self._confirmation),
            lambda error: SendResult(message, "NotSent", str(error)),
        )
        [result] = paced([question], self._seconds)
        return result


def as_data(content: str) -> bytes:
    """Return a message as DATA takes it: lines ended by CRLF, dots at their begin doubled, a lone dot as its end
    (RFC 5321, section 4.5.2). Raises ValueError for what cannot be sent so."""
    lines = content.encode("ascii").removesuffix(b"\n").split(b"\n")
    if any(len(line) > LONGEST_TEXT_LINE or b"\r" in line for line in lines):
        raise ValueError(f"a line of the message has a CR, or more than {LONGEST_TEXT_LINE} bytes")
    stuffed = [b"." + line if line.startswith(b".") else line for line in lines]
    return b"".join(line + b"\r\n" for line in [*stuffed, b"."])


def send(
    message: MarkedMessage,
    content: bytes,
    introduction: Introduction,
    tls: ssl.SSLContext,
    deadline: Deadline,
    confirmation: float,
) -> SendResult:
    """Log in and submit the message. Raises SessionError only before AUTH was sent."""
    login = message.login
    check_askable(login.probe.sni, tls)
    with connected(login.probe, introduction, deadline) as session:
        opened = open_session(session, login.probe, tls)
        logged_in = why_not(login, opened.chain, mechanisms(opened.extensions)) or authenticate(session, login)
        if logged_in.reason == "Accepted":
            result = submit(session, message, content, confirmation)
        else:
            result = SendResult(message, "NotLoggedIn", logged_in.message, logged_in.code)
        session.quit()
    return result


def submit(session: SmtpSession, message: MarkedMessage, content: bytes, confirmation: float) -> SendResult:
    """Say MAIL, RCPT and DATA, and send the content. Until that has begun no relay may take the message."""
    secrets = secret_forms(message.login, responses_of(message.login))
    commands: tuple[tuple[MailStep, str], ...] = (
        ("MAIL", f"MAIL FROM:<{message.sender}>"),
        ("RCPT", f"RCPT TO:<{message.recipient}>"),
        ("DATA", "DATA"),
    )
    try:
        for step, command in commands:
            reply = session.command(command)
            if not is_taken(step, reply):
                return judge_refusal(message, step, reply.code, without_secrets(reply.lines[-1], secrets))
    except (SessionError, OSError) as error:
        return SendResult(message, "NotSent", without_secrets(str(error), secrets))
    try:
        reply = session.message(content, confirmation)
    except (SessionError, OSError) as error:
        why = without_secrets(str(error), secrets)
        unknown = "it is not known whether the relay took the message, and it is not sent again"
        return SendResult(message, "NotConfirmed", f"{why}: {unknown}")
    return judge_confirmation(message, reply.code, [without_secrets(line, secrets) for line in reply.lines])


def is_taken(step: MailStep, reply: Reply) -> bool:
    return reply.code == GO_AHEAD if step == "DATA" else reply.positive
