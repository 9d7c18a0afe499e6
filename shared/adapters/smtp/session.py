"""An SMTP session's commands and replies (RFC 5321, sections 3.1 and 4.2; RFC 3207). The server is not trusted."""

import ipaddress
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from shared.adapters.smtp.connection import (
    LONGEST_REPLY_QUOTE,
    Again,
    Deadline,
    SessionError,
    Stream,
    TcpStream,
    TlsStream,
    server_text,
)
from shared.adapters.smtp.tls import client_hello
from shared.domain.serving.probe import Probe

LONGEST_LINE = 8192
"""Bytes; RFC 5321, section 4.5.3.1.5, allows 512."""

MOST_LINES = 100

OK, READY, CLOSING, TLS_NOT_AVAILABLE = 250, 220, 421, 454

QUIT_TIMEOUT = 1.0
"""Seconds for QUIT and its reply."""

CLOSE_TIMEOUT = 0.2
"""Seconds for the server to close after that: where it counts sessions per client, ours must be over for the next."""

GREETING, TO_MESSAGE = "at the greeting", "to the message"

LONGEST_CONFIRMATION = 400
"""Characters of the reply to a message: Exchange repeats the Message-ID before it names the message itself."""

TLS_RECORDS = (b"\x16", b"\x15")
"""How a TLS server's answer to a ClientHello begins: a handshake record or an alert (RFC 8446, section 5.1)."""


HINT_OF_TLS = ": this port speaks TLS first, which the inventory writes as POD/465"


class TlsFirstError(SessionError):
    """The server waits for a ClientHello where we wait for a greeting."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of one or more lines, without the code that begins each."""

    code: int
    lines: tuple[str, ...]

    @property
    def positive(self) -> bool:
        """Whether the server has done what the command asks (section 4.2.1)."""
        return self.code // 100 == 2

    @property
    def temporary(self) -> bool:
        """Whether the same command may be taken later."""
        return self.code // 100 == 4

    def __str__(self) -> str:
        return f"{self.code} {self.lines[-1]}".rstrip()


class Introduction:
    """What we call ourselves in EHLO, through all tries of one question.

    At first the address literal of our end of the connection (RFC 5321, section 4.1.3). Behind NAT a server may compare
    it with another address: where it is refused, `name` is said instead, if there is one.
    """

    def __init__(self, name: str | None) -> None:
        self._name = name
        self._literal_refused = False

    def said_to(self, stream: TcpStream) -> str:
        if self._literal_refused and self._name is not None:
            return self._name
        address = ipaddress.ip_address(stream.our_address)
        return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"

    def use_name(self) -> bool:
        """Use the name from now on; return whether there is one that was not used yet."""
        unused = self._name is not None and not self._literal_refused
        self._literal_refused = True
        return unused


