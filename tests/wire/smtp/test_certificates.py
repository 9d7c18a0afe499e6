"""What a relay presents is seen though it demands a certificate of us, has two of its own, or odd names in one."""

import socket
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.adapters.smtp.probe import SmtpProber
from shared.domain.certificates.certificate import leaf_of
from shared.domain.serving.probe import KeyType, ProbeResult
from tests.fakes.leaves import Signer
from tests.wire.smtp.servers import Script, Shown, question, relay, serving, up_to_starttls

NAME = "mail.example.net"
ONLY_1_2, ONLY_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown(NAME, tmp_path)


def ask(script: Script, sni: str | None = NAME, key: KeyType | None = None) -> ProbeResult:
    with serving(script) as port:
        [answer] = SmtpProber(seconds=5).probe([replace(question(port, sni), key=key)])
    return answer


def shaking_hands(tls: ssl.SSLContext) -> Script:
    def script(connection: socket.socket) -> None:
        try:
            with tls.wrap_socket(connection, server_side=True) as encrypted:
                encrypted.recv(1024)
                encrypted.sendall(b"221 bye\r\n")
        except ssl.SSLError:
            connection.close()

    return up_to_starttls("220 go ahead\r\n", then=script)


@pytest.mark.parametrize("version", [ONLY_1_2, ONLY_1_3])
def test_a_chain_is_seen_though_a_certificate_is_demanded_of_us(shown: Shown, version: ssl.TLSVersion) -> None:
    shown.tls.minimum_version = shown.tls.maximum_version = version
    shown.tls.verify_mode = ssl.CERT_REQUIRED
    shown.tls.load_verify_locations(cadata=Signer("Clients").certificate.public_bytes(Encoding.PEM).decode())

    answer = ask(shaking_hands(shown.tls))

    assert (answer.thumbprint, answer.chain) == (shown.thumbprint, shown.chain)


@pytest.mark.parametrize("alert", [40, 70, 80, 112])
def test_an_alert_before_the_chain_is_no_answer(alert: int) -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(bytes([0x15, 3, 3, 0, 2, 2, alert]))

    answer = ask(up_to_starttls("220 go ahead\r\n", then=refuse))

    assert (answer.thumbprint, answer.chain) == (None, ())
    assert answer.failure.startswith("TLS handshake failed: ")


def two_certificates(folder: Path) -> tuple[ssl.SSLContext, dict[KeyType, str]]:
    """Return a server's settings with an EC and an RSA certificate for one name, and the thumbprint of each."""
    tls, thumbprints = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), dict[KeyType, str]()
    keys: dict[KeyType, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey] = {
        "ec": ec.generate_private_key(ec.SECP256R1()),
        "rsa": rsa.generate_private_key(65537, 2048),
    }
    for kind, key in keys.items():
        certificate = Signer("Test CA").issue(key.public_key(), NAME)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = folder / f"{kind}.pem"
        file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        tls.load_cert_chain(file)
        thumbprints[kind] = leaf_of(certificate).thumbprint
    return tls, thumbprints


def test_each_of_two_kinds_of_key_is_seen_where_it_is_asked_for(tmp_path: Path) -> None:
    tls, thumbprints = two_certificates(tmp_path)

    for kind, thumbprint in thumbprints.items():
        assert ask(shaking_hands(tls), key=kind).thumbprint == thumbprint


def test_a_kind_of_key_that_a_server_has_not_is_a_failure_and_tls_1_3_alone_is_no_answer(shown: Shown) -> None:
    missing = ask(shaking_hands(shown.tls), key="rsa")
    assert (missing.thumbprint, missing.inconclusive) == (None, None)
    assert missing.failure.startswith("TLS handshake failed: ")

    shown.tls.minimum_version = ONLY_1_3
    assert ask(shaking_hands(shown.tls), key="ec").inconclusive == "NotAskable"
    assert ask(shaking_hands(shown.tls)).thumbprint == shown.thumbprint


@pytest.mark.parametrize(
    "name",
    ["mail..example.net", ".x.example.net", f"{'a' * 64}.net", "a\0b.example.net", "", f"{'a.' * 130}net", "ü" * 70],
)
def test_a_name_that_no_client_can_ask_for_is_an_answer_in_words_beside_the_others(shown: Shown, name: str) -> None:
    with serving(relay(shown)) as port:
        odd, good = SmtpProber(seconds=5).probe([question(port, name), question(port)])

    assert (odd.thumbprint, odd.inconclusive) == (None, "NotAskable")
    assert odd.failure.startswith("no client can ask for the name ")
    assert odd.failure.isprintable()
    assert len(odd.failure) < 200
    assert good.thumbprint == shown.thumbprint


def test_no_name_at_all_can_be_asked_for(shown: Shown) -> None:
    with serving(relay(shown)) as port:
        [answer] = SmtpProber(seconds=5).probe([question(port, None)])
    assert answer.thumbprint == shown.thumbprint
