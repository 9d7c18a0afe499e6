"""What commands that read print with: tables for people, JSON and YAML for programs.

A table has the same words on a terminal and in a pipe; on a terminal rich colours some of them, unless NO_COLOR is set.
No line is cut, and no row of a table is wrapped: each object is one line, which grep finds. What systems say is printed
on one printable line; a sentence that is too long for a terminal goes on below it, indented.
"""

import json
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer

from relaykeeper.failures import UsageFailure
from shared.text import printable_line

NOTHING = "-"
"""Stands in a column for what there is not."""

GAP = "  "


class Output(StrEnum):
    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"


OutputOption = Annotated[
    Output | None,
    typer.Option("--output", "-o", help="table unless given; wide has more columns; name prints KIND/NAME only."),
]


class Style(StrEnum):
    """What a colour says; the words say it too."""

    PLAIN = ""
    GOOD = "green"
    DOUBTFUL = "yellow"
    BAD = "red"


@dataclass(frozen=True, slots=True)
class Column[T]:
    """A column of a table of `T`. `aging`: it changes by itself as time goes on, which is no news to `--watch`."""

    heading: str
    text: Callable[[T], str]
    style: Callable[[T], Style] = lambda _: Style.PLAIN
    wide: bool = False
    aging: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    style: Style = Style.PLAIN


def choose_output(output: Output | None, as_json: bool) -> Output:
    """Return how to print; `--json` is `-o json`. Raises UsageFailure if both are given and differ."""
    if as_json and output not in (None, Output.JSON):
        raise UsageFailure(f"--json and -o {output} exclude each other")
    return Output.JSON if as_json else output or Output.TABLE


def row_of[T](item: T, columns: Iterable[Column[T]]) -> tuple[Cell, ...]:
    return tuple(Cell(printable_line(each.text(item)) or NOTHING, each.style(item)) for each in columns)


def headings_of[T](columns: Iterable[Column[T]]) -> tuple[Cell, ...]:
    return tuple(Cell(each.heading) for each in columns)


def widths_of(rows: Sequence[Sequence[Cell]]) -> tuple[int, ...]:
    """Return how wide each column is, in a terminal's cells; the last one is as wide as its text."""
    return tuple(max(width(row[column].text) for row in rows) for column in range(len(rows[0]) - 1))


def width(text: str) -> int:
    """Return the cells of a terminal that a text takes (Unicode Standard Annex #11; a combining mark takes none)."""
    return sum(0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)


def print_rows(rows: Sequence[Sequence[Cell]], widths: Sequence[int]) -> None:
    """Print rows in columns of these widths; what is wider moves what follows it."""
    for row in rows:
        line = []
        for position, cell in enumerate(row):
            missing = widths[position] - width(cell.text) if position < len(widths) else 0
            line += [cell, Cell(" " * max(missing, 0) + (GAP if position < len(row) - 1 else ""))]
        print_line(line)


def print_table[T](items: Iterable[T], columns: Sequence[Column[T]]) -> tuple[int, ...]:
    """Print the headings and a line for each item; return the widths of the columns, for lines that follow."""
    rows = [headings_of(columns), *(row_of(item, columns) for item in items)]
    widths = widths_of(rows)
    print_rows(rows, widths)
    return widths


def print_line(cells: Sequence[Cell]) -> None:
    """Print cells beside each other, coloured on a terminal."""
    if not sys.stdout.isatty():
        print("".join(cell.text for cell in cells).rstrip())
        return
    from rich.console import Console
    from rich.text import Text

    line = Text.assemble(*((cell.text, cell.style.value) for cell in cells))
    line.rstrip()
    Console(file=sys.stdout, highlight=False, markup=False, emoji=False).print(line, soft_wrap=True)


def print_json(document: Any, *, in_one_line: bool = False) -> None:
    """Print JSON in which no character controls a terminal; in ASCII where the output cannot have every character."""
    from shared.api.http import escape_control_chars

    plain = (sys.stdout.encoding or "utf-8").lower().replace("_", "-") not in ("utf-8", "utf8")
    text = json.dumps(document, ensure_ascii=plain, indent=None if in_one_line else 2)
    print(escape_control_chars(text))


def print_yaml(document: Any) -> None:
    """Print YAML, in ASCII, with the members in the order of the API."""
    import yaml

    print(yaml.safe_dump(document, sort_keys=False, default_flow_style=False, width=110), end="")


def in_one_line(line: str) -> str:
    """Return a line fit for a terminal, with its spaces, by which it is indented and aligned."""
    return "".join(character if character.isprintable() else " " for character in line).rstrip()


def fold(line: str, indent: int) -> list[str]:
    """Return the lines in which a terminal shows a long one, at least one: all but the first begin at column `indent`.
    In a pipe it stays one line."""
    if not sys.stdout.isatty():
        return [line]
    room = max(shutil.get_terminal_size().columns, 2 * indent)
    folded = textwrap.wrap(line, room, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)
    return folded or [line]


def print_indented(line: str, indent: int | None = None) -> None:
    """Print a line; what does not fit a terminal goes on at column `indent`, two cells further in if it is None."""
    line = in_one_line(line)
    begins = len(line) - len(line.lstrip(" ")) + 2 if indent is None else indent
    print("\n".join(fold(line, begins)), flush=True)


def note(text: str) -> None:
    """Say something to the person on standard error: what was asked for goes to standard output."""
    print(printable_line(text), file=sys.stderr)
