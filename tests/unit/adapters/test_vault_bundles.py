"""Key and chain out of a secret."""

import base64
import traceback

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from shared.adapters.keyvault.bundles import PEM, PKCS12, BundleError, read_bundle
from shared.domain.certificates.chain import pem
from tests.fakes import odd
from tests.fakes.inventory import HOST, NOW
from tests.fakes.leaves import Signer

ROOT = Signer("Root")
UPPER = Signer("Upper", ROOT)
LOWER = Signer("Lower", UPPER)
KEY = ec.generate_private_key(ec.SECP256R1())
LEAF = LOWER.issue(KEY.public_key(), HOST)
CHAIN = [LEAF, LOWER.certificate, UPPER.certificate]
SHUFFLED = [ROOT.certificate, UPPER.certificate, LEAF, LOWER.certificate]
CANARY = "MHcCAQEEIcanary"


def key_text(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey = KEY,
    shape: PrivateFormat = PrivateFormat.PKCS8,
    encryption: KeySerializationEncryption | None = None,
) -> str:
    return key.private_bytes(Encoding.PEM, shape, encryption or NoEncryption()).decode()


def chain_text(*certificates: x509.Certificate) -> str:
    return pem(certificates).decode()


@pytest.mark.parametrize(
    "value",
    [
        key_text() + chain_text(*CHAIN),
        key_text() + chain_text(*SHUFFLED),
        chain_text(*SHUFFLED) + key_text(),
        chain_text(LEAF) + key_text(shape=PrivateFormat.TraditionalOpenSSL) + chain_text(*CHAIN[1:], ROOT.certificate),
    ],
)
def test_pem_in_any_order_becomes_a_key_and_a_chain_leaf_first_without_root(value: str) -> None:
    bundle = read_bundle(value, PEM, NOW)

    assert bundle.key.decode() == key_text()
    assert bundle.chain == pem(CHAIN)
    assert bundle.leaf.names == {HOST}


def test_pkcs12_becomes_the_same() -> None:
    content = pkcs12.serialize_key_and_certificates(b"name", KEY, LEAF, SHUFFLED, NoEncryption())

    bundle = read_bundle(base64.b64encode(content).decode(), PKCS12, NOW)

    assert bundle.key.decode() == key_text()
    assert bundle.chain == pem(CHAIN)


def test_rsa_keys_are_read_too() -> None:
    key = rsa.generate_private_key(65_537, 2048)
    leaf = LOWER.issue(key.public_key(), HOST)

    bundle = read_bundle(key_text(key, PrivateFormat.TraditionalOpenSSL) + chain_text(leaf), PEM, NOW)

    assert load_pem_private_key(bundle.key, None).public_key() == leaf.public_key()
    assert bundle.leaf.key == "rsa-2048"


def test_a_chain_for_another_key_is_refused() -> None:
    stranger = key_text(ec.generate_private_key(ec.SECP256R1()))

    with pytest.raises(BundleError, match="none of its certificates belongs to its key"):
        read_bundle(stranger + chain_text(*CHAIN), PEM, NOW)


@pytest.mark.parametrize(
    "value", [chain_text(*CHAIN), key_text(ed25519.Ed25519PrivateKey.generate()) + chain_text(LEAF)]
)
def test_a_secret_without_a_usable_key_is_refused(value: str) -> None:
    with pytest.raises(BundleError, match="no RSA or EC key"):
        read_bundle(value, PEM, NOW)


@pytest.mark.parametrize("content_type", [None, "text/plain"])
def test_another_content_type_is_refused(content_type: str | None) -> None:
    with pytest.raises(BundleError, match=f"content type is {content_type}"):
        read_bundle(key_text() + chain_text(*CHAIN), content_type, NOW)


@pytest.mark.parametrize(
    ("value", "content_type"),
    [
        ("", PEM),
        (key_text(), PEM),
        (key_text(encryption=BestAvailableEncryption(b"password")) + chain_text(*CHAIN), PEM),
        (f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n", PEM),
        (f"-----BEGIN PRIVATE KEY-----\n{CANARY}", PEM),
        (CANARY, PKCS12),
        (base64.b64encode(CANARY.encode()).decode(), PKCS12),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_quoted(value: str, content_type: str) -> None:
    with pytest.raises(BundleError, match="cannot be read as the application") as error:
        read_bundle(value, content_type, NOW)

    assert CANARY not in "".join(traceback.format_exception(error.value))


@pytest.mark.parametrize("what", ["an unknown kind of key", "a point that is on no curve", "an unknown curve"])
def test_a_bundle_with_a_certificate_that_cannot_be_read_is_refused_in_words(what: str) -> None:
    extra = x509.load_der_x509_certificate(odd.UNREADABLE[what])
    with pytest.raises(BundleError, match="one of its certificates cannot be read: "):
        read_bundle(key_text() + chain_text(extra, *CHAIN), PEM, NOW)


@pytest.mark.parametrize("what", ["an ediPartyName", "a SAN twice", "the year 0", "an unknown TLS feature"])
def test_a_bundle_whose_leaf_cannot_be_read_is_refused_in_words(what: str) -> None:
    leaf = x509.load_der_x509_certificate(odd.UNREADABLE[what])
    with pytest.raises(BundleError, match="one of its certificates cannot be read: "):
        read_bundle(key_text(odd.KEY) + chain_text(leaf), PEM, NOW)


def test_a_version_4_certificate_is_no_bundle() -> None:
    text = base64.encodebytes(odd.UNREADABLE["version 4"]).decode()
    with pytest.raises(BundleError, match="cannot be read as the application"):
        read_bundle(f"{key_text()}-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n", PEM, NOW)


def test_a_bundle_does_not_show_its_key() -> None:
    bundle = read_bundle(key_text() + chain_text(*CHAIN), PEM, NOW)

    assert "PRIVATE" not in repr(bundle)
    assert key_text().splitlines()[1] not in repr(bundle)
