"""What commands read besides their arguments: the inventory."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from relaykeeper.app.target import choose_inventory
from relaykeeper.failures import UsageFailure
from shared.errors import ConfigError, PermanentError

if TYPE_CHECKING:
    from shared.inventory import Inventory

STANDARD_INPUT = Path("-")

LARGEST_INVENTORY = 1024 * 1024
"""Bytes, as docs/inventory.md has it."""


def find_inventory(path: Path | None, target: str | None = None) -> Path:
    """Return where the inventory is that `choose_inventory` chooses. Raises UsageFailure if none is chosen."""
    return choose_inventory(path, target).path


def read_inventory(path: Path | None, target: str | None = None) -> "Inventory":
    """Read the inventory that `find_inventory` finds; raises PermanentError with every problem in it."""
    from shared.inventory import parse

    named = find_inventory(path, target)
    try:
        return parse(read_text(named))
    except ConfigError as error:
        raise PermanentError(f"the inventory {named} is not valid:\n{error}") from error


def read_text(path: Path) -> str:
    """Return an inventory's text, with its line ends as they are; `-` is standard input. Raises UsageFailure if it
    cannot be read, or is larger than an inventory may be."""
    content = read_content(path)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageFailure(f"cannot read the inventory {path}: line {line} is not UTF-8 text") from None


def read_content(path: Path) -> bytes:
    try:
        if path == STANDARD_INPUT:
            content = sys.stdin.buffer.read(LARGEST_INVENTORY + 1)
        else:
            with path.open("rb") as file:
                content = file.read(LARGEST_INVENTORY + 1)
    except OSError as error:
        raise UsageFailure(f"cannot read the inventory {path}: {error.strerror}") from None
    if len(content) > LARGEST_INVENTORY:
        raise UsageFailure(f"cannot read the inventory {path}: it is larger than {LARGEST_INVENTORY:,} bytes")
    return content
