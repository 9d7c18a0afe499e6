"""Which app a command asks: what `--target` names, else what the environment says, else the config file's default."""

import os
from dataclasses import dataclass

from relaykeeper.config import TargetConfig, read_config
from relaykeeper.failures import UsageFailure
from relaykeeper.urls import require_protected

TARGET_SETTING = "RELAYKEEPER_TARGET"
URL_SETTING = "RELAYKEEPER_APP_URL"
APP_ID_SETTING = "RELAYKEEPER_APP_ID"
INVENTORY_SETTING = "RELAYKEEPER_INVENTORY"


@dataclass(frozen=True, slots=True)
class ChosenTarget:
    """An app and its settings, and what chose it."""

    app: str
    app_id: str
    inventory: str
    chosen_by: str


def choose_target(given: str | None) -> ChosenTarget:
    """Return the app to ask. Raises UsageFailure if none is chosen.

    A target of the config file that `--target` or RELAYKEEPER_TARGET names is taken whole, so that no variable left in
    a shell sends a command to another app.
    """
    if given:
        return target_named(given, "--target")
    if named := os.environ.get(TARGET_SETTING, ""):
        return target_named(named, TARGET_SETTING)
    if url := os.environ.get(URL_SETTING, ""):
        return target_at(url, URL_SETTING)
    config = read_config()
    if config.target:
        return of_config(config.target, config.named(config.target), f"the default of {config.path}")
    raise UsageFailure(
        f"no app is chosen: give --target NAME or URL, set {URL_SETTING}, or remember one:\n"
        "  relaykeeper config set prod --app https://APP.azurewebsites.net --app-id ID"
    )


def target_named(given: str, chosen_by: str) -> ChosenTarget:
    if ":" in given or "/" in given:
        return target_at(given, chosen_by)
    return of_config(given, read_config().named(given), chosen_by)


def target_at(url: str, chosen_by: str) -> ChosenTarget:
    """Return the app at a URL; its id is what the environment says, or a target of the config with this URL."""
    bare = url.rstrip("/")
    require_protected(bare)
    same = [target for target in read_config().targets.values() if target.app.rstrip("/") == bare]
    known = same[0] if same else TargetConfig(bare)
    app_id = os.environ.get(APP_ID_SETTING, "") or known.app_id
    return ChosenTarget(bare, app_id, os.environ.get(INVENTORY_SETTING, "") or known.inventory, chosen_by)


def of_config(name: str, target: TargetConfig, chosen_by: str) -> ChosenTarget:
    return ChosenTarget(target.app.rstrip("/"), target.app_id, target.inventory, f"{name}, {chosen_by}")
