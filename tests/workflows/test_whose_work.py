"""Work that a person asked for is that person's in the history, whichever message carries it on."""

from datetime import timedelta

from shared.domain.audit import AuditRecord
from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.workflows.renew import renew
from tests.fakes.inventory import HOST, NAME
from tests.workflows.asked_requests import (
    ANNA,
    DNS_LAGS,
    FORCED,
    PLAIN,
    RELEASE_REQUEST,
    ROLLBACK,
    asked,
    done,
    with_versions,
)
from tests.workflows.world import World

TIMER, PERSON = "timer", str(ANNA.actor)


def actors(world: World, *events: str) -> set[tuple[str, str]]:
    """Return which event was whose, of these or of all."""
    records: list[AuditRecord] = world.history.records
    return {(each.event, str(each.actor)) for each in records if not events or each.event in events}


def test_a_merge_that_a_tick_carries_on_is_the_persons(served: World) -> None:
    served.dns.lag(DNS_LAGS)
    asked(served, FORCED)
    served.work_off(timedelta(0))
    served.queue.sent.clear()
    served.history.records.clear()
    served.dns.catch_up(DNS_LAGS)
    served.clock.advance(timedelta(minutes=10))

    served.handle_message()
    served.queue.sent.clear()
    served.clock.advance(timedelta(minutes=10))
    served.handle_message()

    assert len(served.versions) == 2
    assert actors(served, "order", "merge", "secret", "served") == {
        ("merge", PERSON),
        ("secret", PERSON),
        ("served", PERSON),
    }
    assert {each.correlation for each in served.history.records} == {ANNA.correlation}


def test_a_rollbacks_deliveries_that_a_tick_carries_on_are_the_persons() -> None:
    world = with_versions(2)
    world.clusters.unreachable.add("ss-dev-01")
    done(world, ROLLBACK, timedelta(minutes=1))
    world.history.records.clear()
    world.queue.sent.clear()
    world.clusters.unreachable.clear()

    world.handle_message()
    world.clock.advance(timedelta(minutes=10))
    world.handle_message()

    assert ("served", PERSON) in actors(world)
    assert {actor for _, actor in actors(world)} == {PERSON}


def test_what_comes_due_by_itself_afterwards_is_the_timers(served: World) -> None:
    done(served, FORCED)
    assert served.journal.requested_by is None
    served.history.records.clear()
    served.clock.advance(timedelta(days=61))

    served.tick()

    assert len(served.versions) == 3
    assert {actor for _, actor in actors(served)} == {TIMER}


def test_also_while_a_place_still_waits_for_what_the_person_asked_for(served: World) -> None:
    served.clusters.unreachable.add("ss-dev-01")
    done(served, FORCED)
    assert served.journal.requested_by is not None
    served.state.requests.content.clear()
    served.history.records.clear()
    served.clock.advance(timedelta(days=61))

    served.tick()

    assert len(served.versions) == 3
    assert {actor for event, actor in actors(served, "order", "merge")} == {TIMER}


def test_who_only_asks_for_a_look_does_not_take_work_from_who_forced_it(served: World) -> None:
    served.dns.lag(DNS_LAGS)
    asked(served, FORCED)
    served.work_off(timedelta(0))
    asked_for = served.journal.requested_by
    done(served, RELEASE_REQUEST, timedelta(0))
    done(served, PLAIN, timedelta(0))

    assert served.journal.requested_by is not None
    assert asked_for is not None
    assert served.journal.requested_by.trigger == asked_for.trigger


def test_nothing_stays_in_the_journal_of_a_look_that_found_all_well(served: World) -> None:
    before = served.journal
    done(served, PLAIN)
    assert served.journal == before


def test_what_is_held_meanwhile_costs_no_lease(served: World) -> None:
    """A version that waits for its window keeps the person's name, and an idle tick changes nothing."""
    until = f"{served.clock.now() + timedelta(days=2):%Y-%m-%dT%H:%MZ}"
    served.change_inventory({"freeze": [{"until": until, "reason": "election"}]})
    done(served, FORCED)
    before = served.journal
    assert before.requested_by is not None

    served.handle_message()

    assert served.journal == before


def test_a_message_says_what_woke_it_and_the_history_has_it(served: World) -> None:
    served.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {f"{HOST}.pem": b"oops"})
    served.history.records.clear()

    renew(Message(certificate_ref(NAME), "wake", cause=f"{PERSON} ended the pause of all"), served.ports)

    written = next(each for each in served.history.records if each.event == "secret")
    assert (str(written.actor), written.reason) == (TIMER, f"{PERSON} ended the pause of all")
