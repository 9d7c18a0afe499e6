"""Asks one server, at one address, all that `relaykeeper verify` shows: `shared.workflows.verify.Server`.

Each question is a session of its own, one after the other; none sends mail or logs in.
"""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from shared.adapters.smtp.connection import (
    Deadline,
    SessionError,
    TcpStream,
    TlsStream,
    network_errors,
    server_text,
)
from shared.adapters.smtp.pacing import retry_while_busy
from shared.adapters.smtp.reach import ConnectError, Opening
from shared.adapters.smtp.server_hello import read_server_hello
from shared.adapters.smtp.session import (
    Introduction,
    Reply,
    SmtpSession,
    TlsFirstError,
    answers_hello,
    mechanisms,
    offers_tls,
)
from shared.adapters.smtp.tls import settings_for, tls_settings
from shared.domain.verify.answers import (
    Handshake,
    HandshakeAnswer,
    Offer,
    Session,
    Stage,
    TlsVersion,
    Trouble,
    TroubleReason,
    VersionAnswer,
)

TLS_VERSIONS: dict[TlsVersion, ssl.TLSVersion] = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}

SILENCE = 8.0
"""Seconds of it at the greeting that look like a port where TLS comes first. Postfix's postscreen greets after six, and
takes it ill if a client speaks before."""

MESSAGES: dict[TroubleReason, str] = {
    "TlsComesFirst": "no greeting, but an answer to a TLS ClientHello",
    "TlsDoesNotComeFirst": "the server greets in clear",
}

HELLO_SECONDS = 2.0
"""For the answer to a ClientHello."""


class NoStartTlsError(SessionError):
    """The server does not offer STARTTLS; the session has ended."""


@dataclass
class Seen:
    """What a session has shown so far."""

    stage: Stage = "connect"
    greeting: str = ""
    in_clear: Offer | None = None
    handshake: Handshake | None = None
    in_tls: Offer | None = None

    def session(self, trouble: Trouble | None) -> Session:
        return Session(self.greeting, self.in_clear, self.handshake, self.in_tls, trouble)


