"""Text that people and other systems write, made fit for a record, a log line and an answer."""

import re
import unicodedata

CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
"""Control characters and line separators, as a part of a character class that Python and ECMA-262 read alike."""
BIDI = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Characters that change the order of text on a screen (Unicode Standard Annex #9)."""
TAGS = "\U000e0000-\U000e0fff"
"""Tags and selectors of variants, as characters: patterns write only the first 65,536 alike by number."""
INVISIBLE = (
    rf"\u0020\u00a0\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u1ab0-\u1aff"
    rf"\u1dc0-\u1dff\u2000-\u200f\u202a-\u202f\u205f-\u206f\u20d0-\u20ff\u2800\u3000\u3164\ufe00-\ufe0f\ufe20-\ufe2f"
    rf"\ufeff\uffa0\ufff9-\ufffb{TAGS}{BIDI}"
)
"""Characters that show nothing by themselves: spaces, format characters, fillers, and the common combining marks."""

VISIBLE = rf"[^{CONTROL}{INVISIBLE}]"
ONE_LINE = rf"^[{INVISIBLE}]*{VISIBLE}([^{CONTROL}{BIDI}]*{VISIBLE})?[{INVISIBLE}]*$"
"""One line with something to see; it may begin and end with invisible characters, which `one_line` takes away."""

VARIATION = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""They choose a form of the character before; taking one away from the end changes no word."""

LONGEST_QUOTE = 127
"""Characters of a name that an answer repeats: no name that we know is longer."""


def is_visible(character: str) -> bool:
    """Say whether a character shows something by itself."""
    return re.fullmatch(VISIBLE, character) is not None


def one_line(text: str) -> str | None:
    """Return a person's text without invisible characters around it; None if it is not one line that shows something.

    Inside, control characters and those that change the order of text are not allowed. Combining marks at the end stay:
    they belong to the letter before.
    """
    if re.fullmatch(ONE_LINE, text) is None:
        return None
    shown = [number for number, character in enumerate(text) if is_visible(character)]
    end = shown[-1] + 1
    while end < len(text) and unicodedata.category(text[end])[0] == "M" and not VARIATION.match(text[end]):
        end += 1
    return text[shown[0] : end]


def printable_line(text: str, longest: int | None = None, *, replacement: str = " ") -> str:
    """Return another system's text on one printable line.

    `replacement` stands for each character that cannot be printed, and one space for each run of white space. What is
    longer than `longest` characters is cut and ends in three dots.
    """
    printable = "".join(character if character.isprintable() else replacement for character in text)
    line = " ".join(printable.split())
    return line if longest is None or len(line) <= longest else f"{line[:longest]}..."


def quoted(text: str) -> str:
    """Return a caller's text in quotation marks on one printable line, cut where it is longer than any name."""
    return repr(text) if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]!r}... ({len(text):,} characters)"


def counted(number: int, noun: str) -> str:
    """Return `1 problem`, `2 problems`: for nouns with a plural in `s`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
