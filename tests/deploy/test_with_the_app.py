"""The smoke test and the second clock against the app's own API, on fakes, over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from infra.deploy import second_clock
from infra.deploy.programs import DeployError
from infra.deploy.smoke_test import SmokeTest
from relaykeeper.app.api import Api
from shared.errors import PermanentError
from shared.version import RELEASE
from tests.deploy.conftest import QUICK
from tests.http_server import Handler, serving
from tests.workflows.http import operator
from tests.workflows.world import World, new_world

REASON = "break glass INC-1234: a release was deployed"


@dataclass(frozen=True, slots=True)
class Deployed:
    """The app's world, and its API as an operator sees it."""

    world: World
    api: Api

    def test(self) -> None:
        SmokeTest(QUICK, QUICK, QUICK).run(RELEASE, REASON, self.api)


@pytest.fixture
def deployed() -> Iterator[Deployed]:
    """An app that serves everything, and has not ticked since it was deployed."""
    world = new_world()
    world.tick()

    class Answering(Handler):
        def exchange(self) -> None:
            reply = operator(world).call(self.command, self.path, self.read_body())
            self.reply(reply.status, reply.answer.body, {**reply.headers, "Content-Type": reply.answer.content_type})

    with serving(Answering) as url:
        yield Deployed(world, Api(url, {"authorization": "Bearer a token"}))


def test_a_well_app_passes_and_its_history_has_the_reason_and_the_name(deployed: Deployed) -> None:
    deployed.test()

    record = deployed.world.history.records[-1]
    assert (record.event, record.actor.kind, record.reason) == ("request", "person", REASON)


def test_what_the_app_may_not_read_is_named_with_the_role(deployed: Deployed) -> None:
    refused = PermanentError("cannot list vault dev: our identity lacks Key Vault Certificates Officer")
    for method in ("entries", "latest") * 20:
        deployed.world.vault.faults.before(method, refused)

    with pytest.raises(DeployError, match=r"vault dev .*\n.*lacks Key Vault Certificates Officer"):
        deployed.test()


def test_the_second_clock_ticks_where_ticks_were_missed_and_only_there(deployed: Deployed) -> None:
    deployed.test()
    assert second_clock.second_clock("second clock", deployed.api) == "the app is well: nothing to do"
    deployed.world.clock.advance(timedelta(hours=5))

    assert second_clock.second_clock("second clock", deployed.api) == "the app was degraded: a tick was made"
    assert {sent.message.target.name for sent in deployed.world.queue.sent} == set(
        deployed.world.inventory.certificates
    )