class SmtpSession:
    """What is said over one connection, before and after it turned to TLS. Every method raises SessionError."""

    def __init__(self, tcp: TcpStream, introduction: Introduction) -> None:
        self._tcp = tcp
        self._stream: Stream = tcp
        self._introduction = introduction
        self._unread = b""

    def greeting(self) -> Reply:
        """Wait for the server's greeting and return it."""
        try:
            greeting = self._reply(GREETING)
        except SessionError as error:
            silent = self._stream is self._tcp and not self._unread and isinstance(error.__cause__, TimeoutError)
            if silent and self._answers_hello():
                raise TlsFirstError(f"{error}{HINT_OF_TLS}", inconclusive="NoSession", early=True) from error.__cause__
            raise
        if greeting.code != READY:
            raise refused_session("the greeting", greeting)
        return greeting

    def ehlo(self) -> Reply:
        """Say EHLO, once more by name where the address literal is refused; the reply lists the extensions."""
        reply = self.command(f"EHLO {self._introduction.said_to(self._tcp)}")
        if reply.code not in (OK, CLOSING) and self._introduction.use_name():
            reply = self.command(f"EHLO {self._introduction.said_to(self._tcp)}")
        if reply.code != OK:
            raise refused_session("EHLO", reply)
        return reply

    def start_tls(self) -> None:
        """Bring the session to where the server waits for a ClientHello."""
        reply = self.command("STARTTLS")
        if reply.code == CLOSING:
            raise refused_session("STARTTLS", reply)
        if reply.code == TLS_NOT_AVAILABLE:
            raise SessionError(f"STARTTLS refused: {reply}", again="at once")
        if reply.code != READY:
            raise SessionError(f"STARTTLS refused: {reply}")
        if self._unread:  # what came early was not encrypted
            raise SessionError("bytes after the reply to STARTTLS, before TLS began")

    def handshake(self, tls: ssl.SSLContext, sni: str | None) -> tuple[bytes, ...]:
        """Go on in TLS and return the chain as presented: DER, leaf first."""
        stream = TlsStream(self._tcp, tls, sni)
        chain = stream.handshake()
        self.go_on_in(stream)
        return chain

    def go_on_in(self, stream: TlsStream) -> None:
        """Say everything from now on in TLS; the handshake is done."""
        self._stream = stream

    def quit(self, *before: str, greeted: bool = True) -> None:
        """Say what is to be said `before` QUIT, and QUIT, and give the server a moment to close. Nothing can fail."""
        self._tcp.deadline = Deadline.within(QUIT_TIMEOUT)
        with suppress(OSError, SessionError):
            if not greeted:
                self._reply(GREETING)
            for command in (*before, "QUIT"):
                self.command(command)
            self._tcp.deadline = Deadline.within(CLOSE_TIMEOUT)
            while self._stream.receive():
                pass

    def message(self, content: bytes, seconds: float) -> Reply:
        """Send the message that DATA asked for, and return the reply to its end, for which there are `seconds`."""
        self._tcp.deadline = Deadline.within(seconds)
        with self._awaiting(TO_MESSAGE):
            self._stream.send(content)
        return self._reply(TO_MESSAGE, LONGEST_CONFIRMATION)

    def command(self, text: str, awaited: str = "") -> Reply:
        """Send a command and return the reply; `awaited` calls it in an error what its first word should not."""
        awaited = awaited or f"to {text.split()[0]}"
        with self._awaiting(awaited):
            self._stream.send(f"{text}\r\n".encode())
        return self._reply(awaited)

    def _reply(self, awaited: str, longest: int = LONGEST_REPLY_QUOTE) -> Reply:
        """Return the next reply, its lines cut at `longest` characters.

        `awaited` says in an error which one: `to EHLO`, `at the greeting`.
        """
        lines: list[str] = []
        while len(lines) < MOST_LINES:
            line = self._line(awaited)
            shape = re.fullmatch(r"([2-5][0-9]{2})(?:([ -])(.*))?", line)
            if shape is None:
                raise self._early(f"no SMTP reply {awaited}: {server_text(line)}", awaited)
            lines.append(server_text(shape[3] or "", longest))
            if shape[2] != "-":
                return Reply(int(shape[1]), tuple(lines))
        raise self._early(f"a reply of more than {MOST_LINES} lines {awaited}", awaited)

    def _line(self, awaited: str) -> str:
        while b"\n" not in self._unread:
            if len(self._unread) > LONGEST_LINE:
                raise self._early(f"a line of more than {LONGEST_LINE} bytes {awaited}", awaited)
            with self._awaiting(awaited):
                if not (received := self._stream.receive()):
                    raise BrokenPipeError
            self._unread += received
        line, _, self._unread = self._unread.partition(b"\n")
        return line.removesuffix(b"\r").decode("ascii", errors="replace")

    @contextmanager
    def _awaiting(self, awaited: str) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            what = "greeting" if awaited == GREETING else f"reply {awaited}"
            raise self._early(f"no {what} within {self._stream.deadline.seconds:g} s", awaited) from error
        except (ConnectionResetError, BrokenPipeError) as error:
            raise self._early(f"connection cut, no complete reply {awaited}", awaited, again="at once") from error

    def _early(self, message: str, awaited: str, again: Again = "never") -> SessionError:
        """Return an error that says nothing of the server's files if it came before STARTTLS."""
        in_clear = self._stream is self._tcp
        before = in_clear and awaited in (GREETING, "to EHLO")
        return SessionError(message, again=again, inconclusive="NoSession" if before else None, early=in_clear)

    def _answers_hello(self) -> bool:
        """Say whether the server answers a ClientHello: it has been waiting for one."""
        self._tcp.deadline = Deadline.within(QUIT_TIMEOUT)
        return answers_hello(self._tcp)


def answers_hello(tcp: TcpStream) -> bool:
    """Send a ClientHello, and say whether TLS answers within the stream's deadline."""
    with suppress(OSError, SessionError):
        tcp.send(client_hello())
        return tcp.receive()[:1] in TLS_RECORDS
    return False


def refused_session(where: str, reply: Reply) -> SessionError:
    """Return why the server does not talk to us: it may do so later, or never for reasons of its own."""
    if reply.temporary:
        return SessionError(f"busy at {where}: {reply}", again="later", inconclusive="Busy", early=True)
    words = f"{where} refused: {reply}" if where == "EHLO" else f"turned away at {where}: {reply}"
    return SessionError(words, inconclusive="TurnedAway", early=True)


def offers_tls(extensions: Reply) -> bool:
    return any(line.split()[:1] == ["STARTTLS"] for line in map(str.upper, extensions.lines[1:]))


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that waits for a login or for mail: its `chain` (DER, leaf first), empty where it is not encrypted, and
    the `extensions` that the server offers from here on."""

    chain: tuple[bytes, ...] = field(repr=False)
    extensions: Reply


def open_session(session: SmtpSession, probe: Probe, tls: ssl.SSLContext) -> Opened:
    """Bring a session to where it waits for mail, encrypted where the relay can be, as its clients would have it."""
    chain: tuple[bytes, ...] = ()
    if probe.implicit:
        chain = session.handshake(tls, probe.sni)
        session.greeting()
        return Opened(chain, session.ehlo())
    session.greeting()
    extensions = session.ehlo()
    if offers_tls(extensions):
        session.start_tls()
        chain = session.handshake(tls, probe.sni)
        extensions = session.ehlo()
    return Opened(chain, extensions)


def mechanisms(extensions: Reply) -> tuple[str, ...]:
    """Return the mechanisms of the extension AUTH in upper case (RFC 4954, section 3), those of `AUTH=` too, as servers
    write it for old clients."""
    lines = [line.upper().replace("AUTH=", "AUTH ", 1).split() for line in extensions.lines[1:]]
    return tuple(dict.fromkeys(name for line in lines if line[:1] == ["AUTH"] for name in line[1:]))
