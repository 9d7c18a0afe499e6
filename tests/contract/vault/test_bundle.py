"""Key and full chain, read back from the secret behind a certificate."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.domain.certificates.certificate import Bundle, leaf_of
from shared.domain.object_ref import Version
from shared.errors import PermanentError
from tests.contract.vault.places import INTERMEDIATE, Subject

pytestmark = [pytest.mark.vault, pytest.mark.bundle]


def chain_of(bundle: Bundle) -> list[x509.Certificate]:
    """Return the chain, after making sure that the key is the leaf's and in PKCS#8."""
    chain = x509.load_pem_x509_certificates(bundle.chain)
    assert bundle.key.startswith(b"-----BEGIN PRIVATE KEY-----")
    assert load_pem_private_key(bundle.key, None).public_key() == chain[0].public_key()
    assert bundle.leaf == leaf_of(chain[0])
    return chain


@pytest.mark.parametrize("key", ["ec-256", "ec-384", "rsa-2048"])
def test_a_merged_version_has_its_key_and_the_full_chain(subject: Subject, key: str) -> None:
    certificate = subject.certificate(key=key)
    merged = subject.issue(certificate, {})

    bundle = subject.port.bundle(certificate, merged.version)

    leaf, *intermediates = chain_of(bundle)
    assert leaf_of(leaf) == merged.leaf
    assert intermediates == [INTERMEDIATE.certificate]


def test_an_earlier_version_can_still_be_read(subject: Subject) -> None:
    certificate = subject.certificate()
    first = subject.issue(certificate, {})
    second = subject.issue(certificate, {})

    leaves = [subject.port.bundle(certificate, version).leaf for version in (first.version, second.version)]

    assert leaves == [first.leaf, second.leaf]


def test_each_version_is_known_by_its_name(subject: Subject) -> None:
    certificate = subject.certificate()
    first = subject.issue(certificate, {"first": "1"})
    second = subject.issue(certificate, {})

    assert [subject.port.version(certificate, one.version) for one in (first, second)] == [first, second]
    assert subject.port.version(certificate, Version("0123456789abcdef0123456789abcdef")) is None


def test_a_self_signed_certificate_is_a_chain_of_its_own(subject: Subject) -> None:
    certificate = subject.certificate(issuer="self-signed")
    subject.port.create(certificate, {})
    stored = subject.eventually(lambda: subject.port.latest(certificate))

    chain = chain_of(subject.port.bundle(certificate, stored.version))

    assert [leaf_of(one) for one in chain] == [stored.leaf]


def test_a_version_that_does_not_exist_is_named_in_the_error(subject: Subject) -> None:
    certificate = subject.certificate()
    subject.issue(certificate, {})
    missing = Version("0123456789abcdef0123456789abcdef")

    with pytest.raises(PermanentError, match=missing):
        subject.port.bundle(certificate, missing)


def test_a_bundle_does_not_show_its_key(subject: Subject) -> None:
    certificate = subject.certificate()
    merged = subject.issue(certificate, {})

    bundle = subject.port.bundle(certificate, merged.version)

    assert "PRIVATE KEY" not in repr(bundle)
