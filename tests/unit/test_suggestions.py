"""A mistyped name is answered with the one that may have been meant."""

import pytest

from shared.suggestions import near

NAMES = ["dev-mail-example-net", "prod-mail-example-net", "Internal"]


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("dev-mail-exmaple-net", "dev-mail-example-net"),
        ("prod-mail", "prod-mail-example-net"),
        ("prod-mial", "prod-mail-example-net"),
        ("PROD-MAIL-EXAMPLE-NET", "prod-mail-example-net"),
        ("internal", "Internal"),
    ],
)
def test_the_nearest_name_comes_first(mistyped: str, meant: str) -> None:
    assert near(mistyped, NAMES)[0] == meant


@pytest.mark.parametrize("nonsense", ["", "quux", "x" * 10_000])
def test_nothing_is_made_up(nonsense: str) -> None:
    assert near(nonsense, NAMES) == []


def test_of_many_only_three_are_named() -> None:
    assert len(near("mail", [f"mail-{number}" for number in range(50)])) == 3
