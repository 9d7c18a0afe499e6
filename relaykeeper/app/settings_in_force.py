"""What a command would use now: the app, the identity and the inventory, each with its source; never a key."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from relaykeeper.app.config import Config, read_config
from relaykeeper.app.login import KEY_SETTING
from relaykeeper.app.target import TARGET_SETTING, URL_SETTING, ChosenTarget, choose_inventory, choose_target
from relaykeeper.failures import UsageFailure
from shared.text import printable_line

NOT_SET = "-"


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and its source. Both are empty if it is not set; `source` then says nothing."""

    value: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class InForce:
    """What a command would use. `login` is `token`, `key`, `prompt` (for a key), or empty: none."""

    app: Setting
    app_id: Setting
    login: Setting
    inventory: Setting
    config: Config


def settings_in_force(given: str | None) -> InForce:
    """Return what a command with this `--target` would use.

    Raises UsageFailure if the config file cannot be read, or the target that is named is not there.
    """
    config = read_config()
    chosen = chosen_or_none(given, config)
    return InForce(
        Setting(chosen.app, chosen.chosen_by) if chosen else Setting(),
        Setting(chosen.app_id, chosen.app_id_from) if chosen else Setting(),
        login_of(chosen) if chosen else Setting(),
        inventory_in_force(given),
        config,
    )


def chosen_or_none(given: str | None, config: Config) -> ChosenTarget | None:
    """Return the app that is chosen, None if nothing chooses one; raises UsageFailure for a choice that is wrong."""
    chooses = given or os.environ.get(TARGET_SETTING) or os.environ.get(URL_SETTING) or config.target
    return choose_target(given) if chooses else None


def inventory_in_force(given: str | None) -> Setting:
    try:
        chosen = choose_inventory(None, given)
    except UsageFailure:
        return Setting()
    return Setting(str(chosen.path), chosen.chosen_by)


def login_of(chosen: ChosenTarget) -> Setting:
    if chosen.app_id:
        return Setting("token", chosen.app_id_from)
    if os.environ.get(KEY_SETTING):
        return Setting("key", KEY_SETTING)
    return Setting("prompt", "this terminal") if sys.stdin.isatty() and sys.stderr.isatty() else Setting()


LOGINS = {
    "token": "a token of Entra ID (DefaultAzureCredential)",
    "key": "a function key",
    "prompt": "a function key, which is asked for",
    "": "not possible yet: set an app id, or RELAYKEEPER_FUNCTION_KEY",
}


def as_text(found: InForce) -> str:
    """Return one line for each setting, and one for each target."""
    rows = [
        ("app", found.app),
        ("app id", found.app_id),
        ("login", Setting(LOGINS[found.login.value], found.login.source) if found.app.value else Setting()),
        ("inventory", found.inventory),
    ]
    width = max(len(each.value or NOT_SET) for _, each in rows)
    lines = [f"{name:10} {each.value or NOT_SET:{width}}  {each.source}".rstrip() for name, each in rows]
    return "\n".join(map(shown, [*lines, "", *target_lines(found.config)]))


def target_lines(config: Config) -> Iterator[str]:
    if not config.targets:
        yield f"The config file {config.path} has no target. Add one:"
        yield "  relaykeeper config set prod --app https://APP.azurewebsites.net --app-id ID"
        return
    yield f"Targets of {config.path}:"
    rows = [(name, target.app, target.app_id, target.inventory) for name, target in config.targets.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        mark = "*" if row[0] == config.target else " "
        yield f"{mark} {'  '.join(map(str.ljust, row, widths))}".rstrip()


def shown(line: str) -> str:
    indent = len(line) - len(line.lstrip())
    return line if line.isprintable() else line[:indent] + printable_line(line)


def as_json(found: InForce) -> str:
    """Return `app`, `app_id`, `login` and `inventory`, each null or with value and source, and the config file."""
    settings = {
        name: asdict(each) if (each := getattr(found, name)).value else None
        for name in ("app", "app_id", "login", "inventory")
    }
    return json.dumps({**settings, "config": config_document(found.config)}, indent=2)


def config_document(config: Config) -> Mapping[str, Any]:
    targets = {name: dict(target.values()) for name, target in config.targets.items()}
    return {"path": str(config.path), "target": config.target or None, "targets": targets}
