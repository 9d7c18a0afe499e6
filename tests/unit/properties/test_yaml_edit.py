"""Whatever shape a list has, an edit changes its items and nothing else, and undoes itself; else it is refused."""

from contextlib import suppress
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.yaml_edit import names_in, with_name, without_name
from shared.yaml_search import NotEditable
from tests.unit.properties.strategies import SAME_EACH_TIME

KEYS = ("spec", "names")
WORDS = st.text("ab-_.9é", min_size=1, max_size=6).filter(lambda word: word[0] in "ab")
COMMENTS = st.sampled_from(["", " # c", '  # - "a"', " #"])
QUOTES = st.sampled_from(["", "'", '"'])


@st.composite
def blocks(draw: st.DrawFn) -> str:
    """A block list behind its key, as people write it."""
    indent = " " * draw(st.integers(2, 6))
    dash = "-" + " " * draw(st.integers(1, 3))
    lines = [draw(COMMENTS)]
    for word in draw(st.lists(WORDS, min_size=1, max_size=4, unique=True)):
        lines += draw(st.lists(st.sampled_from(["", "  # about", "#"]), max_size=2))
        quote = draw(QUOTES)
        lines.append(f"{indent}{dash}{quote}{word}{quote}{draw(COMMENTS)}")
    return "\n".join(lines)


@st.composite
def flows(draw: st.DrawFn) -> str:
    """A flow list behind its key, on one line or several."""
    words = draw(st.lists(WORDS, max_size=4, unique=True))
    apart = draw(st.sampled_from([",", ", ", " , ", ",\n      ", ", # c\n    "]))
    begin, end = draw(st.sampled_from([("[", "]"), ("[ ", " ]"), ("[\n      ", "\n    ]"), ("[\n    ", " # e\n    ]")]))
    quote = draw(QUOTES)
    final = "," if draw(st.booleans()) and words else ""
    return f" {begin}{apart.join(f'{quote}{word}{quote}' for word in words)}{final}{end}"


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A document, or several, with the list in one of them."""
    before = draw(
        st.sampled_from(["", "# a\n", "---\n", "a: {names: [x]}\n---\n", "%YAML 1.1\n---\n", "a: &a 1\nb: *a\n"])
    )
    after = draw(st.sampled_from(["", "\n", "\n\n# end\n", "\n  other: 1\nz: [1]\n", "\n  # end", "\n---\nspec: {}\n"]))
    text = f"{before}spec:\n  first: 1\n  names:{draw(blocks() | flows())}{after}"
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def loaded(text: str) -> list[Any]:
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def is_subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(character in rest for character in short)


@SAME_EACH_TIME
@given(texts(), WORDS)
def test_a_name_is_added_and_nothing_is_lost_or_moved(text: str, name: str) -> None:
    names = names_in(text, KEYS)
    edited = with_name(text, KEYS, name)
    if name in names:
        assert edited == text
        return
    assert names_in(edited, KEYS) == (*names, name)
    assert is_subsequence(text, edited)
    assert with_name(edited, KEYS, name) == edited
    assert without_name(edited, KEYS, name) == text


@SAME_EACH_TIME
@given(texts(), st.integers(0, 3))
def test_a_name_is_taken_out_and_nothing_else(text: str, position: int) -> None:
    names = names_in(text, KEYS)
    if not names:
        return
    name = names[position % len(names)]
    try:
        edited = without_name(text, KEYS, name)
    except NotEditable:
        return
    assert names_in(edited, KEYS) == tuple(each for each in names if each != name)
    before, after = loaded(text), loaded(edited)
    for document in (*before, *after):
        if isinstance(document, dict) and isinstance(document.get("spec"), dict):
            document["spec"].pop("names", None)
    assert before == after
    assert without_name(edited, KEYS, name) == edited


SIGNS = "{}[],:-&*!|>'\"%@`#?<=. \t\n\r\0\x85\u2028\ufeffabé中😀"


@SAME_EACH_TIME
@given(st.text(SIGNS, max_size=30), st.text(SIGNS, max_size=5))
def test_any_text_is_edited_rightly_or_refused(rest: str, name: str) -> None:
    text = f"spec:\n  names:{rest}"
    with suppress(NotEditable):
        names = names_in(text, KEYS)
        edited = with_name(text, KEYS, name)
        assert names_in(edited, KEYS) == (names if name in names else (*names, name))
        assert without_name(edited, KEYS, name) is not None
