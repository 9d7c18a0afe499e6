"""Which version is the one that an issuance was to bring."""

from shared.domain.issuing.issuance import is_replacement
from tests.fakes.inventory import HOST, certificate
from tests.fakes.leaves import leaf, stored


def test_a_version_is_a_replacement_if_there_was_none() -> None:
    assert is_replacement(stored(version="v1"), None, certificate())


def test_the_version_before_does_not_replace_itself() -> None:
    assert not is_replacement(stored(version="v1"), stored(version="v1"), certificate())


def test_another_version_replaces_it() -> None:
    assert is_replacement(stored(version="v2"), stored(version="v1"), certificate())


def test_a_version_for_other_names_or_with_another_key_does_not() -> None:
    others = stored(leaf(names=(HOST, "smtp.mail.example.net")), version="v2")

    assert not is_replacement(others, stored(version="v1"), certificate())
    assert not is_replacement(stored(leaf(key="rsa-2048"), version="v2"), None, certificate())
