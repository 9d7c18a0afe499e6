"""`inventory`: check a file without contacting anything, and the schema that editors read."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relaykeeper.exit_codes import ExitCode
from relaykeeper.options import Json

if TYPE_CHECKING:
    from shared.errors import ConfigProblem
    from shared.inventory import Inventory

File = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]",
        help="The inventory; - is standard input. Else RELAYKEEPER_INVENTORY, else what `config` has.",
        show_default=False,
    ),
]

CHECK_EXAMPLES = (
    "relaykeeper inventory check inventory.yaml",
    "git show HEAD:inventory.yaml | relaykeeper inventory check - --json",
)
SCHEMA_EXAMPLES = ("relaykeeper inventory schema > inventory.schema.json",)


def check(file: File = None, json: Json = False) -> int:
    """Find every problem in an inventory; exit code 1 if any.

    Each has its line and column, its path, what is wrong, and what to write instead. Nothing is contacted, and no other
    file is read.
    """
    from relaykeeper.app.inputs import read_text
    from relaykeeper.app.target import choose_inventory
    from shared.errors import ConfigError
    from shared.inventory import parse

    path = choose_inventory(file, how="FILE").path
    problems: tuple[ConfigProblem, ...] = ()
    inventory = None
    try:
        inventory = parse(read_text(path))
    except ConfigError as error:
        problems = error.problems
    print(as_json(path, problems) if json else as_text(path, problems, inventory))
    return ExitCode.NOT_AS_IT_SHOULD_BE if problems else ExitCode.DONE


def as_text(path: Path, problems: "tuple[ConfigProblem, ...]", inventory: "Inventory | None") -> str:
    """Return one line for each problem, as compilers write them, or what the inventory holds."""
    from shared.text import counted, printable_line

    if inventory is not None:
        held = (("certificate", inventory.certificates), ("relay", inventory.relays), ("client", inventory.clients))
        return f"{path} is valid: {', '.join(counted(len(entries), noun) for noun, entries in held)}."
    lines = []
    for each in problems:
        place = "".join(f":{number}" for number in (each.line, each.column) if number is not None)
        lines.append(printable_line(": ".join(filter(None, (f"{path}{place}", each.path, each.message)))))
    return "\n".join([*lines, f"{path} is not valid: {counted(len(problems), 'problem')}."])


def as_json(path: Path, problems: "tuple[ConfigProblem, ...]") -> str:
    """Return `file`, `valid` and `problems`, each with line, column (null if unknown), path and message."""
    from json import dumps

    found = [
        {"line": each.line, "column": each.column, "path": each.path, "message": each.message} for each in problems
    ]
    return dumps({"file": str(path), "valid": not problems, "problems": found}, indent=2)


def schema() -> int:
    """Print the JSON Schema of an inventory, for editors."""
    from shared.inventory.schema import schema

    print(schema(), end="")
    return ExitCode.DONE
