"""Which app and which inventory a command uses: a flag, else what the environment says, else the config file."""

import os
from dataclasses import dataclass
from pathlib import Path

from relaykeeper.app.config import Config, TargetConfig, read_config
from relaykeeper.app.urls import require_protected
from relaykeeper.failures import UsageFailure

TARGET_SETTING = "RELAYKEEPER_TARGET"
URL_SETTING = "RELAYKEEPER_APP_URL"
APP_ID_SETTING = "RELAYKEEPER_APP_ID"
INVENTORY_SETTING = "RELAYKEEPER_INVENTORY"

TARGET_FLAG = "--target"
INVENTORY_FLAG = "--inventory"


@dataclass(frozen=True, slots=True)
class ChosenTarget:
    """An app, and what chose it. Without an app id, `app_id` and `app_id_from` are empty: a function key is used."""

    app: str
    app_id: str
    chosen_by: str
    app_id_from: str = ""


@dataclass(frozen=True, slots=True)
class ChosenInventory:
    """A path of an inventory, and what chose it."""

    path: Path
    chosen_by: str


def choose_target(given: str | None) -> ChosenTarget:
    """Return the app to ask. Raises UsageFailure if none is chosen.

    A target of the config file that `--target` or RELAYKEEPER_TARGET names is taken whole, so that no variable left in
    a shell sends a command to another app.
    """
    named, chosen_by = name_given(given)
    if is_url(named):
        return target_at(named, chosen_by)
    if named:
        return of_config(named, read_config(), chosen_by)
    if url := os.environ.get(URL_SETTING, ""):
        return target_at(url, URL_SETTING)
    config = read_config()
    if config.target:
        return of_config(config.target, config, "the default")
    raise UsageFailure(
        f"no app is chosen: give {TARGET_FLAG} NAME or URL, set {URL_SETTING}, or remember one:\n"
        "  relaykeeper config set prod --app https://APP.azurewebsites.net --app-id ID"
    )


def choose_inventory(
    given: Path | None, target: str | None = None, how: str = f"{INVENTORY_FLAG} FILE"
) -> ChosenInventory:
    """Return the inventory to use. Raises UsageFailure if none is chosen, and says `how` to give one.

    That of a named target comes before RELAYKEEPER_INVENTORY, for the same reason as in `choose_target`; the default
    target's is never taken for another app.
    """
    if given is not None:
        return ChosenInventory(given, INVENTORY_FLAG)
    named, chosen_by = name_given(target)
    if named and not is_url(named):
        config = read_config()
        if path := config.named(named).inventory:
            return ChosenInventory(Path(path), f"target {named} ({chosen_by}) of {config.path}")
    if path := os.environ.get(INVENTORY_SETTING, ""):
        return ChosenInventory(Path(path), INVENTORY_SETTING)
    if not named or is_url(named):
        config = read_config()
        url = named or os.environ.get(URL_SETTING, "")
        name = name_at(url, config) if url else config.target
        if name and (path := config.named(name).inventory):
            return ChosenInventory(Path(path), f"target {name} of {config.path}")
    raise UsageFailure(
        f"there is no inventory: give {how}, set {INVENTORY_SETTING}, or remember it: "
        "relaykeeper config set NAME --inventory FILE"
    )


def name_given(given: str | None) -> tuple[str, str]:
    """Return the name or URL that `--target` or RELAYKEEPER_TARGET has, and which of them; two empty texts if none."""
    if given:
        return given, TARGET_FLAG
    named = os.environ.get(TARGET_SETTING, "")
    return named, TARGET_SETTING if named else ""


def is_url(named: str) -> bool:
    return ":" in named or "/" in named


def target_at(url: str, chosen_by: str) -> ChosenTarget:
    """Return the app at a URL; its id is what the environment says, or a target of the config with this URL."""
    bare = url.rstrip("/")
    require_protected(bare)
    if app_id := os.environ.get(APP_ID_SETTING, ""):
        return ChosenTarget(bare, app_id, chosen_by, APP_ID_SETTING)
    config = read_config()
    name = name_at(bare, config)
    known = config.named(name) if name else TargetConfig(bare)
    return ChosenTarget(
        bare, known.app_id, chosen_by, f"target {name} of {config.path}, with this URL" if known.app_id else ""
    )


def name_at(url: str, config: Config) -> str:
    """Return the first target of the config with this URL; empty if there is none."""
    return next((name for name, each in config.targets.items() if each.app == url.rstrip("/")), "")


def of_config(name: str, config: Config, chosen_by: str) -> ChosenTarget:
    target = config.named(name)
    source = f"target {name} ({chosen_by}) of {config.path}"
    return ChosenTarget(target.app, target.app_id, source, source if target.app_id else "")