class ServerAtAddress:
    """`shared.workflows.verify.Server`.

    `implicit`: TLS comes first. `helo` is said in EHLO; the address literal of our end where None. `deadline` is for
    everything, and `seconds` are for one question at most, other tries at a busy server included.
    """

    def __init__(
        self, opening: Opening, address: str, *, implicit: bool, helo: str | None, deadline: Deadline, seconds: float
    ) -> None:
        self.address = address
        self._opening, self._implicit = opening, implicit
        self._deadline, self._seconds = deadline, seconds
        self._introduction = Introduction(helo)
        self._introduction.use_name()
        self._tls = settings_for(TLS_VERSIONS["1.2"], TLS_VERSIONS["1.3"]) or tls_settings(None)

    def session(self, sni: str | None) -> Session:
        seen = Seen()

        def attempt(deadline: Deadline) -> None:
            nonlocal seen
            seen = Seen()
            self._whole_session(sni, seen, deadline)

        try:
            self._ask(attempt)
        except NoStartTlsError:
            return seen.session(None)
        except (SessionError, ConnectError, TimeoutError) as error:
            return seen.session(self._trouble(seen.stage, error))
        return seen.session(None)

    def handshake(self, sni: str | None) -> HandshakeAnswer:
        seen = Seen()

        def attempt(deadline: Deadline) -> Handshake:
            nonlocal seen
            seen = Seen()
            with self._before_handshake(seen, deadline) as (tcp, session):
                stream = TlsStream(tcp, self._tls, sni)
                handshake = self._shake_hands(stream)
                session.go_on_in(stream)
                session.quit(greeted=not self._implicit)
                return handshake

        try:
            return self._ask(attempt)
        except (SessionError, ConnectError, TimeoutError) as error:
            return self._trouble(seen.stage, error)

    def agreed_version(self, lowest: TlsVersion, highest: TlsVersion, sni: str | None) -> TlsVersion | VersionAnswer:
        settings = settings_for(TLS_VERSIONS[lowest], TLS_VERSIONS[highest])
        if settings is None:
            return "not asked"

        def attempt(deadline: Deadline) -> TlsVersion | VersionAnswer:
            with self._before_handshake(Seen(), deadline) as (tcp, session):
                return chosen_version(TlsStream(tcp, settings, sni), session, greeted=not self._implicit)

        try:
            return self._ask(attempt)
        except (SessionError, ConnectError, TimeoutError):
            return "unknown"

    def _ask[T](self, attempt: Callable[[Deadline], T]) -> T:
        """Raises SessionError, ConnectError, and TimeoutError where no time is left."""
        return retry_while_busy(attempt, Deadline.within(min(self._seconds, self._deadline.left())))

    def _whole_session(self, sni: str | None, seen: Seen, deadline: Deadline) -> None:
        with self._before_handshake(seen, deadline) as (tcp, session):
            stream = TlsStream(tcp, self._tls, sni)
            seen.handshake = self._shake_hands(stream)
            session.go_on_in(stream)
            seen.stage = "in-tls"
            if self._implicit:
                seen.greeting = session.greeting().lines[0]
            seen.in_tls = offer_of(session.ehlo())
            session.quit()

    @contextmanager
    def _before_handshake(self, seen: Seen, deadline: Deadline) -> Iterator[tuple[TcpStream, SmtpSession]]:
        """Connect, and bring a session to where the server waits for a ClientHello."""
        with self._opening.take(self.address, deadline.left()) as connection, network_errors(deadline):
            tcp = TcpStream(connection, deadline)
            session = SmtpSession(tcp, self._introduction)
            if not self._implicit:
                seen.stage = "greeting"
                self._look_for_tls(tcp)
                seen.greeting = session.greeting().lines[0]
                seen.in_clear = offer_of(session.ehlo())
                seen.stage = "starttls"
                if not seen.in_clear.starttls:
                    session.quit()
                    raise NoStartTlsError("STARTTLS is not offered")
                session.start_tls()
            seen.stage = "handshake"
            yield tcp, session

    def _shake_hands(self, stream: TlsStream) -> Handshake:
        """Make the handshake and read what was agreed on. Raises SessionError."""
        try:
            chain = stream.handshake()
        except SessionError as error:
            if error.early and not self._implicit:
                line = server_text(stream.received.partition(b"\r\n")[0].decode("ascii", errors="replace"))
                raise SessionError(f"an answer in clear in place of the handshake: {line}") from error
            raise
        hello = read_server_hello(stream.received)
        group = hello.key_exchange(stream.cipher) if hello is not None else ""
        return Handshake(stream.version.removeprefix("TLSv"), stream.cipher, group, chain)

    def _look_for_tls(self, tcp: TcpStream) -> None:
        if tcp.deadline.left() > SILENCE and tcp.is_silent(SILENCE) and self._answers_hello():
            raise TlsFirstError(MESSAGES["TlsComesFirst"])

    def _answers_hello(self) -> bool:
        """Ask in another connection: in this one the greeting may still come."""
        with suppress(ConnectError), self._opening.take(self.address, HELLO_SECONDS) as another:
            return answers_hello(TcpStream(another, Deadline.within(HELLO_SECONDS)))
        return False

    def _trouble(self, stage: Stage, error: Exception) -> Trouble:
        if isinstance(error, ConnectError) and not (error.reason == "ConnectionTimedOut" and self._is_over()):
            return Trouble("connect", error.reason, str(error))
        message = str(error) or "no time was left"
        if self._is_over():
            return Trouble(stage, "OutOfTime", message)
        assert isinstance(error, SessionError)
        reason = self._reason(stage, error)
        return Trouble(stage, reason, MESSAGES.get(reason, message))

    def _is_over(self) -> bool:
        try:
            self._deadline.left()
        except TimeoutError:
            return True
        return False

    def _reason(self, stage: Stage, error: SessionError) -> TroubleReason:
        match stage:
            case _ if error.inconclusive == "Busy":
                return "ServerBusy"
            case _ if error.inconclusive == "TurnedAway":
                return "TurnedAway"
            case "handshake":
                return "TlsDoesNotComeFirst" if error.early else "NoHandshake"
            case "starttls":
                return "StartTlsRefused"
            case "in-tls":
                return "NoAnswerInTls"
        return "TlsComesFirst" if isinstance(error, TlsFirstError) else "NotGreeted"


def chosen_version(stream: TlsStream, session: SmtpSession, *, greeted: bool) -> TlsVersion | VersionAnswer:
    """Return the version of the server's ServerHello, whatever becomes of the handshake; `refused` without one.

    Raises SessionError where nothing came at all.
    """
    try:
        stream.handshake()
    except (SessionError, ConnectionError) as error:
        if isinstance(error.__cause__, TimeoutError):
            raise
    else:
        session.go_on_in(stream)
        session.quit(greeted=greeted)
    hello = read_server_hello(stream.received)
    return next((each for each in TLS_VERSIONS if hello is not None and each == hello.version), "refused")


def offer_of(reply: Reply) -> Offer:
    return Offer(reply.lines[1:], offers_tls(reply), mechanisms(reply))
