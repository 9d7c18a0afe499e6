"""A vault tells what it holds and when that ends, without values."""

import uuid

import pytest

from tests.contract.vault.places import VAULT, Subject


@pytest.mark.vault
@pytest.mark.issuing
def test_a_certificate_is_listed_with_its_end_and_tags_and_its_key_s_secret_is_not(subject: Subject) -> None:
    certificate = subject.certificate()
    stored = subject.issue(certificate, {"team": "mail"})

    [entry] = [entry for entry in subject.port.entries(VAULT) if entry.name == certificate.name]
    assert (entry.kind, entry.begins, entry.expires) == ("certificate", stored.leaf.not_before, stored.leaf.not_after)
    assert entry.tags == {"team": "mail"}


@pytest.mark.vault
def test_a_secret_is_listed_whatever_its_value(subject: Subject) -> None:
    value = f"canary {uuid.uuid4()}"
    subject.port.put_secret(subject.secret, value)

    [entry] = [entry for entry in subject.port.entries(VAULT) if entry.name == subject.secret.name]
    assert (entry.kind, entry.expires) == ("secret", None)
    assert value not in repr(entry)
