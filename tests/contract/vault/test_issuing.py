"""Creating, merging and discarding certificates."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from shared.domain.certificates.certificate import dns_names, key_hash, key_name
from shared.domain.certificates.chain import pem
from shared.errors import PermanentError
from tests.contract.vault.places import INTERMEDIATE, Subject, chain_for
from tests.fakes.leaves import new_key

pytestmark = [pytest.mark.vault, pytest.mark.issuing]


def test_a_name_that_was_never_used_has_neither_version_nor_operation(subject: Subject) -> None:
    certificate = subject.certificate()

    assert subject.port.latest(certificate) is None
    assert subject.port.pending(certificate) is None


@pytest.mark.parametrize("key", ["ec-256", "ec-384", "rsa-2048"])
def test_the_operation_holds_a_request_for_just_what_is_wanted(subject: Subject, key: str) -> None:
    certificate = subject.certificate(key=key)

    pending = subject.begin(certificate)

    csr = x509.load_der_x509_csr(pending.csr)
    assert csr.is_signature_valid
    assert dns_names(csr.extensions) == pending.names == set(certificate.dns_names)
    assert key_name(csr.public_key()) == pending.key == key
    assert key_hash(csr) == pending.key_hash
    assert pending.issuer == "Unknown"


def test_the_shortest_name_is_the_subject(subject: Subject) -> None:
    certificate = subject.certificate(dns_names=("smtp.mail.example.net", "mail.example.net"))

    csr = x509.load_der_x509_csr(subject.begin(certificate).csr)

    assert [name.value for name in csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == ["mail.example.net"]


def test_nothing_is_stored_before_the_merge(subject: Subject) -> None:
    certificate = subject.certificate()

    subject.begin(certificate)

    assert subject.port.latest(certificate) is None


def test_the_merged_version_is_the_latest_with_our_tags_alone(subject: Subject) -> None:
    certificate = subject.certificate()

    merged = subject.issue(certificate, {"relaykeeper-issuer": "letsencrypt"})

    assert subject.port.latest(certificate) == merged
    assert subject.port.pending(certificate) is None
    assert merged.leaf.names == set(certificate.dns_names)
    assert merged.leaf.key == "ec-256"
    assert merged.tags == {"relaykeeper-issuer": "letsencrypt"}


def test_each_version_has_a_key_and_tags_of_its_own(subject: Subject) -> None:
    certificate = subject.certificate()
    first = subject.issue(certificate, {"first": "1"})

    pending = subject.begin(certificate)
    assert subject.port.latest(certificate) == first
    chain = chain_for(certificate, pending)
    second = subject.port.merge(certificate, chain, {"second": "2"})

    assert subject.port.latest(certificate) == second
    assert second.version != first.version
    assert second.tags == {"second": "2"}
    leaf, _ = x509.load_pem_x509_certificates(chain)
    assert key_hash(leaf) == pending.key_hash


def test_a_chain_for_another_key_is_refused_and_the_operation_goes_on(subject: Subject) -> None:
    certificate = subject.certificate()
    pending = subject.begin(certificate)
    stranger = INTERMEDIATE.issue(new_key("ec-256").public_key(), *certificate.dns_names)

    with pytest.raises(PermanentError):
        subject.port.merge(certificate, pem([stranger, INTERMEDIATE.certificate]), {})

    assert subject.port.pending(certificate) == pending


def test_a_discarded_operation_is_gone_with_its_key(subject: Subject) -> None:
    certificate = subject.certificate()
    before = subject.begin(certificate)

    subject.port.discard(certificate)
    assert subject.port.pending(certificate) is None
    assert subject.port.latest(certificate) is None

    assert subject.begin(certificate).key_hash != before.key_hash


def test_discarding_where_nothing_is_in_progress_is_no_error(subject: Subject) -> None:
    certificate = subject.certificate()
    subject.port.discard(certificate)
    subject.begin(certificate)

    subject.port.discard(certificate)
    subject.port.discard(certificate)

    assert subject.port.pending(certificate) is None


def test_discarding_leaves_the_stored_version_alone(subject: Subject) -> None:
    certificate = subject.certificate()
    merged = subject.issue(certificate, {})
    subject.begin(certificate)

    subject.port.discard(certificate)

    assert subject.port.latest(certificate) == merged


def test_a_self_signed_certificate_needs_no_merge(subject: Subject) -> None:
    certificate = subject.certificate(issuer="self-signed")

    subject.port.create(certificate, {"relaykeeper-issuer": "self-signed"})
    stored = subject.eventually(lambda: subject.port.latest(certificate))

    assert stored.leaf.names == set(certificate.dns_names)
    assert stored.leaf.key == "ec-256"
    assert stored.tags == {"relaykeeper-issuer": "self-signed"}
    assert 360 <= stored.leaf.lifetime.days <= 370
    assert subject.port.pending(certificate) is None
