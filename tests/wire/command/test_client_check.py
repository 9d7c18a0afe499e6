"""`relaykeeper clients check` without a repository: whether the app's clients are accepted, and what is missing."""

import json
from collections.abc import Iterator

import pytest

from relaykeeper.__main__ import main
from tests.wire.command.site import known_site
from tests.workflows.client_world import ClientWorld, client_world


@pytest.fixture
def world(bare: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClientWorld]:
    """An app whose clients have not been made yet."""
    del bare
    world = client_world()
    with known_site(world, monkeypatch):
        yield world


def test_a_client_that_is_not_accepted_yet_fails_and_says_why(
    world: ClientWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clients", "check"]) == 1
    said = capsys.readouterr()
    assert [line.split(":")[0] for line in said.out.splitlines()] == ["FAIL pcol", "FAIL jobs", "FAIL probe"]
    assert said.err == "3 clients, 3 with a fault.\n"
    assert main(["clients", "check", "--json"]) == 1
    assert [each["ready"] for each in json.loads(capsys.readouterr().out)["clients"]] == [False] * 3

    world.tick()
    assert main(["clients", "check"]) == 0
    said = capsys.readouterr()
    assert [line.split(":")[0] for line in said.out.splitlines()] == ["ok pcol", "ok jobs", "ok probe"]
    assert said.err == "3 clients, 0 with a fault.\n"


def test_a_lost_client_is_not_as_it_should_be(world: ClientWorld, capsys: pytest.CaptureFixture[str]) -> None:
    world.tick()
    world.knows_clients("pcol", "jobs", "probe", "payroll", "crm")
    assert main(["clients", "check", "--relay", "dev"]) == 1
    assert capsys.readouterr().out.startswith("FAIL the inventory lost 2 clients at once: payroll, crm.")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--relay", "nowhere"], "no client is at a relay 'nowhere'"),
        (["--inventory", "inventory.yaml"], "--inventory goes with --repo"),
    ],
)
def test_what_does_not_fit_together_is_said(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["clients", "check", *arguments]) == 2
    assert said in capsys.readouterr().err
