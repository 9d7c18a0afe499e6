"""SMTP servers on loopback that follow a script, well-behaved or not."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.domain.certificates.certificate import Thumbprint, leaf_of
from shared.domain.serving.probe import Probe
from tests.fakes.inventory import NOW
from tests.fakes.leaves import Signer

HOST = "127.0.0.1"

type Script = Callable[[socket.socket], None]


class Shown:
    """A certificate for `name`, with its key and those `behind` it in one PEM, the root that signed it, and the TLS
    settings of a server that shows it."""

    def __init__(
        self, name: str, folder: Path, behind: Sequence[x509.Certificate] = (), *, now: datetime = NOW
    ) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        authority = Signer("Test CA", now=now)
        self.root = authority.certificate
        certificate = authority.issue(key.public_key(), name, begins=now - timedelta(hours=1))
        self.thumbprint: Thumbprint = leaf_of(certificate).thumbprint
        self.chain = tuple(shown.public_bytes(Encoding.DER) for shown in (certificate, *behind))
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.pem = private + b"".join(shown.public_bytes(Encoding.PEM) for shown in (certificate, *behind))
        file = folder / f"{name}.pem"
        file.write_bytes(self.pem)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(file)


@contextmanager
def serving(*scripts: Script, address: str = HOST) -> Iterator[int]:
    """Listen and play one script per connection, the last for all that follow; yield the port.

    A script may find the connection gone at any time; whatever else it raises fails the test.
    """
    failures: list[BaseException] = []
    connections: list[socket.socket] = []

    def play(connection: socket.socket, script: Script) -> None:
        try:
            with connection, suppress(OSError):
                script(connection)
        except BaseException as failure:
            failures.append(failure)
            raise

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connections.append(connection)
                script = scripts[min(len(connections), len(scripts)) - 1]
                player = threading.Thread(target=play, args=(connection, script))
                player.start()
                players.append(player)

    players: list[threading.Thread] = []
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as listener:
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for connection in connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            for player in players:
                player.join()
    assert not failures


def question(port: int, sni: str | None = "mail.example.net") -> Probe:
    return Probe("mailrelay-0", HOST, port, sni)


def says(text: str) -> Script:
    """Say something and wait for the other side to leave."""

    def script(connection: socket.socket) -> None:
        connection.sendall(text.encode())
        wait_for_end(connection)

    return script


def up_to_starttls(
    reply: str, *, extensions: str = "250-relay\r\n250 STARTTLS\r\n", then: Script | None = None
) -> Script:
    """Behave until STARTTLS, answer that with `reply`, and then follow another script."""

    def script(connection: socket.socket) -> None:
        connection.sendall(b"220 relay ESMTP\r\n")
        connection.recv(1024)
        connection.sendall(extensions.encode())
        connection.recv(1024)
        connection.sendall(reply.encode())
        (then or wait_for_end)(connection)

    return script


def relay(default: Shown, *others: tuple[str, Shown], farewell: list[bytes] | None = None) -> Script:
    """Be a relay with a certificate per name; `farewell` gets what is said after the handshake."""
    by_name = dict(others)

    def choose(encrypted: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        encrypted.context = by_name.get(name or "", default).tls

    default.tls.sni_callback = choose

    def shake_hands(connection: socket.socket) -> None:
        with default.tls.wrap_socket(connection, server_side=True) as encrypted:
            said = encrypted.recv(1024)
            if farewell is not None:
                farewell.append(said)
            encrypted.sendall(b"221 relay closing\r\n")

    return up_to_starttls("220 go ahead\r\n", then=shake_hands)


def wait_for_end(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass
