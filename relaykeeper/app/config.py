"""The config file: named apps, and which of them is the default. It holds no key, token or password.

target = "prod"

[targets.prod]
app = "https://relaykeeper-prod.azurewebsites.net"
app_id = "00000000-0000-0000-0000-000000000000"
inventory = "/home/me/mail/inventory.yaml"
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from relaykeeper.app.urls import require_protected
from relaykeeper.failures import UsageFailure
from relaykeeper.file_writing import only_one_at_a_time, replace_file
from shared.text import printable_line, quoted

CONFIG_SETTING = "RELAYKEEPER_CONFIG"

LARGEST_FILE = 1024 * 1024
"""Bytes."""

NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?", re.ASCII)
APP_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[a-z]+://[!-~]{1,250}", re.ASCII)
"""A client id, or an application id URI (api://...)."""


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """One app; what is not set is empty."""

    app: str
    """Its URL, without a slash at the end."""
    app_id: str = ""
    """The application (client) id of its registration in Entra ID; empty: a function key is used."""
    inventory: str = ""
    """A path of the inventory that is deployed there."""

    def values(self) -> Mapping[str, str]:
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name))}


@dataclass(frozen=True, slots=True)
class Config:
    """The file's content; `target` names the default, empty: there is none."""

    path: Path
    target: str = ""
    targets: Mapping[str, TargetConfig] = field(default_factory=dict)

    def with_target(self, name: str, target: TargetConfig) -> "Config":
        """Return the config with a target, new or changed; the first one becomes the default. Raises UsageFailure."""
        if NAME.fullmatch(name) is None:
            raise UsageFailure(f"a target cannot be named {quoted(name)}: use small letters, digits, '.', '_' and '-'")
        target = replace(target, app=target.app.rstrip("/"))
        require_protected(target.app)
        require_app_id(target.app_id)
        return replace(self, targets={**self.targets, name: target}, target=self.target or name)

    def without_target(self, name: str) -> "Config":
        """Return the config without a target, which is the default no more. Raises UsageFailure if it is unknown."""
        self.named(name)
        targets = {each: target for each, target in self.targets.items() if each != name}
        return replace(self, targets=targets, target="" if self.target == name else self.target)

    def with_default(self, name: str) -> "Config":
        """Return the config with another default. Raises UsageFailure if the target is unknown."""
        self.named(name)
        return replace(self, target=name)

    def named(self, name: str) -> TargetConfig:
        """Return a target. Raises UsageFailure if there is none of that name."""
        if (target := self.targets.get(name)) is not None:
            return target
        known = ", ".join(self.targets) or "none yet"
        raise UsageFailure(
            f"{self.path} has no target {quoted(name)} (it has: {known}). Add it: "
            "relaykeeper config set NAME --app https://APP.azurewebsites.net"
        )


def require_app_id(app_id: str) -> None:
    """Raise UsageFailure for what is no app id; it is not repeated, as a key may have been given in its place."""
    if app_id and APP_ID.fullmatch(app_id) is None:
        raise UsageFailure(
            "what is given is not an app id: it is the application (client) id of the app's registration in Entra ID, "
            "for example 00000000-0000-0000-0000-000000000000, or its application id URI, api://..."
        )


def config_path() -> Path:
    """Return where the file is: what RELAYKEEPER_CONFIG says, else as the XDG base directory specification has it."""
    if given := os.environ.get(CONFIG_SETTING):
        return Path(given)
    folder = os.environ.get("XDG_CONFIG_HOME")
    return (Path(folder) if folder else Path.home() / ".config") / "relaykeeper" / "config.toml"


def read_config() -> Config:
    """Return the config, empty if there is no file. Raises UsageFailure if it cannot be read."""
    path = config_path()
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise UsageFailure(f"cannot read the config file {path}: it is larger than {LARGEST_FILE:,} bytes")
        document = tomllib.loads(content.decode())
    except FileNotFoundError:
        return Config(path)
    except (OSError, ValueError, RecursionError) as error:
        why = (isinstance(error, OSError) and error.strerror) or error
        raise UsageFailure(f"cannot read the config file {path}: {why}. Correct or remove it") from None
    return config_of(path, document)


def config_of(path: Path, document: Mapping[str, Any]) -> Config:
    """Return a file's content as a Config. Raises UsageFailure, which names the member that is wrong."""
    config = Config(path)
    if unknown := document.keys() - {"target", "targets"}:
        raise UsageFailure(
            f"{path}: unknown {printable_line(', '.join(sorted(unknown)))}; it has `target` and `targets`"
        )
    targets, default = document.get("targets", {}), document.get("target", "")
    if not isinstance(targets, dict) or not isinstance(default, str):
        raise UsageFailure(f"{path}: targets must be a table of targets, and target the name of one")
    for name, values in targets.items():
        target = target_of(path, name, values)
        try:
            config = config.with_target(name, target)
        except UsageFailure as error:
            raise UsageFailure(f"{path}: targets.{printable_line(name)}: {error}") from None
    return config.with_default(default) if default else replace(config, target="")


def target_of(path: Path, name: str, values: object) -> TargetConfig:
    where, known = f"{path}: targets.{printable_line(name)}", [each.name for each in fields(TargetConfig)]
    if not isinstance(values, dict) or not isinstance(values.get("app"), str):
        raise UsageFailure(f"{where}: app must be the URL of an app")
    for key, value in values.items():
        if key not in known or not isinstance(value, str):
            raise UsageFailure(
                f"{where}.{printable_line(key)} is not known, or no text; a target has {', '.join(known)}"
            )
    return TargetConfig(**values)


def change_config(change: Callable[[Config], Config]) -> Config:
    """Read the file, change it and write it whole; return what it holds now.

    Commands that do so at the same time wait for each other, so that none loses what another wrote. Comments in the
    file are lost. Raises UsageFailure, with the file as it was, if it cannot be read or written.
    """
    import tomli_w

    path = config_path()
    try:
        path.resolve().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageFailure(f"cannot make the folder of the config file {path}: {error.strerror}") from None
    with only_one_at_a_time(path):
        changed = change(read_config())
        document = {"targets": {name: dict(target.values()) for name, target in changed.targets.items()}}
        text = tomli_w.dumps({"target": changed.target, **document} if changed.target else document)
        replace_file(path, text.encode(), name=f"the config file {path}")
    return changed
