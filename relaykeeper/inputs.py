"""What commands read besides their arguments: the inventory."""

import os
from pathlib import Path

from shared.errors import ConfigError, PermanentError
from shared.inventory import Inventory, parse

INVENTORY_SETTING = "RELAYKEEPER_INVENTORY"


def find_inventory(path: Path | None) -> Path:
    """Return where the inventory is: a path that was given, or what the environment says. Raises PermanentError."""
    named = path or Path(os.environ.get(INVENTORY_SETTING, ""))
    if named == Path():
        raise PermanentError(f"there is no inventory: give --inventory FILE, or set {INVENTORY_SETTING}")
    return named


def read_inventory(path: Path | None) -> Inventory:
    """Read the inventory at a path, or where the environment says; raises PermanentError with every problem in it."""
    named = find_inventory(path)
    try:
        return parse(read_text(named))
    except ConfigError as error:
        raise PermanentError(f"the inventory {named} is not valid:\n{error}") from error


def read_text(path: Path) -> str:
    """Return an inventory's text; raises PermanentError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PermanentError(f"cannot read the inventory {path}: {error}") from error
