"""What `get --watch` prints: everything once, then each object again when it changes, one line each."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from relaykeeper.app.kinds import Kind
from relaykeeper.looking.tables import columns_of, views_of
from relaykeeper.output import (
    Cell,
    Column,
    Output,
    headings_of,
    note,
    print_json,
    print_rows,
    print_yaml,
    row_of,
    widths_of,
)

CLOCK = "%H:%M:%SZ"


class WatchOutput:
    """Remembers what was printed last of each object."""

    def __init__(self, kind: Kind, how: Output) -> None:
        self._kind, self._how = kind, how
        self._known: dict[str, object] = {}
        self._widths: tuple[int, ...] = ()

    def show(self, items: Sequence[dict[str, Any]], at: datetime) -> None:
        """Print those that are new or changed. Raises AppRefused for objects of an unknown shape."""
        columns = columns_of(self._kind, at, wide=self._how is Output.WIDE)
        views = views_of(self._kind, items) if self._is_table else items
        rows, present = [], set()
        for item, view in zip(items, views, strict=True):
            identity = self._kind.identity_of(item)
            present.add(identity)
            content = news_in(view, columns) if self._is_table else item
            if self._known.get(identity) != content:
                self._known[identity] = content
                rows.append((self._kind.refer_to(item), item, view))
        for identity in [each for each in self._known if each not in present]:
            del self._known[identity]
            note(f"{identity} is gone")
        self._print(rows, columns, at)

    @property
    def _is_table(self) -> bool:
        return self._how in (Output.TABLE, Output.WIDE)

    def _print(self, rows: Sequence[tuple[str, Any, Any]], columns: Sequence[Column[BaseModel]], at: datetime) -> None:
        if self._is_table:
            time = Cell(at.astimezone(UTC).strftime(CLOCK))
            lines = [(time, *row_of(view, columns)) for _, _, view in rows]
            if lines and not self._widths:
                lines.insert(0, (Cell("TIME"), *headings_of(columns)))
                self._widths = widths_of(lines)
            print_rows(lines, self._widths)
        for reference, item, _ in () if self._is_table else rows:
            match self._how:
                case Output.JSON:
                    print_json(item, in_one_line=True)
                case Output.YAML:
                    print("---")
                    print_yaml(item)
                case _:
                    print_rows([(Cell(reference),)], ())
        flush_output()


def news_in(view: BaseModel, columns: Sequence[Column[BaseModel]]) -> tuple[str, ...]:
    """Return the text of the columns that do not change by themselves."""
    return tuple(each.text(view) for each in columns if not each.aging)


def flush_output() -> None:
    print(end="", flush=True)
