"""TLS over a wire. Its bytes pass through memory: reading from a socket itself, OpenSSL looks at no clock while more of
them come, and a server may send messages that say nothing for as long as it likes."""

import ssl
from collections.abc import Callable

from shared.adapters.relays.failure import HandshakeError, quoted
from shared.adapters.relays.wire import CHUNK, Wire
from shared.domain.chain import LONGEST_CHAIN

TOO_LARGE = "EXCESSIVE_MESSAGE_SIZE"
"""OpenSSL's word for a chain of more than SSL_MAX_CERT_LIST_DEFAULT, 102,400 bytes: SSL_CTX_set_max_cert_list(3)."""


def context() -> ssl.SSLContext:
    """TLS 1.2 or newer, any certificate: which one it is, and whether a client would take it, is the domain's to say.

    A server that asks for a new handshake, and could show another chain by it, is refused.
    """
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    settings.check_hostname = False
    settings.verify_mode = ssl.CERT_NONE
    settings.minimum_version = ssl.TLSVersion.TLSv1_2
    settings.options |= ssl.OP_NO_RENEGOTIATION
    return settings


class Encrypted:
    """A stream that is TLS from `shake_hands` on."""

    def __init__(self, wire: Wire, tls: ssl.SSLContext, sni: str | None) -> None:
        self._wire = wire
        self._from_wire, self._to_wire = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._session = tls.wrap_bio(self._from_wire, self._to_wire, server_hostname=sni)

    def shake_hands(self) -> tuple[bytes, ...]:
        """Make the handshake and return the chain as presented: DER, leaf first."""
        try:
            self._carried(self._session.do_handshake)
        except ssl.SSLEOFError as error:
            raise HandshakeError("connection cut in the TLS handshake", passing=True) from error
        except ssl.SSLError as error:
            raise HandshakeError(f"TLS handshake failed: {words(error)}") from error
        chain = self._session.get_unverified_chain()
        if not chain:
            raise HandshakeError("TLS handshake without a certificate")
        if len(chain) > LONGEST_CHAIN:
            raise HandshakeError(f"a chain of {len(chain)} certificates, at most {LONGEST_CHAIN} are accepted")
        return tuple(chain)

    def send(self, content: bytes) -> None:
        self._carried(lambda: self._session.write(content))

    def receive(self) -> bytes:
        try:
            return self._carried(lambda: self._session.read(CHUNK))
        except ssl.SSLEOFError:  # cut without TLS's own farewell
            return b""
        except ssl.SSLError as error:
            raise HandshakeError(f"TLS failed: {words(error)}") from error

    def _carried[T](self, step: Callable[[], T]) -> T:
        """Take a step of the session, carrying bytes to and from the wire until it is done."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush()
                self._take()
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        if content := self._to_wire.read():
            self._wire.send(content)

    def _take(self) -> None:
        if received := self._wire.receive():
            self._from_wire.write(received)
        else:
            self._from_wire.write_eof()


def words(error: ssl.SSLError) -> str:
    reason = quoted(error.reason or str(error))
    return f"{reason} (a chain of more than 102,400 bytes)" if reason == TOO_LARGE else reason
