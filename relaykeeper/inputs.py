"""What commands read besides their arguments: the inventory."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from relaykeeper.config import read_config
from relaykeeper.failures import UsageFailure
from relaykeeper.target import INVENTORY_SETTING
from shared.errors import ConfigError, PermanentError

if TYPE_CHECKING:
    from shared.inventory import Inventory


def find_inventory(path: Path | None) -> Path:
    """Return where the inventory is: a path that was given, else what the environment says, else what the config's
    default target has. Raises UsageFailure."""
    if path is not None:
        return path
    if named := os.environ.get(INVENTORY_SETTING, ""):
        return Path(named)
    config = read_config()
    if config.target and (known := config.named(config.target).inventory):
        return Path(known)
    raise UsageFailure(f"there is no inventory: give --inventory FILE, or set {INVENTORY_SETTING}")


def read_inventory(path: Path | None) -> "Inventory":
    """Read the inventory that `find_inventory` finds; raises PermanentError with every problem in it."""
    from shared.inventory import parse

    named = find_inventory(path)
    try:
        return parse(read_text(named))
    except ConfigError as error:
        raise PermanentError(f"the inventory {named} is not valid:\n{error}") from error


def read_text(path: Path) -> str:
    """Return an inventory's text; raises UsageFailure if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageFailure(f"cannot read the inventory {path}: {error}") from error
