"""Whom an authority writes to."""

import pytest

from shared.errors import ConfigError
from shared.inventory import parse
from tests.unit.inventory.inventories import RIGHT


def with_contact(contact: str) -> str:
    return RIGHT.replace("dev/ca-account-key}", f"dev/ca-account-key, contact: {contact}}}")


def test_an_issuer_needs_no_contact() -> None:
    assert parse(RIGHT).issuers["ca"].contact == ()


@pytest.mark.parametrize(
    ("contact", "addresses"),
    [
        ("ops@example.org", ("ops@example.org",)),
        ("[ops@example.org]", ("ops@example.org",)),
        ("[a@example.org, b+c@example.net]", ("a@example.org", "b+c@example.net")),
    ],
)
def test_a_contact_is_an_address_or_several(contact: str, addresses: tuple[str, ...]) -> None:
    assert parse(with_contact(contact)).issuers["ca"].contact == addresses


@pytest.mark.parametrize(
    ("contact", "path", "words"),
    [
        ("", "issuers.ca.contact", "is empty"),
        ("[]", "issuers.ca.contact", "at least one entry is needed"),
        ("ops", "issuers.ca.contact", "is not the address of a mailbox"),
        ("'mailto:ops@example.org'", "issuers.ca.contact", "is not the address of a mailbox"),
        ("'Ops <ops@example.org>'", "issuers.ca.contact", "is not the address of a mailbox"),
        ("[ops@example.org, ops]", "issuers.ca.contact[1]", "is not the address of a mailbox"),
        ("[ops@example.org, ops@example.org]", "issuers.ca.contact[1]", "listed twice"),
        ("5", "issuers.ca.contact", "text goes in quotes"),
        ("{mail: ops@example.org}", "issuers.ca.contact", "not a mapping"),
    ],
)
def test_a_contact_that_is_none_is_refused_in_words(contact: str, path: str, words: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        parse(with_contact(contact))

    (problem,) = wrong.value.problems
    assert problem.line == 4
    assert problem.path.startswith(path)
    assert words in problem.message
