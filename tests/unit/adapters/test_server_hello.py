"""The version and the group are read from what OpenSSL itself sends as a server, and nothing else breaks the reader."""

import ssl
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.pki import Authority
from shared.adapters.smtp.server_hello import read_server_hello
from shared.adapters.smtp.tls import settings_for
from tests.unit.properties.strategies import SAME_EACH_TIME


class Handshake:
    """A handshake in memory. `answer` is what the server said, `cipher` what both agreed on."""

    def __init__(self, server: ssl.SSLContext, client: ssl.SSLContext) -> None:
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        ours = client.wrap_bio(to_client, to_server, server_hostname="mail.example.net")
        theirs = server.wrap_bio(to_server, to_client, server_side=True)
        self.answer = b""
        for _ in range(4):
            step(ours)
            step(theirs)
            sent = to_client.read()
            self.answer += sent
            to_client.write(sent)
        agreed = ours.cipher()
        self.cipher = agreed[0] if agreed else ""


def step(side: ssl.SSLObject) -> None:
    with suppress(ssl.SSLWantReadError):
        side.do_handshake()


@pytest.fixture
def server(tmp_path: Path) -> ssl.SSLContext:
    pair = Authority.create(tmp_path, "test").issue("mail.example.net", names=["mail.example.net"])
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    settings.load_cert_chain(pair.certificate, pair.key)
    return settings


def only(lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> ssl.SSLContext:
    settings = settings_for(lowest, highest)
    assert settings is not None
    return settings


@pytest.mark.parametrize(("version", "written"), [(ssl.TLSVersion.TLSv1_2, "1.2"), (ssl.TLSVersion.TLSv1_3, "1.3")])
@pytest.mark.parametrize(("curve", "group"), [("prime256v1", "P-256"), ("secp384r1", "P-384"), ("X25519", "X25519")])
def test_version_and_group_are_those_that_were_agreed_on(
    server: ssl.SSLContext, version: ssl.TLSVersion, written: str, curve: str, group: str
) -> None:
    server.set_ecdh_curve(curve)
    shaken = Handshake(server, only(version, version))

    hello = read_server_hello(shaken.answer)

    assert hello is not None
    assert (hello.version, hello.key_exchange(shaken.cipher)) == (written, group)


def test_an_alert_is_no_hello() -> None:
    assert read_server_hello(b"\x15\x03\x03\x00\x02\x02\x46") is None


def test_the_old_versions_can_be_offered_or_the_library_says_that_it_cannot() -> None:
    settings = settings_for(ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
    assert settings is None or settings.maximum_version is ssl.TLSVersion.TLSv1_1


def test_ciphers_without_forward_secrecy_are_offered_as_mail_servers_do() -> None:
    offered = only(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3).get_ciphers()
    assert "AES256-GCM-SHA384" in [cipher["name"] for cipher in offered]


@given(st.binary(max_size=300), st.binary(max_size=300))
@SAME_EACH_TIME
def test_no_bytes_break_the_reader(start: bytes, body: bytes) -> None:
    for received in (start, wrapped(body), wrapped(b"\x02" + len(body).to_bytes(3) + body)):
        hello = read_server_hello(received)
        assert hello is None or hello.key_exchange("ECDHE") is not None


def wrapped(payload: bytes) -> bytes:
    """Return a handshake record."""
    return b"\x16\x03\x03" + len(payload).to_bytes(2) + payload


def test_very_many_empty_records_are_read_in_one_pass() -> None:
    assert read_server_hello(wrapped(b"") * 200_000) is None
