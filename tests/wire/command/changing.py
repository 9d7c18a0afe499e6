"""What tests of commands that change something begin with."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from relaykeeper.__main__ import main
from relaykeeper.changing import follow
from tests.fakes.command_clock import CommandClock
from tests.wire.command.site import Site, known_site
from tests.workflows.client_world import client_world

WHY = ("--reason", "names were added")
A_WHILE = timedelta(minutes=1)


@pytest.fixture
def clock(site: Site, monkeypatch: pytest.MonkeyPatch) -> CommandClock:
    """The command's clock; in each pause the world goes on for a minute."""
    clock = CommandClock()
    clock.meanwhile = lambda: site.world.work_off(A_WHILE)
    monkeypatch.setattr(follow, "CLOCK", clock)
    return clock


@pytest.fixture
def client_site(bare: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An app with clients, every one accepted; the last login is long ago. Its clock is the command's."""
    del bare
    world = client_world(relay={"refuses_unauthenticated": "postmaster@example.org"})
    world.tick()
    world.clock.advance(timedelta(hours=1))
    with known_site(world, monkeypatch) as site:
        clock = CommandClock()
        clock.meanwhile = lambda: world.work_off(A_WHILE)
        monkeypatch.setattr(follow, "CLOCK", clock)
        yield site


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """Run a command with `--json`; return its exit code and its document, None if it printed none."""
    code = main([*arguments, "--json"])
    said = capsys.readouterr().out
    return code, json.loads(said) if said else None


def sent(site: Site) -> list[str]:
    """Return what was changed, as method and path without a query."""
    return [f"{each['method']} {each['path'].partition('?')[0]}" for each in site.seen if each["method"] != "GET"]


def reasons(site: Site) -> list[str]:
    """Return the reasons that people gave, as the history has them, each once."""
    records = site.world.history.records
    return list(dict.fromkeys(each.reason for each in records if each.event in ("request", "pause")))
