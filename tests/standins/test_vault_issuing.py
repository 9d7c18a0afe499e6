"""How certificates are made in the vault stand-in: create, pending, merge, self-signed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.keyvault.certificates import (
    CertificateClient,
    CertificateContentType,
    KeyCurveName,
    KeyType,
    KeyVaultCertificate,
)
from azure.keyvault.secrets import SecretClient
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.standins.asking import NAMES, begun_csr, chain_of, policy
from tests.standins.signing import Signer, base64_text, der


def test_the_signing_request_asks_for_what_the_policy_says(certificates: CertificateClient, unique: str) -> None:
    request = x509.load_der_x509_csr(begun_csr(certificates, unique))

    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    purposes = request.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == f"CN={NAMES[0]}"
    assert names.get_values_for_type(x509.DNSName) == NAMES
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]


@pytest.mark.parametrize(
    ("wanted", "kind", "bits"),
    [
        ({"key_curve_name": KeyCurveName.p_384}, ec.EllipticCurvePublicKey, 384),
        ({"key_type": KeyType.rsa, "key_curve_name": None, "key_size": 3072}, rsa.RSAPublicKey, 3072),
        ({"key_type": None, "key_curve_name": None}, rsa.RSAPublicKey, 2048),
    ],
)
def test_keys_are_of_the_wanted_type_and_size(
    certificates: CertificateClient, unique: str, wanted: dict[str, Any], kind: type, bits: int
) -> None:
    key = x509.load_der_x509_csr(begun_csr(certificates, unique, **wanted)).public_key()

    assert isinstance(key, kind)
    assert getattr(key, "key_size") == bits  # noqa: B009 both kinds have it


def test_a_merge_completes_the_operation_and_makes_a_version(
    certificates: CertificateClient, secrets: SecretClient, authority: Signer, unique: str
) -> None:
    leaf = authority.sign(begun_csr(certificates, unique))
    merged = certificates.merge_certificate(
        unique, [der(leaf), der(authority.intermediate), der(authority.root)], tags={"order": "7"}
    )

    assert merged.properties
    assert bytes(merged.cer or b"") == der(leaf)
    assert merged.properties.tags == {"order": "7"}
    assert merged.properties.expires_on == leaf.not_valid_after_utc
    assert len(merged.properties.version or "") == 32
    assert certificates.get_certificate_operation(unique).status == "completed"
    secret = secrets.get_secret(unique)
    assert secret.properties.version == merged.properties.version
    assert secret.properties.content_type == CertificateContentType.pem
    assert chain_of(secret.value) == [leaf, authority.intermediate, authority.root]
    key = load_pem_private_key((secret.value or "").encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.public_key() == leaf.public_key()


def test_the_secret_keeps_the_order_of_the_merge(
    certificates: CertificateClient, secrets: SecretClient, authority: Signer, unique: str
) -> None:
    leaf = authority.sign(begun_csr(certificates, unique))
    certificates.merge_certificate(unique, [base64_text(authority.root), base64_text(leaf)])

    assert chain_of(secrets.get_secret(unique).value) == [authority.root, leaf]


def test_without_preserved_order_only_the_leaf_has_its_place(
    certificates: CertificateClient, secrets: SecretClient, authority: Signer, unique: str
) -> None:
    leaf = authority.sign(begun_csr(certificates, unique, preserve_order=False))
    certificates.merge_certificate(unique, [der(leaf), der(authority.intermediate), der(authority.root)])

    assert chain_of(secrets.get_secret(unique).value) == [leaf, authority.root, authority.intermediate]


def test_a_certificate_for_another_key_is_not_merged(
    certificates: CertificateClient, authority: Signer, unique: str
) -> None:
    csr = begun_csr(certificates, f"{unique}-other")
    begun_csr(certificates, unique)

    with pytest.raises(HttpResponseError) as refused:
        certificates.merge_certificate(unique, [der(authority.sign(csr))])
    assert refused.value.status_code == 400
    assert refused.value.error
    assert refused.value.error.code == "BadParameter"
    assert certificates.get_certificate_operation(unique).status == "inProgress"


@pytest.mark.parametrize(
    "wanted",
    [
        {"subject": "CN=" + "a" * 65},
        {"subject": "no name at all"},
        {"san_dns_names": ["bücher.example.org"]},
        {"key_type": KeyType.rsa, "key_curve_name": None, "key_size": 1024},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(
    certificates: CertificateClient, unique: str, wanted: dict[str, Any]
) -> None:
    with pytest.raises(HttpResponseError, match="BadParameter") as refused:
        begun_csr(certificates, unique, **wanted)
    assert refused.value.status_code == 400


def test_one_operation_at_a_time(certificates: CertificateClient, unique: str) -> None:
    begun_csr(certificates, unique)

    with pytest.raises(ResourceExistsError) as refused:
        begun_csr(certificates, unique)
    assert refused.value.error
    assert refused.value.error.code == "Conflict"
    assert not refused.value.error.innererror


def test_a_deleted_operation_makes_way_for_another(certificates: CertificateClient, unique: str) -> None:
    first = begun_csr(certificates, unique)
    certificates.delete_certificate_operation(unique)

    with pytest.raises(ResourceNotFoundError, match="PendingCertificateNotFound"):
        certificates.get_certificate_operation(unique)
    assert begun_csr(certificates, unique) != first


def test_a_certificate_that_waits_for_its_merge_is_there_and_empty(
    certificates: CertificateClient, secrets: SecretClient, unique: str
) -> None:
    begun_csr(certificates, unique)

    waiting = certificates.get_certificate(unique)
    assert waiting.cer is None
    assert waiting.properties
    assert waiting.properties.enabled is False
    assert (waiting.key_id, waiting.secret_id) == (None, None)
    assert waiting.properties.not_before
    assert waiting.properties.expires_on
    assert waiting.properties.expires_on - waiting.properties.not_before > timedelta(days=80)
    listed = {one.name for one in certificates.list_properties_of_certificates()}
    pending = {one.name for one in certificates.list_properties_of_certificates(include_pending=True)}
    assert (unique in listed, unique in pending) == (False, True)
    with pytest.raises(HttpResponseError, match="disabled secret") as refused:
        secrets.get_secret(unique)
    assert refused.value.status_code == 403


def test_the_old_version_stays_current_until_the_merge(
    certificates: CertificateClient, authority: Signer, unique: str
) -> None:
    leaf = authority.sign(begun_csr(certificates, unique))
    old = certificates.merge_certificate(unique, [der(leaf)], tags={"old": "1"})
    csr = begun_csr(certificates, unique)
    current = certificates.get_certificate(unique)
    assert (current.id, bytes(current.cer or b"")) == (old.id, der(leaf))
    assert current.properties
    assert current.properties.tags == {"old": "1"}

    new = certificates.merge_certificate(unique, [der(authority.sign(csr))])
    assert certificates.get_certificate(unique).id == new.id != old.id
    versions = [one.id for one in certificates.list_properties_of_certificate_versions(unique)]
    assert versions == [old.id, new.id]


def test_a_reused_key_is_the_same_in_the_next_version(
    certificates: CertificateClient, authority: Signer, unique: str
) -> None:
    first = authority.sign(begun_csr(certificates, unique, reuse_key=True))
    certificates.merge_certificate(unique, [der(first)])

    again = x509.load_der_x509_csr(begun_csr(certificates, unique, reuse_key=True))
    assert again.public_key() == first.public_key()


def test_self_signed_certificates_are_really_signed_and_last_whole_months(
    certificates: CertificateClient, unique: str
) -> None:
    made = certificates.begin_create_certificate(unique, policy("Self", validity_in_months=1)).result()

    assert isinstance(made, KeyVaultCertificate)
    assert made.cer
    leaf = x509.load_der_x509_certificate(bytes(made.cer))
    leaf.verify_directly_issued_by(leaf)
    lasts = leaf.not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=27) < lasts <= timedelta(days=31)
