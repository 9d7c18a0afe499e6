"""What a relay is asked: which chain it presents, and whether it takes mail without a login. Nothing here sends mail.

By SMTP sessions of our own (docs/decisions/19-our-own-smtp-sessions.md): smtplib has no deadline and trusts replies.
"""

import logging
import ssl
from collections.abc import Iterable, Sequence

from shared.adapters.smtp.connect import connected
from shared.adapters.smtp.connection import Deadline, NotConnected, SessionError
from shared.adapters.smtp.login import log_in
from shared.adapters.smtp.pacing import Question, paced
from shared.adapters.smtp.plaintext import look_in_clear
from shared.adapters.smtp.session import Introduction, SmtpSession, offers_tls, open_session
from shared.adapters.smtp.tls import check_askable, tls_settings
from shared.domain.certificates.certificate import thumbprint
from shared.domain.clients.login import Login, LoginResult
from shared.domain.clients.plaintext import PlaintextResult
from shared.domain.serving.open_relay import MailCommand, OpenRelayResult
from shared.domain.serving.probe import SESSION_SECONDS, Probe, ProbeResult

log = logging.getLogger("relaykeeper.relays")


class SmtpProber:
    """`ports.Prober`."""

    def __init__(self, seconds: float = SESSION_SECONDS) -> None:
        """`seconds` is how long a question may take that does not say it itself, all its tries included."""
        self._seconds = seconds
        self._tls = {key: tls_settings(key) for key in (None, "ec", "rsa")}

    def probe(self, probes: Sequence[Probe]) -> tuple[ProbeResult, ...]:
        def question(probe: Probe) -> Question[ProbeResult]:
            introduction, tls = Introduction(probe.helo), self._tls[probe.key]
            return Question(
                probe,
                lambda deadline: handshake(probe, introduction, tls, deadline),
                lambda error: ProbeResult(
                    probe,
                    None,
                    str(error),
                    inconclusive=error.inconclusive,
                    connected=not isinstance(error, NotConnected),
                ),
            )

        return self._ask(map(question, probes))

    def check_open_relay(self, probes: Sequence[Probe], recipient: str, sender: str) -> tuple[OpenRelayResult, ...]:
        def question(probe: Probe) -> Question[OpenRelayResult]:
            introduction, tls = Introduction(probe.helo), self._tls[None]
            return Question(
                probe,
                lambda deadline: offered(probe, introduction, tls, deadline, recipient, sender),
                lambda error: OpenRelayResult(probe, None, str(error)),
            )

        return self._ask(map(question, probes))

    def check_plaintext(self, probes: Sequence[Probe]) -> tuple[PlaintextResult, ...]:
        def question(probe: Probe) -> Question[PlaintextResult]:
            introduction = Introduction(probe.helo)
            return Question(
                probe,
                lambda deadline: look_in_clear(probe, introduction, deadline),
                lambda error: PlaintextResult(probe, failure=str(error), inconclusive=error.inconclusive),
            )

        return self._ask(map(question, probes))

    def log_in(self, logins: Sequence[Login]) -> tuple[LoginResult, ...]:
        def question(login: Login) -> Question[LoginResult]:
            introduction, tls = Introduction(login.probe.helo), self._tls[login.probe.key]
            return Question(
                login.probe,
                lambda deadline: log_in(login, introduction, tls, deadline),
                lambda error: LoginResult(login, "NoSession", str(error)),
            )

        return self._ask(map(question, logins))

    def _ask[T](self, questions: Iterable[Question[T]]) -> tuple[T, ...]:
        results = paced(tuple(questions), self._seconds)
        for result in results:
            log.debug("%s", result)
        return results


def handshake(question: Probe, introduction: Introduction, tls: ssl.SSLContext, deadline: Deadline) -> ProbeResult:
    """Make one handshake: connect, EHLO, STARTTLS (RFC 3207), see which chain is presented, QUIT."""
    check_askable(question.sni, tls)
    with connected(question, introduction, deadline) as session:
        if not question.implicit:
            session.greeting()
            if not offers_tls(session.ehlo()):
                raise SessionError("STARTTLS not offered", early=True)
            session.start_tls()
        chain = session.handshake(tls, question.sni)
        session.quit(greeted=not question.implicit)
    return ProbeResult(question, thumbprint(chain[0]), chain=chain)


def offered(
    question: Probe,
    introduction: Introduction,
    tls: ssl.SSLContext,
    deadline: Deadline,
    recipient: str,
    sender: str,
) -> OpenRelayResult:
    """Offer a mail as far as RCPT (RFC 5321, section 3.3). DATA, by which a relay would take it, is never said.

    Where the refusal is about what we said in EHLO, offer it once more by name, if there is one.
    """
    with connected(question, introduction, deadline) as session:
        encrypted = bool(open_session(session, question, tls).chain)
        offer = OpenRelayResult(question, *reply_to_mail(session, recipient, sender), encrypted)
        if offer.about_ehlo and introduction.use_name():
            session.ehlo()
            offer = OpenRelayResult(question, *reply_to_mail(session, recipient, sender), encrypted)
        session.quit("RSET")
    return offer


def reply_to_mail(session: SmtpSession, recipient: str, sender: str) -> tuple[int, str, MailCommand, str]:
    """Return the reply that settles it: its code and last line, to which command, and its whole text."""
    command: MailCommand = "MAIL"
    reply = session.command(f"MAIL FROM:<{sender}>")
    if reply.positive:
        command, reply = "RCPT", session.command(f"RCPT TO:<{recipient}>")
    return reply.code, str(reply), command, " ".join(reply.lines)
