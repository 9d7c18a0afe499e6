"""An environment without a setting of the command, and a config file that nobody else has."""

from pathlib import Path

import pytest

SETTINGS = ("TARGET", "APP_URL", "APP_ID", "FUNCTION_KEY", "INVENTORY")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return where the config file would be."""
    config = tmp_path / "config" / "config.toml"
    monkeypatch.setenv("RELAYKEEPER_CONFIG", str(config))
    for name in SETTINGS:
        monkeypatch.delenv(f"RELAYKEEPER_{name}", raising=False)
    return config
