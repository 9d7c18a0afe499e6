"""PKCS#12 out of the vault stand-in, and certificates made elsewhere into it."""

import base64

import pytest
from azure.core.exceptions import HttpResponseError
from azure.keyvault.certificates import CertificateClient, CertificateContentType, KeyType
from azure.keyvault.secrets import SecretClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from tests.standins.asking import begun_csr, chain_of, policy
from tests.standins.signing import Signer, der

PASSWORD = "word"  # noqa: S105 of a file in a test


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP384R1())


def request_of(key: ec.EllipticCurvePrivateKey, subject: str) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name.from_rfc4514_string(subject))
    names = x509.SubjectAlternativeName([x509.DNSName("a.example.org")])
    return builder.add_extension(names, critical=False).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def pem(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> bytes:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


def test_a_pkcs12_secret_is_reversed_after_a_merge_root_first(
    certificates: CertificateClient, secrets: SecretClient, authority: Signer, unique: str
) -> None:
    leaf = authority.sign(begun_csr(certificates, unique, content_type=CertificateContentType.pkcs12))
    certificates.merge_certificate(unique, [der(leaf), der(authority.intermediate), der(authority.root)])

    bag = pkcs12.load_pkcs12(base64.b64decode(secrets.get_secret(unique).value or ""), None)
    assert bag.cert is not None
    assert bag.cert.certificate == leaf
    assert [one.certificate for one in bag.additional_certs] == [authority.root, authority.intermediate]
    assert isinstance(bag.key, ec.EllipticCurvePrivateKey)
    assert bag.key.public_key() == leaf.public_key()


def test_a_pem_secret_of_an_ec_key_says_in_pkcs8_what_the_key_is_for(
    certificates: CertificateClient, secrets: SecretClient, authority: Signer, unique: str
) -> None:
    """An attribute keyUsage (2.5.29.15) behind the key, then the leaf."""
    leaf = authority.sign(begun_csr(certificates, unique))
    certificates.merge_certificate(unique, [der(leaf)])

    value = secrets.get_secret(unique).value or ""
    key, rest = value.split("-----END PRIVATE KEY-----\n")
    content = base64.b64decode(key.removeprefix("-----BEGIN PRIVATE KEY-----"))
    assert content.endswith(bytes.fromhex("a00d300b0603551d0f310403020090"))
    assert x509.load_pem_x509_certificates(rest.encode()) == [leaf]
    assert chain_of(value) == [leaf]


def test_a_key_that_is_not_exportable_stays_in_the_vault(
    certificates: CertificateClient, secrets: SecretClient, authority: Signer, unique: str
) -> None:
    leaf = authority.sign(begun_csr(certificates, unique, exportable=False))
    certificates.merge_certificate(unique, [der(leaf)])

    assert secrets.get_secret(unique).value == leaf.public_bytes(Encoding.PEM).decode()


def test_an_expired_certificate_without_a_subject_can_be_imported(
    certificates: CertificateClient,
    secrets: SecretClient,
    authority: Signer,
    key: ec.EllipticCurvePrivateKey,
    unique: str,
) -> None:
    leaf = authority.sign(request_of(key, ""), days=-1)
    imported = certificates.import_certificate(unique, pem(key, leaf), policy=policy(), tags={"Acmebot": "x"})

    assert imported.properties
    assert imported.properties.expires_on == leaf.not_valid_after_utc
    assert imported.properties.tags == {"Acmebot": "x"}
    assert chain_of(secrets.get_secret(unique).value) == [leaf]


def test_a_pkcs12_file_with_a_password_can_be_imported(
    certificates: CertificateClient, authority: Signer, key: ec.EllipticCurvePrivateKey, unique: str
) -> None:
    leaf = authority.sign(request_of(key, "CN=a.example.org"))
    content = pkcs12.serialize_key_and_certificates(b"a", key, leaf, None, BestAvailableEncryption(PASSWORD.encode()))
    certificates.import_certificate(unique, content, password=PASSWORD)

    found = certificates.get_certificate_policy(unique)
    assert (found.key_type, found.key_curve_name, found.subject) == (KeyType.ec, "P-384", "CN=a.example.org")
    assert found.key_size == 384


def test_a_certificate_with_a_strange_key_is_not_imported(
    certificates: CertificateClient, authority: Signer, key: ec.EllipticCurvePrivateKey, unique: str
) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    leaf = authority.sign(request_of(other, "CN=a.example.org"))

    with pytest.raises(HttpResponseError, match="does not match") as refused:
        certificates.import_certificate(unique, pem(key, leaf), policy=policy())
    assert refused.value.status_code == 400
