"""Python 3.13 verifies strictly: what the stack's authorities issue must pass."""

import ssl
import stat
from contextlib import suppress
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from infra.local.pki import Authority, KeyPair, write_bundle


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path, "local")


def handshake(server: KeyPair, trust: Path, name: str, client: KeyPair | None = None) -> None:
    """A TLS handshake in memory; the client checks `name` and, if it has a certificate, the server checks that."""
    accepting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=trust)
    accepting.load_cert_chain(*server)
    connecting = ssl.create_default_context(cafile=trust)
    if client:
        accepting.verify_mode = ssl.CERT_REQUIRED
        connecting.load_cert_chain(*client)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = connecting.wrap_bio(to_client, to_server, server_hostname=name)
    far = accepting.wrap_bio(to_server, to_client, server_side=True)

    with suppress(ssl.SSLWantReadError):
        near.do_handshake()
    with suppress(ssl.SSLWantReadError):
        far.do_handshake()
    near.do_handshake()
    far.do_handshake()


def test_a_server_is_believed_at_its_address_and_name(authority: Authority) -> None:
    server = authority.issue("vault", addresses=["127.8.0.11"], names=["vault.example"])

    handshake(server, authority.path, "127.8.0.11")
    handshake(server, authority.path, "vault.example")


def test_a_server_is_not_believed_elsewhere(authority: Authority) -> None:
    server = authority.issue("vault", addresses=["127.8.0.11"])

    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        handshake(server, authority.path, "127.8.0.12")


def test_an_authority_does_not_answer_for_another(authority: Authority, tmp_path: Path) -> None:
    cluster = Authority.create(tmp_path, "ss-dev-00")

    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        handshake(cluster.issue("apiserver", addresses=["127.8.1.10"]), authority.path, "127.8.1.10")


def test_a_client_logs_in_with_its_organization(authority: Authority) -> None:
    server = authority.issue("apiserver", addresses=["127.8.1.10"])
    client = authority.issue("admin", client=True, organizations=["system:masters"])

    handshake(server, authority.path, "127.8.1.10", client)

    subject = x509.load_pem_x509_certificate(client.certificate.read_bytes()).subject
    assert [name.value for name in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)] == ["system:masters"]


def test_a_server_certificate_is_no_login(authority: Authority) -> None:
    server = authority.issue("apiserver", addresses=["127.8.1.10"])

    with pytest.raises(ssl.SSLCertVerificationError, match="unsuitable certificate purpose"):
        handshake(server, authority.path, "127.8.1.10", server)


def test_keys_are_their_owners_alone(authority: Authority) -> None:
    pair = authority.issue("pebble", addresses=["127.8.0.1"])

    assert stat.S_IMODE(pair.key.stat().st_mode) == 0o600


def test_the_bundle_adds_to_the_public_roots(authority: Authority) -> None:
    bundle = write_bundle(authority).read_bytes()

    assert bundle.startswith(Path(certifi.where()).read_bytes())
    assert bundle.endswith(authority.path.read_bytes())
