"""make bench: how many sessions fail while certificates are swapped, at a hundred a second; what indexing costs,
and how long the command takes to begin."""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence

from infra.local.bench.command import command
from infra.local.bench.indexing import indexing
from infra.local.bench.restart import in_place, restart
from infra.local.bench.session import Figures
from infra.local.bench.versions import plain, reference

HEADINGS = (
    "",
    "changes",
    "sessions",
    "a second",
    "failed",
    "per 100 changes",
    "not whole",
    "versions met",
    "ratio to peer",
)


type Pair = Mapping[str, Figures]
"""The reference relay's figures, and those of the peer that it is compared with."""


def main() -> None:
    parser = ArgumentParser(prog="make bench", description="Count failed sessions while certificates are swapped.")
    parser.add_argument("--swaps", type=int, default=100, help="of running relays' files, for each layout")
    parser.add_argument("--rollouts", type=int, default=10, help="of the pods, for each template")
    arguments = parser.parse_args()
    print(indexing(), end="\n\n", flush=True)
    print(command(), end="\n\n", flush=True)
    layouts = (reference(), plain())
    swapped = {f"in place, {layout.name}": in_place(layout, arguments.swaps) for layout in layouts}
    rolled = dict(restart(reference(), arguments.rollouts))
    print(table([swapped, rolled]))


def table(pairs: Sequence[Pair]) -> str:
    """Lay the figures out in columns, and name the failures below."""
    lines = [HEADINGS, *(line for pair in pairs for line in compared(pair))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    rows = [
        "  ".join(
            [what.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True))]
        )
        for what, *numbers in lines
    ]
    failures = [
        f"{what}: {count} x {failure}"
        for pair in pairs
        for what, figures in pair.items()
        for failure, count in figures.failures.most_common()
    ]
    return "\n".join([*rows, *failures])


def compared(pair: Pair) -> list[tuple[str, ...]]:
    ours, peer = pair.values()
    ratio = f"{ours.failed_per_hundred / peer.failed_per_hundred:.2f}" if peer.failed else "-"
    first, second = (cells(what, figures) for what, figures in pair.items())
    return [(*first, ratio), (*second, "")]


def cells(what: str, figures: Figures) -> tuple[str, ...]:
    return (
        what,
        str(figures.changes),
        str(figures.sessions),
        f"{figures.rate:.1f}",
        str(figures.failed),
        f"{figures.failed_per_hundred:.1f}",
        str(figures.mixed),
        str(figures.met),
    )


if __name__ == "__main__":
    main()
