"""What YAML can do to an inventory ends in problems, never in a traceback or a long wait."""

import pytest

from shared.inventory import parse
from tests.unit.inventory.inventories import RIGHT, edited, problems_of


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "is empty"),
        ("# nothing yet\n", 1, "is empty"),
        ("{}", 1, "is empty"),
        ("- vaults", 1, "must be a mapping"),
        ("vaults", 1, "must be a mapping"),
        ("vaults: {}\ncertificates: [\n", 3, "column 1"),
        ("vaults:\n\tdev: {}\n", 2, "a tab cannot indent, write spaces"),
        ("vaults: \x01", None, "character that YAML does not allow"),
        ("vaults: \ud800", None, "character that YAML does not allow"),
        ("vaults: {}\ncertificates: {}\n---\nvaults: {}\n", 3, "a second YAML document"),
        (" " * (1024 * 1024 + 1), None, "allowed are 1048576"),
        ("[" * 1_000_000, 1, "nested deeper"),
        ("? " + "[" * 1_000_000, 1, "nested deeper"),
        ("%YAML 9\n---\n", 1, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_a_problem(text: str, line: int | None, says: str) -> None:
    problem = problems_of(text)[-1]
    assert problem.line == line
    assert says in problem.message


def test_a_duplicate_key_names_the_line_of_the_first() -> None:
    [problem] = problems_of(edited(("    vault: dev\n", "    vault: dev\n    vault: deb\n")))
    assert (problem.path, problem.line) == ("certificates.mail.vault", 13)
    assert "in line 12 already" in problem.message


def test_a_section_that_is_begun_again_is_read_on() -> None:
    [problem] = problems_of(edited(("  inside:\n", "certificates:\n  inside:\n")))
    assert (problem.path, problem.line) == ("certificates", 15)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("    <<: {vault: dev}\n    vault: dev\n", "merge key"),
        ("    vault: *dev\n", "alias"),
        ("    vault: !!str dev\n", "the tag !!str"),
        ("    ? [a]\n    : b\n    vault: dev\n", "a key must be text"),
    ],
)
def test_what_yaml_can_do_and_an_inventory_has_no_use_for_is_refused(new: str, says: str) -> None:
    [problem] = problems_of(edited(("    vault: dev\n", new)))
    assert says in problem.message
    assert problem.line == 12


def test_a_key_that_is_no_text_to_yaml_goes_in_quotes() -> None:
    [problem] = problems_of(edited(("  inner:", "  25:")))
    assert 'in quotes: "25"' in problem.message


def test_aliases_that_would_expand_without_end_cost_nothing() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    assert any("alias" in problem.message for problem in problems_of(bomb + RIGHT))


def test_a_byte_order_mark_is_no_problem() -> None:
    parse("\ufeff" + RIGHT)
