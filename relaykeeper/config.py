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
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from relaykeeper.failures import UsageFailure
from relaykeeper.urls import require_protected
from shared.text import quoted

CONFIG_SETTING = "RELAYKEEPER_CONFIG"

NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """One app; what is not set is empty."""

    app: str
    """Its URL."""
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
        require_protected(target.app)
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
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Config(path)
    except (OSError, ValueError) as error:
        raise UsageFailure(f"cannot read the config file {path}: {error}") from None
    return config_of(path, document)


def config_of(path: Path, document: Mapping[str, Any]) -> Config:
    """Return a file's content as a Config. Raises UsageFailure, which names the member that is wrong."""
    config = Config(path)
    if unknown := document.keys() - {"target", "targets"}:
        raise UsageFailure(f"{path}: unknown {', '.join(sorted(unknown))}; it has `target` and `targets`")
    targets = document.get("targets", {})
    if not isinstance(targets, dict):
        raise UsageFailure(f"{path}: targets must be a table of targets")
    for name, values in targets.items():
        config = config.with_target(name, target_of(path, name, values))
    default = document.get("target", "")
    return config.with_default(default) if default else replace(config, target="")


def target_of(path: Path, name: str, values: object) -> TargetConfig:
    where, known = f"{path}: targets.{name}", [each.name for each in fields(TargetConfig)]
    if not isinstance(values, dict) or not isinstance(values.get("app"), str):
        raise UsageFailure(f"{where}: app must be the URL of an app")
    for key, value in values.items():
        if key not in known or not isinstance(value, str):
            raise UsageFailure(f"{where}.{key} is not known, or no text; a target has {', '.join(known)}")
    return TargetConfig(**values)


def write_config(config: Config) -> None:
    """Write the file whole, or leave it as it is. Raises UsageFailure if it cannot be written."""
    import tomli_w

    document = {"targets": {name: dict(target.values()) for name, target in config.targets.items()}}
    text = tomli_w.dumps({"target": config.target, **document} if config.target else document)
    beside = config.path.with_name(f".{config.path.name}.{os.getpid()}")
    try:
        config.path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(config.path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageFailure(f"cannot write the config file {config.path}: {error}") from None
