"""Each effect comes right after its lease was prolonged: nothing that takes time stands in between.

Made from the ports: a new effect enters by itself, and must be met in one of the stories.
"""

from collections.abc import Callable
from itertools import pairwise

import pytest

from shared.errors import LeaseLost
from tests.e2e.killing.effects import Effect, effects_of_renewals
from tests.fakes.inventory import HOST, NAME
from tests.workflows.calls import Call, Calls
from tests.workflows.world import World, new_world

UNFENCED = {
    "state.certificates.lease": "it takes the lease",
    "lease.renew": "it is the fence",
    "lease.write": "Storage refuses it without the lease",
    "history.append": "it records what was done, whichever worker did it",
    "queue.send": "a message only asks for a look; the timer sends it without a lease",
}

FENCED = [effect for effect in effects_of_renewals() if str(effect) not in UNFENCED]


def first_issuance(world: World) -> None:
    """The account's first use, an authority's certificate, a self-signed one, two clusters."""
    world.tick()


def renewal_by_restart(world: World) -> None:
    world.tick()
    world.change_inventory({"reload": "restart"}, dns_names=[HOST, "smtp.mail.example.net"])
    world.tick()


def repair_of_a_secret_edited_by_hand(world: World) -> None:
    world.tick()
    world.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {f"{HOST}.pem": b"oops"})
    world.tick()


def names_that_change_under_way(world: World) -> None:
    begin(world)
    world.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])
    world.work_off()


def a_certificate_that_leaves_under_way(world: World) -> None:
    begin(world)
    world.remove_certificate()
    world.tick()


def an_account_that_the_authority_deleted(world: World) -> None:
    world.tick()
    world.authority.drop_accounts()
    world.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])
    world.tick()


def begin(world: World) -> None:
    """Get as far as a published TXT value."""
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    world.dns.catch_up("192.0.2.2:53")


STORIES: list[Callable[[World], None]] = [
    first_issuance,
    renewal_by_restart,
    repair_of_a_secret_edited_by_hand,
    names_that_change_under_way,
    a_certificate_that_leaves_under_way,
    an_account_that_the_authority_deleted,
]


@pytest.fixture(scope="module")
def calls() -> Calls:
    """Every call of every story, each of which ends with nothing under way."""
    calls = Calls()
    for story in STORIES:
        world = new_world()
        world.through = calls.recorded
        story(world)
        assert world.state.certificates.content[NAME].issuance is None, story.__name__
        assert not world.queue.sent
    return calls


@pytest.mark.parametrize("effect", FENCED, ids=str)
def test_the_lease_is_prolonged_right_before(effect: Effect, calls: Calls) -> None:
    met = [(earlier, call) for earlier, call in pairwise(calls.made) if str(call) == str(effect)]
    assert met, f"no story has {effect}"
    assert [str(earlier) for earlier, call in met if not fences(earlier, call)] == []


def fences(earlier: Call, effect: Call) -> bool:
    """Say whether a call showed that the lease under which the effect comes is still held."""
    return str(earlier) in ("lease.renew", "lease.write") and earlier.lease == effect.lease


def test_a_lease_that_is_broken_as_soon_as_it_is_taken_allows_no_effect() -> None:
    world, calls = new_world(), Calls()
    take = world.state.certificates.take

    def taken_and_broken(name: str) -> str:
        worker = take(name)
        world.state.certificates.break_lease(name)
        return worker

    world.state.certificates.take = taken_and_broken  # type: ignore[method-assign]
    world.through = calls.recorded
    with pytest.raises(LeaseLost):
        world.handle_message()

    called = {str(call) for call in calls.made} - {"clock.now"}
    assert called == {"state.pauses.read", "state.certificates.read", "vault.latest", "state.certificates.lease"}
