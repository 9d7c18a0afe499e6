"""A connection to a mail server that may be hostile: all time and all bytes are limited, in clear and in TLS."""

import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from shared.domain.certificates.chain import LONGEST_CHAIN
from shared.domain.serving.probe import Inconclusive
from shared.text import printable_line

type Again = Literal["never", "at once", "later"]
"""Whether another try may help, at once or after a pause."""

CHUNK = 4096
MOST_BYTES = 1_000_000
"""From one server. A chain of ten RSA-4096 certificates and the replies around it take a twentieth."""

LONGEST_REPLY_QUOTE = 100

TOO_LARGE = "EXCESSIVE_MESSAGE_SIZE"
"""OpenSSL's word for a chain of more than SSL_MAX_CERT_LIST_DEFAULT, 102,400 bytes: SSL_CTX_set_max_cert_list(3)."""

IN_CLEAR = re.compile(rb"[2-5][0-9]{2}[ -]")
"""How an SMTP reply begins."""

OUR_CERTIFICATE = re.compile(rb"\x16\x03.{3}\x0b", re.DOTALL)
"""How what a TLS 1.2 client sends begins where a certificate was demanded of it (RFC 5246, sections 6.2.1, 7.4.6). By
then it has checked the server's signature; in TLS 1.3 this message is encrypted."""

ABOUT_OUR_CERTIFICATE = frozenset(
    {
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "SSLV3_ALERT_NO_CERTIFICATE",
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV1_ALERT_ACCESS_DENIED",
        "TLSV1_ALERT_DECODE_ERROR",  # GnuTLS, so Debian's Exim
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    }
)
"""Alerts by which servers end a handshake because the client shows no certificate."""


class SessionError(Exception):
    """Why a session ended without an answer; the message may quote the server.

    `inconclusive`: a cause that says nothing about the server's files. `early`: before TLS began, so that the same
    would happen for another name at the same port.
    """

    def __init__(
        self,
        message: str,
        *,
        again: Again = "never",
        inconclusive: Inconclusive | None = None,
        early: bool = False,
    ) -> None:
        super().__init__(message)
        self.again = again
        self.inconclusive = inconclusive
        self.early = early


class NotConnected(SessionError):
    """No server was met: the host's name does not resolve, or no address of it takes a connection."""

    def __init__(self, message: str) -> None:
        super().__init__(message, early=True)


def server_text(text: str, longest: int = LONGEST_REPLY_QUOTE) -> str:
    """Return what a server said, fit for a log: printable, on one line, not long."""
    return printable_line(text, longest, replacement="?")


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment, in monotonic seconds, by which all must be over."""

    moment: float
    seconds: float

    @classmethod
    def within(cls, seconds: float) -> Self:
        return cls(time.monotonic() + seconds, seconds)

    def left(self) -> float:
        """Return the seconds left; raises TimeoutError when there are none."""
        if (left := self.moment - time.monotonic()) <= 0:
            raise TimeoutError
        return left


@contextmanager
def network_errors(deadline: Deadline) -> Iterator[None]:
    """Raise SessionError for whatever the network does."""
    try:
        yield
    except TimeoutError as error:
        raise SessionError(f"nothing more within {deadline.seconds:g} s") from error
    except (ConnectionResetError, BrokenPipeError) as error:
        raise SessionError("connection cut", again="at once") from error
    except OSError as error:
        raise SessionError(describe_os_error(error)) from error


def describe_os_error(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


class Stream(Protocol):
    """Bytes to and from a server, encrypted or not.

    `send` and `receive` raise TimeoutError at the deadline, SessionError beyond the bytes, OSError for a broken
    connection.
    """

    @property
    def deadline(self) -> Deadline:
        """What holds for everything from now on."""

    def send(self, content: bytes) -> None:
        """Send all of it."""

    def receive(self) -> bytes:
        """Return what has come; nothing at the end."""


class TcpStream:
    """The stream as it is on the network. `deadline` holds for everything from now on, and may be changed."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._received = 0
        self.deadline = deadline

    @property
    def our_address(self) -> str:
        """The IP address of our end, without an IPv6 zone."""
        address: str = self._connection.getsockname()[0]
        return address.partition("%")[0]

    def is_silent(self, seconds: float) -> bool:
        """Wait for something to come, and say whether nothing did; no byte of it is taken."""
        readable, _, _ = select.select([self._connection], [], [], min(seconds, self.deadline.left()))
        return not readable

    def send(self, content: bytes) -> None:
        self._connection.settimeout(self.deadline.left())
        self._connection.sendall(content)

    def receive(self) -> bytes:
        self._connection.settimeout(self.deadline.left())
        content = self._connection.recv(CHUNK)
        self._received += len(content)
        if self._received > MOST_BYTES:
            raise SessionError(f"more than {MOST_BYTES:,} bytes received")
        return content


