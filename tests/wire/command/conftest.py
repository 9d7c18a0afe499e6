"""The command against an app of the test's own, with an environment and a config file that nobody else has."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.command.site import Site, known_site
from tests.workflows.world import new_world

SETTINGS = ("TARGET", "APP_URL", "APP_ID", "FUNCTION_KEY", "INVENTORY")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting of the command in the environment; return where its config file would be."""
    config = tmp_path / "config" / "config.toml"
    monkeypatch.setenv("RELAYKEEPER_CONFIG", str(config))
    for name in SETTINGS:
        monkeypatch.delenv(f"RELAYKEEPER_{name}", raising=False)
    return config


@pytest.fixture
def site(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An app whose first certificate is issued and served, which the environment names; its clock is the command's."""
    del bare
    world = new_world()
    world.tick()
    with known_site(world, monkeypatch) as site:
        yield site
