"""Plain secrets: account keys."""

import uuid

import pytest

from shared.inventory import SecretReference
from tests.contract.vault.places import VAULT, Subject

pytestmark = pytest.mark.vault


def test_a_secret_that_was_never_stored_is_none(subject: Subject) -> None:
    assert subject.port.secret(SecretReference(VAULT, f"contract-{uuid.uuid4().hex[:12]}")) is None


def test_the_newest_value_is_read_back_as_it_was_stored(subject: Subject) -> None:
    newest = f"second {uuid.uuid4()}\nline\n"
    subject.port.put_secret(subject.secret, "first")
    subject.port.put_secret(subject.secret, newest)

    assert subject.port.secret(subject.secret) == newest