class TlsStream:
    """TLS over a stream, from `handshake` on.

    Its bytes pass through memory: reading from a socket itself, OpenSSL looks at no clock while more of them come, and
    a server may send messages that say nothing for as long as it likes.
    """

    def __init__(self, tcp: TcpStream, tls: ssl.SSLContext, sni: str | None) -> None:
        """Raises ValueError, TypeError or SSLError for a name that TLS cannot send."""
        self._tcp = tcp
        self._from_wire, self._to_wire = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._session = tls.wrap_bio(self._from_wire, self._to_wire, server_hostname=sni)
        self._only_1_2 = tls.maximum_version is ssl.TLSVersion.TLSv1_2
        self._certificate_demanded = False
        self._handshake = bytearray()
        self._done = False

    @property
    def deadline(self) -> Deadline:
        return self._tcp.deadline

    @property
    def received(self) -> bytes:
        """What came from the server until the handshake was done, or failed."""
        return bytes(self._handshake)

    @property
    def version(self) -> str:
        """The version that was agreed on, as OpenSSL writes it: `TLSv1.3`."""
        return self._session.version() or ""

    @property
    def cipher(self) -> str:
        """The cipher suite that was agreed on, by OpenSSL's name."""
        agreed = self._session.cipher()
        return agreed[0] if agreed is not None else ""

    def handshake(self) -> tuple[bytes, ...]:
        """Make the handshake and return the chain as presented: DER, leaf first."""
        try:
            self._carry(self._session.do_handshake)
        except TimeoutError as error:
            raise SessionError(f"TLS handshake not done within {self.deadline.seconds:g} s") from error
        except ssl.SSLEOFError as error:
            raise SessionError("connection cut in the TLS handshake", again="at once") from error
        except ssl.SSLError as error:
            if IN_CLEAR.match(self.received):
                raise in_clear(self.received) from error
            if not self._wants_our_certificate(error):
                unheard = self._only_1_2 and error.reason == "TLSV1_ALERT_PROTOCOL_VERSION"
                raise SessionError(
                    f"TLS handshake failed: {describe_tls_error(error)}", inconclusive="NotAskable" if unheard else None
                ) from error
        self._done = True
        chain = self._session.get_unverified_chain()
        if not chain:
            raise SessionError("TLS handshake without a certificate")
        if len(chain) > LONGEST_CHAIN:
            raise SessionError(f"a chain of {len(chain)} certificates, at most {LONGEST_CHAIN} are accepted")
        return tuple(chain)

    def send(self, content: bytes) -> None:
        self._carry(lambda: self._session.write(content))

    def receive(self) -> bytes:
        try:
            return self._carry(lambda: self._session.read(CHUNK))
        except ssl.SSLEOFError:  # cut without TLS's own farewell
            return b""
        except ssl.SSLError as error:
            raise SessionError(f"TLS failed: {describe_tls_error(error)}") from error

    def _wants_our_certificate(self, error: ssl.SSLError) -> bool:
        """Whether the server has shown its chain, proven its key, and ended the handshake for want of ours.

        In TLS 1.3 the handshake is over for the client before the server can object.
        """
        return self._certificate_demanded and error.reason in ABOUT_OUR_CERTIFICATE

    def _carry[T](self, step: Callable[[], T]) -> T:
        """Take a step of the session, carrying bytes to and from the wire until it is done."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        if content := self._to_wire.read():
            self._tcp.send(content)
            self._certificate_demanded |= OUR_CERTIFICATE.match(content) is not None

    def _fill(self) -> None:
        if received := self._tcp.receive():
            if not self._done:
                self._handshake += received
            self._from_wire.write(received)
        else:
            self._from_wire.write_eof()


def in_clear(reply: bytes) -> SessionError:
    """Return why a server speaks SMTP where TLS is to come first: some refuse a client before TLS begins."""
    text = server_text(reply.partition(b"\n")[0].decode("ascii", errors="replace").strip())
    match reply[:1]:
        case b"4":
            return SessionError(f"busy at the greeting: {text}", again="later", inconclusive="Busy", early=True)
        case b"5":
            return SessionError(f"turned away at the greeting: {text}", inconclusive="TurnedAway", early=True)
    return SessionError(f"no TLS: this port greets in clear ({text}), and 465 is where TLS comes first", early=True)


def describe_tls_error(error: ssl.SSLError) -> str:
    reason = server_text(error.reason or str(error))
    return f"{reason} (a chain of more than 102,400 bytes)" if reason == TOO_LARGE else reason
