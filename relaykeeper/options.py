"""Options that several commands have, each defined once."""

from pathlib import Path
from typing import Annotated

import typer

from relaykeeper.name_completion import complete_target

InventoryFile = Annotated[
    Path | None,
    typer.Option(
        "--inventory", metavar="FILE", help="The inventory; else RELAYKEEPER_INVENTORY, else what `config` has."
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        "--target",
        "-t",
        metavar="NAME|URL",
        help="The app: a name of `config`, or its URL; else RELAYKEEPER_TARGET, else RELAYKEEPER_APP_URL, else the "
        "default of `config`.",
        autocompletion=complete_target,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON; docs/command.md describes it.")]
