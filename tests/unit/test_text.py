"""Text of other systems on one printable line."""

import pytest

from shared.text import printable_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("answered  400:\r\n no\t", "answered 400: no"),
        ("\x00\x1b[31m red\u2028\u202e", "[31m red"),
        ("\ud800", ""),
        ("täglich", "täglich"),
    ],
)
def test_what_cannot_be_printed_becomes_a_space(text: str, line: str) -> None:
    assert printable_line(text) == line


def test_a_long_line_is_cut_where_it_is_printable() -> None:
    assert printable_line("a\n\nbcd", 3) == "a b..."
    assert printable_line("a\n\nb", 3) == "a b"


def test_a_replacement_shows_where_something_stood() -> None:
    assert printable_line("a\x00b", replacement="?") == "a?b"
