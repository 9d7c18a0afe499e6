"""Which servers are trusted: those of the one CA, whatever the form of its certificates."""

import ipaddress
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from shared.adapters.kubernetes.credentials import trust_ca

HOST = "127.0.0.1"


class PlainAuthority:
    """A CA whose certificates have no key identifiers, as those of many clusters."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")])
        self.certificate = self.signed(self.name, self.key, x509.BasicConstraints(ca=True, path_length=None))

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(self.key, hashes.SHA256())
        )

    def server(self, folder: Path) -> ssl.SSLContext:
        """Return a server at HOST."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "apiserver")])
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
        pem = folder / "apiserver.pem"
        pem.write_bytes(
            self.signed(subject, key, names).public_bytes(Encoding.PEM)
            + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, name: str = HOST) -> None:
    with socket.create_server((HOST, 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    server.wrap_socket(connection, server_side=True).close()
                except (ssl.SSLError, ConnectionError):
                    return  # the client tells why

        thread = Thread(target=serve)
        thread.start()
        try:
            with (
                socket.create_connection(listener.getsockname(), timeout=5) as connection,
                client.wrap_socket(connection, server_hostname=name),
            ):
                pass
        finally:
            thread.join()


@pytest.fixture
def authority() -> PlainAuthority:
    return PlainAuthority()


def test_a_ca_without_key_identifiers_is_trusted_as_kubectl_trusts_it(
    authority: PlainAuthority, tmp_path: Path
) -> None:
    shake_hands(trust_ca(authority.pem), authority.server(tmp_path))


def test_another_ca_of_the_same_name_is_not(authority: PlainAuthority, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(trust_ca(PlainAuthority().pem), authority.server(tmp_path))


def test_a_server_of_another_name_is_not(authority: PlainAuthority, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(trust_ca(authority.pem), authority.server(tmp_path), "127.0.0.2")


@pytest.mark.parametrize("nothing", ["", "no PEM", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"])
def test_no_certificate_is_no_trust_and_not_the_systems(nothing: str) -> None:
    with pytest.raises((ssl.SSLError, ValueError)):
        trust_ca(nothing)
