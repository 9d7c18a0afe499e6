"""What a person has paused is left alone until it ends, and still watched."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.actor import Actor, Occasion
from shared.domain.pauses import ESTATE, Pause, Scope
from shared.domain.requests import Request
from shared.errors import Refused, TransientError, Unknown
from shared.ports import Ports
from shared.workflows.ask import ask, follow
from shared.workflows.pauses import in_force, pause, resume
from shared.workflows.watch import watch
from tests.e2e.killing.effects import effects_of_renewals
from tests.fakes.estate import HOST, NAME
from tests.workflows.calls import Calls
from tests.workflows.world import World, new_world

ANNA = Occasion(Actor("person", "4711", "anna@example.net"), "incident 7", "call-1")
NAMES = [HOST, "smtp.mail.example.net"]
ISSUER = Scope("issuer", "letsencrypt")


@pytest.fixture
def served() -> World:
    """Everything served in both clusters."""
    world = new_world()
    world.tick()
    return world


def as_anna(world: World) -> Ports:
    return replace(world.ports, occasion=ANNA)


def paused(world: World, scope: Scope = ESTATE, time: timedelta = timedelta(hours=4)) -> Pause:
    return pause(scope, world.clock.now() + time, "incident 7", as_anna(world))


def effects(world: World, act: Callable[[], None]) -> set[str]:
    """Return the effects that came of it, but for messages."""
    calls = Calls()
    world.through = calls.recorded
    act()
    world.through = lambda ports: ports
    known = {str(effect) for effect in effects_of_renewals()} - {"queue.send"}
    return {str(call) for call in calls.made} & known


@pytest.mark.parametrize("scope", [ESTATE, Scope("certificate", NAME)], ids=str)
def test_nothing_at_all_is_written_while_it_is_paused(served: World, scope: Scope) -> None:
    paused(served, scope)
    served.wish(dns_names=NAMES)
    served.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {f"{HOST}.pem": b"oops"})

    assert effects(served, served.tick) == set()


@pytest.mark.parametrize("scope", [ESTATE, Scope("certificate", NAME), ISSUER], ids=str)
def test_once_it_ends_what_was_left_undone_is_done(served: World, scope: Scope) -> None:
    paused(served, scope)
    served.wish(dns_names=NAMES)
    served.tick()
    assert len(served.versions) == 1

    served.clock.advance(timedelta(hours=5))
    served.tick()

    assert len(served.versions) == 2


def test_a_paused_issuer_issues_nothing_and_what_is_stored_is_delivered(served: World) -> None:
    paused(served, ISSUER)
    served.wish(dns_names=NAMES)
    served.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {f"{HOST}.pem": b"oops"})

    served.tick()

    assert len(served.versions) == 1
    assert served.served("ss-dev-00") == served.served("ss-dev-01")


def test_a_paused_cluster_keeps_what_it_has_while_the_others_go_on(served: World) -> None:
    paused(served, Scope("cluster", "ss-dev-00"))
    before = served.served("ss-dev-00")
    served.wish(dns_names=NAMES)

    served.tick()

    assert served.served("ss-dev-00") == before
    assert len(served.versions) == 2


def test_a_paused_relay_costs_no_lease(served: World) -> None:
    paused(served, Scope("relay", "dev"))
    served.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {f"{HOST}.pem": b"oops"})

    assert effects(served, served.tick) == set()


def test_a_request_in_a_paused_estate_is_held_with_who_paused_it_and_done_afterwards(served: World) -> None:
    going = paused(served)
    request = ask(Request(certificate=NAME, force=True), as_anna(served))
    served.work_off(timedelta(minutes=5))
    found, state = follow(request.id, served.ports)
    assert (state, found.words) == ("held", "paused by anna@example.net: incident 7")

    resume(going.id, as_anna(served))
    served.tick()

    assert follow(request.id, served.ports)[1] == "served"
    assert len(served.versions) == 2


def test_a_paused_estate_is_watched_all_the_same(served: World) -> None:
    paused(served)
    served.clusters.unreachable.add("ss-dev-00")
    watch(served.ports)
    served.clock.advance(timedelta(hours=1))

    watch(served.ports)

    firing = {alert.name for alert in served.watches.content["alerts"].firing}
    assert "WatchBlind" in firing


def test_a_paused_cluster_may_be_out_of_reach_without_an_alert(served: World) -> None:
    paused(served, Scope("cluster", "ss-dev-00"))
    served.clusters.unreachable.add("ss-dev-00")
    watch(served.ports)
    served.clock.advance(timedelta(hours=1))

    watch(served.ports)

    assert served.watches.content["alerts"].firing == ()


def test_resumed_before_its_time_it_goes_on(served: World) -> None:
    going = paused(served)
    served.wish(dns_names=NAMES)

    resume(going.id, as_anna(served))
    served.tick()

    assert in_force(served.ports) == ()
    assert len(served.versions) == 2


def test_of_two_pauses_the_longer_counts(served: World) -> None:
    paused(served, time=timedelta(hours=1))
    paused(served, time=timedelta(hours=4))
    served.wish(dns_names=NAMES)
    served.clock.advance(timedelta(hours=2))

    served.tick()

    assert len(served.versions) == 1
    assert len(in_force(served.ports)) == 1


def test_each_pause_and_its_end_are_in_the_history_with_who_and_why(served: World) -> None:
    going = paused(served)
    resume(going.id, replace(served.ports, occasion=replace(ANNA, reason="it is over")))

    began, ended = served.history.records[-2:]
    assert (began.event, began.actor.name, began.reason) == ("pause", "anna@example.net", "incident 7")
    assert (ended.event, ended.reason, ended.outcome) == ("pause", "it is over", "estate goes on")


def test_without_a_record_nothing_is_paused(served: World) -> None:
    served.history.faults.before("append", TransientError("storage is away"))

    with pytest.raises(TransientError):
        paused(served)

    assert in_force(served.ports) == ()


@pytest.mark.parametrize(
    "scope", [Scope("issuer", "letsencrypts"), Scope("cluster", "ss-dev-0"), Scope("relay", "dex")], ids=str
)
def test_what_the_inventory_does_not_have_cannot_be_paused(served: World, scope: Scope) -> None:
    with pytest.raises(Unknown) as refused:
        paused(served, scope)

    assert refused.value.near


def test_a_pause_that_is_over_already_is_refused(served: World) -> None:
    with pytest.raises(Refused, match="later moment"):
        paused(served, time=timedelta(0))


def test_an_unknown_pause_cannot_be_ended(served: World) -> None:
    with pytest.raises(Unknown):
        resume("nobody", as_anna(served))
