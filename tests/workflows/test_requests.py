"""What a person asks for is done once, under the certificate's own lease, and can be followed to its end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.actor import Actor, Occasion
from shared.domain.certificates import Version
from shared.domain.leaf import leaf_of
from shared.domain.message import Message
from shared.domain.requests import Request, State
from shared.errors import PermanentError, Refused, TransientError, Unknown
from shared.ports import Ports
from shared.workflows.ask import ask, follow
from shared.workflows.renew import renew
from tests.fakes.estate import NAME
from tests.fakes.vault import Held
from tests.workflows.world import World, new_world

ANNA = Occasion(Actor("person", "4711", "anna@example.net"), "key leaked", "call-1")
PLAIN = Request(certificate=NAME)
FORCED = replace(PLAIN, force=True)
BACK = replace(PLAIN, kind="rollback")
LIFT = replace(PLAIN, kind="release")


@pytest.fixture
def served() -> World:
    """Everything served in both clusters."""
    world = new_world()
    world.tick()
    return world


def as_anna(world: World) -> Ports:
    return replace(world.ports, occasion=ANNA)


def asked(world: World, wish: Request) -> Request:
    return ask(wish, as_anna(world))


def state(world: World, request: Request) -> State:
    return follow(request.id, world.ports)[1]


def thumbprint_of(version: Held) -> str:
    return leaf_of(version.chain[0]).thumbprint


def words(world: World, request: Request) -> str:
    return follow(request.id, world.ports)[0].words


def test_a_forced_renewal_makes_exactly_one_new_version_and_ends_served(served: World) -> None:
    before = served.served("ss-dev-00")

    request = asked(served, FORCED)
    assert state(served, request) == "queued"
    served.work_off()

    assert state(served, request) == "served"
    assert len(served.versions) == 2
    assert served.served("ss-dev-00") == served.served("ss-dev-01") != before
    served.tick()
    assert len(served.versions) == 2


def test_without_force_nothing_is_issued_that_is_not_due(served: World) -> None:
    request = asked(served, PLAIN)
    served.work_off()

    assert state(served, request) == "served"
    assert len(served.versions) == 1


def test_it_is_followed_from_queued_to_served(served: World) -> None:
    served.dns.lag("192.0.2.2:53")
    request = asked(served, FORCED)
    seen = [state(served, request)]
    served.work_off(timedelta(0))
    seen.append(state(served, request))
    served.dns.catch_up("192.0.2.2:53")
    served.work_off(timedelta(seconds=30))
    seen.append(state(served, request))
    served.work_off()
    seen.append(state(served, request))

    assert seen == ["queued", "issuing", "delivering", "served"]


def test_a_tick_that_comes_first_goes_on_with_what_was_asked_for(served: World) -> None:
    """The wish is in the journal, not in the message: a lost message loses nothing."""
    served.dns.lag("192.0.2.2:53")
    request = asked(served, FORCED)
    served.work_off(timedelta(0))
    served.queue.sent.clear()
    served.dns.catch_up("192.0.2.2:53")
    served.clock.advance(timedelta(minutes=10))

    served.tick()

    assert state(served, request) == "served"
    assert len(served.versions) == 2
    assert served.authority.finalizations == 2


def test_a_request_whose_message_was_lost_is_asked_for_again_by_the_next_tick(served: World) -> None:
    request = asked(served, FORCED)
    served.queue.sent.clear()

    served.tick()

    assert state(served, request) == "served"
    assert len(served.versions) == 2


def test_a_message_that_comes_twice_renews_once(served: World) -> None:
    request = asked(served, FORCED)
    served.work_off()

    renew(Message(NAME, "call-1", request.id), served.ports)

    assert len(served.versions) == 2


def test_a_second_request_joins_the_one_under_way(served: World) -> None:
    first = asked(served, FORCED)

    assert asked(served, FORCED).id == first.id
    assert asked(served, PLAIN).id == first.id
    assert len(served.queue.sent) == 1


def test_one_that_asks_for_more_is_a_request_of_its_own(served: World) -> None:
    first = asked(served, PLAIN)
    second = asked(served, FORCED)

    assert first.id != second.id
    served.work_off()
    assert {state(served, first), state(served, second)} == {"served"}
    assert len(served.versions) == 2


def test_while_another_worker_has_the_certificate_the_request_waits_and_is_done_then(served: World) -> None:
    request = asked(served, FORCED)
    served.journals.take(NAME)
    served.work_off(timedelta(0))
    assert state(served, request) == "queued"

    served.work_off()

    assert state(served, request) == "served"


def test_a_refusal_ends_it_in_the_authoritys_words(served: World) -> None:
    served.authority.refusals = dict.fromkeys(served.certificate.dns_names, "CAA record forbids it")

    request = asked(served, FORCED)
    served.work_off(timedelta(seconds=30))

    assert state(served, request) == "failed"
    assert "CAA record forbids it" in words(served, request)
    assert "ignore_backoff" in words(served, request)


def test_with_ignore_backoff_the_authority_is_asked_now(served: World) -> None:
    served.authority.refusals = dict.fromkeys(served.certificate.dns_names, "CAA record forbids it")
    asked(served, FORCED)
    served.work_off(timedelta(seconds=30))
    served.authority.refusals = {}
    orders = served.authority.new_orders

    again = asked(served, FORCED)
    served.work_off(timedelta(seconds=30))
    assert (state(served, again), served.authority.new_orders) == ("failed", orders)

    now = asked(served, replace(FORCED, ignore_backoff=True))
    served.work_off(timedelta(minutes=4))
    assert state(served, now) == "served"


def test_what_a_freeze_holds_is_held_until_it_ends(served: World) -> None:
    until = f"{served.clock.now() + timedelta(hours=2):%Y-%m-%dT%H:%MZ}"
    served.wish({"freeze": [{"until": until, "reason": "election"}]})

    request = asked(served, FORCED)
    served.work_off(timedelta(minutes=5))
    assert state(served, request) == "held"
    assert "election" in words(served, request)

    served.clock.advance(timedelta(hours=3))
    served.tick()
    assert state(served, request) == "served"


def test_one_that_nobody_could_do_for_a_week_has_failed(served: World) -> None:
    request = asked(served, FORCED)
    served.queue.sent.clear()
    served.clock.advance(timedelta(days=8))

    assert state(served, request) == "failed"


def test_an_unknown_certificate_is_refused_with_what_was_meant(served: World) -> None:
    with pytest.raises(Unknown) as refused:
        ask(Request(certificate=NAME[:-1]), as_anna(served))

    assert NAME in refused.value.near
    assert not served.requests.content


def test_one_that_is_only_observed_is_refused(served: World) -> None:
    served.wish(mode="observe")

    with pytest.raises(Refused, match="mode: manage"):
        asked(served, PLAIN)


def test_an_unknown_request_is_not_found_and_leaves_no_blob(served: World) -> None:
    for id_ in ("20261122T000000Z-0123abcd", "../certificates/x", ""):
        with pytest.raises(Unknown):
            follow(id_, served.ports)

    assert not served.requests.content


def test_without_a_record_nothing_is_asked_for(served: World) -> None:
    served.history.faults.before("append", TransientError("storage is away"))

    with pytest.raises(TransientError):
        asked(served, FORCED)

    assert not served.requests.content
    assert not served.queue.sent


def test_a_queue_that_fails_only_delays_it(served: World) -> None:
    served.queue.faults.before("send", PermanentError("no such queue"))

    request = asked(served, FORCED)
    served.tick()

    assert state(served, request) == "served"


def test_a_certificate_that_left_the_inventory_fails_its_request(served: World) -> None:
    served.dns.lag("192.0.2.2:53")
    request = asked(served, FORCED)
    served.work_off(timedelta(0))
    served.dns.catch_up("192.0.2.2:53")
    served.queue.sent.clear()
    served.forget()
    served.clock.advance(timedelta(minutes=10))

    served.tick()

    assert state(served, request) == "failed"
    assert "no longer in the inventory" in words(served, request)


@pytest.fixture
def twice(served: World) -> World:
    """Two versions, the second served everywhere."""
    asked(served, FORCED)
    served.work_off()
    return served


def test_a_rollback_serves_the_version_before_until_it_is_lifted(twice: World) -> None:
    first, second = (thumbprint_of(version) for version in twice.versions)

    request = asked(twice, BACK)
    twice.work_off()

    assert state(twice, request) == "served"
    assert twice.served("ss-dev-00") == twice.served("ss-dev-01") == {first}
    twice.tick()
    assert twice.served("ss-dev-00") == {first}

    lifted = asked(twice, LIFT)
    twice.work_off()

    assert state(twice, lifted) == "served"
    assert twice.served("ss-dev-00") == twice.served("ss-dev-01") == {second}


def test_a_rollback_may_name_the_version(twice: World) -> None:
    asked(twice, FORCED)
    twice.work_off()
    first = twice.versions[0]

    request = asked(twice, replace(BACK, version=first.version))
    twice.work_off()

    assert state(twice, request) == "served"
    assert twice.served("ss-dev-01") == {thumbprint_of(first)}


def test_the_next_version_ends_a_rollback(twice: World) -> None:
    asked(twice, BACK)
    twice.work_off()

    asked(twice, FORCED)
    twice.work_off()

    assert twice.served("ss-dev-00") == {thumbprint_of(twice.versions[-1])}
    assert twice.journal.quarantine == ()


@pytest.mark.parametrize("version", [None, Version("nowhere")])
def test_a_rollback_to_nothing_is_refused_and_changes_nothing(served: World, version: Version | None) -> None:
    before = served.journal

    request = asked(served, replace(BACK, version=version))
    served.work_off()

    assert state(served, request) == "failed"
    assert "cannot roll back" in words(served, request)
    assert served.journal == before
