"""The verdicts of `verify` for people: a line for each, grouped by address, and a last line that sums up."""

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from relaykeeper.verify.report import Report
from shared.domain.checks import Check, CheckStatus
from shared.domain.verify.verdicts import different_leaves
from shared.text import printable_line

WORDS: Mapping[CheckStatus, str] = {"ok": "ok", "warning": "warn", "failed": "FAIL", "unknown": "unknown"}

COLOURS: Mapping[CheckStatus, str] = {"ok": "32", "warning": "33", "failed": "31;1", "unknown": "35"}
"""Of ECMA-48, section 8.3.117."""

WIDEST = 100


@dataclass(frozen=True, slots=True)
class Style:
    """`width` is where lines are wrapped; None: one line for each verdict, however long, as a pipe wants it."""

    width: int | None = None
    colour: bool = False


def as_text(report: Report, style: Style) -> str:
    checks = [each.check for address in report.addresses for each in address.verdicts]
    widths = [
        max(map(len, column), default=0) for column in ([WORDS[c.status] for c in checks], [c.name for c in checks])
    ]
    layout = Layout(style, *widths)
    return "\n".join([*heading(report), *layout.found(report), *ending(report)])


def heading(report: Report) -> Iterator[str]:
    how = "TLS first" if report.target.implicit else "STARTTLS"
    yield f"{report.target}, {how}, roots of {printable_line(report.roots_from)}"
    if report.left_out:
        yield f"only its first {len(report.addresses)} addresses are examined, {report.left_out} are not"


def ending(report: Report) -> Iterator[str]:
    yield ""
    if leaves := different_leaves(report.addresses):
        served = "; ".join(f"{leaf[:12]} at {', '.join(where)}" for leaf, where in leaves.items())
        yield f"not the same certificate everywhere: {served}"
    if report.not_asked and any(each.reached for each in report.addresses):
        yield f"not asked: {', '.join(report.not_asked)}"
    yield report.summary()


@dataclass(frozen=True, slots=True)
class Layout:
    """How verdicts stand below each other: the columns are as wide as their longest words."""

    style: Style
    status_width: int
    name_width: int

    def found(self, report: Report) -> Iterator[str]:
        for address in report.addresses:
            yield ""
            yield address.address
            for verdict in address.verdicts:
                yield from self.lines(verdict.check)

    def lines(self, check: Check) -> Iterator[str]:
        """Yield what was found, and below it what to do where it is not ok."""
        status = f"{WORDS[check.status]:<{self.status_width}}"
        if self.style.colour:
            status = f"\x1b[{COLOURS[check.status]}m{status}\x1b[0m"
        first, *more = self.wrapped(printable_line(check.message))
        if check.status != "ok" and check.remedy:
            more += self.wrapped(f"> {check.remedy}")
        yield f"  {status}  {check.name:<{self.name_width}}  {first}".rstrip()
        yield from (" " * self.indent + line for line in more)

    @property
    def indent(self) -> int:
        return 2 + self.status_width + 2 + self.name_width + 2

    def wrapped(self, text: str) -> list[str]:
        if self.style.width is None:
            return [text]
        room = max(20, min(self.style.width, WIDEST) - self.indent)
        return textwrap.wrap(text, room, break_on_hyphens=False) or [""]
