"""What a person asks for is done once, under the certificate's own lease, and can be followed to its end."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.domain.requests import Request
from shared.errors import NotAllowed, NotFound, PermanentError, TransientError
from shared.workflows.certificate_requests import get_status, submit_for_certificate
from shared.workflows.plan import plan
from shared.workflows.renew import renew
from shared.workflows.tick import enqueue_all
from tests.fakes.faults import KilledError
from tests.fakes.inventory import HOST, INTERNAL, NAME
from tests.fakes.leaves import new_key
from tests.workflows.asked_requests import ANNA, DNS_LAGS, FORCED, PLAIN, asked, done, state, words
from tests.workflows.calls import Calls
from tests.workflows.kills import Countdown
from tests.workflows.world import World, new_world


def test_a_forced_renewal_makes_exactly_one_new_version_and_ends_served(served: World) -> None:
    before = served.served("ss-dev-00")

    request = asked(served, FORCED)
    assert state(served, request) == "queued"
    served.work_off()

    assert state(served, request) == "done"
    assert len(served.versions) == 2
    assert served.served("ss-dev-00") == served.served("ss-dev-01") != before
    served.tick()
    assert len(served.versions) == 2


def test_without_force_nothing_is_issued_that_is_not_due(served: World) -> None:
    request = asked(served, PLAIN)
    served.work_off()

    assert state(served, request) == "done"
    assert words(served, request).startswith("no new version was due; served by every replica of")
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

    assert seen == ["queued", "issuing", "delivering", "done"]


def test_a_tick_that_comes_first_goes_on_with_what_was_asked_for(served: World) -> None:
    """The request is in the journal, not in the message: a lost message loses nothing."""
    served.dns.lag("192.0.2.2:53")
    request = asked(served, FORCED)
    served.work_off(timedelta(0))
    served.queue.sent.clear()
    served.dns.catch_up("192.0.2.2:53")
    served.clock.advance(timedelta(minutes=10))

    served.tick()

    assert state(served, request) == "done"
    assert len(served.versions) == 2
    assert served.authority.finalizations == 2


def test_a_request_whose_message_was_lost_is_asked_for_again_by_the_next_tick(served: World) -> None:
    request = asked(served, FORCED)
    served.queue.sent.clear()

    served.tick()

    assert state(served, request) == "done"
    assert len(served.versions) == 2


def test_a_message_that_comes_twice_renews_once(served: World) -> None:
    request = asked(served, FORCED)
    served.work_off()

    renew(Message(certificate_ref(NAME), "call-1", request.id), served.ports)

    assert len(served.versions) == 2


def test_a_second_request_joins_the_one_under_way(served: World) -> None:
    first = asked(served, FORCED)

    assert asked(served, FORCED).id == first.id
    assert asked(served, PLAIN).id == first.id
    assert [sent.message.request for sent in served.queue.sent] == [first.id] * 3


def test_one_that_asks_for_more_is_a_request_of_its_own(served: World) -> None:
    first = asked(served, PLAIN)
    second = asked(served, FORCED)

    assert first.id != second.id
    served.work_off()
    assert {state(served, first), state(served, second)} == {"done"}
    assert len(served.versions) == 2


def test_while_another_worker_has_the_certificate_the_request_waits_and_is_done_then(served: World) -> None:
    request = asked(served, FORCED)
    served.state.certificates.take(NAME)
    served.work_off(timedelta(0))
    assert state(served, request) == "queued"

    served.work_off()

    assert state(served, request) == "done"


def test_a_refusal_ends_it_in_the_authoritys_words(served: World) -> None:
    served.authority.refusals = dict.fromkeys(served.certificate.dns_names, "CAA record forbids it")

    request = asked(served, FORCED)
    served.work_off(timedelta(seconds=30))

    assert state(served, request) == "failed"
    assert "CAA record forbids it" in words(served, request)
    assert "ignore_backoff" in words(served, request)


def test_what_failed_for_want_of_a_role_says_that_it_goes_on_and_does(served: World) -> None:
    served.authority.faults.before("new_order", PermanentError("a role is missing"))

    request = asked(served, FORCED)
    served.work_off(timedelta(seconds=30))
    assert (state(served, request), words(served, request)) == (
        "failed",
        "No new version was issued yet. a role is missing. The next tick tries again.",
    )

    served.tick()
    assert len(served.versions) == 2


def test_while_it_waits_it_says_for_what_and_until_when(served: World) -> None:
    served.dns.lag(DNS_LAGS)
    request = done(served, FORCED, patience=timedelta(0))

    assert state(served, request) == "issuing"
    waits = words(served, request)
    assert DNS_LAGS in waits
    assert waits.startswith("No new version was issued yet. ")
    assert f", since {served.journal.attempt.waiting_since:%Y-%m-%d %H:%M:%S} UTC; " in waits
    assert waits.endswith(f"; the next look is due at {served.journal.attempt.next_attempt:%Y-%m-%d %H:%M:%S} UTC")
    [planned, _] = plan(served.ports).certificates
    assert waits.endswith(planned.held[0].message)

    served.dns.catch_up(DNS_LAGS)
    served.work_off()
    assert state(served, request) == "done"
    assert served.journal.attempt.waiting_for is None


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
    assert state(served, now) == "done"


def test_what_a_freeze_holds_is_held_until_it_ends(served: World) -> None:
    until = f"{served.clock.now() + timedelta(hours=2):%Y-%m-%dT%H:%MZ}"
    served.change_inventory({"freeze": [{"until": until, "reason": "election"}]})

    request = asked(served, FORCED)
    served.work_off(timedelta(minutes=5))
    assert state(served, request) == "held"
    assert "election" in words(served, request)

    served.clock.advance(timedelta(hours=3))
    served.tick()
    assert state(served, request) == "done"


def test_one_that_nobody_could_do_for_a_week_has_failed(served: World) -> None:
    request = asked(served, FORCED)
    served.queue.sent.clear()
    served.clock.advance(timedelta(days=8))

    assert state(served, request) == "failed"
    assert "Nobody could do it for 7 days" in words(served, request)


def test_an_unknown_certificate_is_refused_with_what_was_meant(served: World) -> None:
    with pytest.raises(NotFound) as refused:
        submit_for_certificate(Request(target=certificate_ref(NAME[:-1]), trigger=ANNA), served.ports)

    assert NAME in refused.value.suggestions
    assert not served.state.requests.content


def test_one_that_is_only_observed_is_refused(served: World) -> None:
    served.change_inventory(mode="observe")

    with pytest.raises(NotAllowed, match="mode: manage"):
        asked(served, PLAIN)


def test_an_unknown_request_is_not_found_and_leaves_no_blob(served: World) -> None:
    for id_ in ("20261122T000000Z-0123abcd", "../certificates/x", ""):
        with pytest.raises(NotFound):
            get_status(id_, served.ports)

    assert not served.state.requests.content


def test_without_a_record_nothing_is_asked_for(served: World) -> None:
    served.history.faults.before("append", TransientError("storage is away"))

    with pytest.raises(TransientError):
        asked(served, FORCED)

    assert not served.state.requests.content
    assert not served.queue.sent


def test_a_queue_that_fails_only_delays_it(served: World) -> None:
    served.queue.faults.before("send", PermanentError("no such queue"))

    request = asked(served, FORCED)
    served.tick()

    assert state(served, request) == "done"


def test_a_certificate_that_left_the_inventory_fails_its_request(served: World) -> None:
    served.dns.lag("192.0.2.2:53")
    request = asked(served, FORCED)
    served.work_off(timedelta(0))
    served.dns.catch_up("192.0.2.2:53")
    served.queue.sent.clear()
    served.remove_certificate()
    served.clock.advance(timedelta(minutes=10))

    served.tick()

    assert state(served, request) == "failed"
    assert "no longer in the inventory" in words(served, request)


def test_however_long_it_waits_it_is_one_message_at_a_time() -> None:
    world = new_world({"settle": 86400})
    world.tick(timedelta(hours=30))
    request = asked(world, FORCED)
    world.work_off(timedelta(minutes=5))

    for _ in range(5):
        world.tick(timedelta(hours=1))
        of_request = [sent for sent in world.queue.sent if sent.message.target.name == NAME]
        assert len(of_request) == 1

    world.work_off(timedelta(hours=30))
    world.tick()
    assert state(world, request) == "done"


def test_after_a_hold_it_is_still_done_in_the_persons_name(served: World) -> None:
    served.clusters.unreachable.add("ss-dev-00")
    request = done(served, FORCED)
    assert state(served, request) == "held"
    served.history.records.clear()
    served.clusters.unreachable.clear()

    served.tick()

    assert state(served, request) == "done"
    assert {record.actor.name for record in served.history.records} == {"anna@example.net"}


def test_a_request_whose_journal_was_lost_is_taken_up_again(served: World) -> None:
    served.dns.lag("192.0.2.2:53")
    request = asked(served, FORCED)
    served.work_off(timedelta(0))
    served.dns.catch_up("192.0.2.2:53")
    served.vault.operations.clear()
    served.state.certificates.content[NAME] = Journal()

    served.tick(timedelta(minutes=5))
    served.tick()

    assert state(served, request) == "done"
    assert len(served.versions) == 2


def test_while_another_worker_is_on_it_nobody_judges_how_it_went(served: World) -> None:
    served.clusters.unreachable.add("ss-dev-00")
    request = done(served, FORCED)
    served.clusters.unreachable.clear()
    served.state.certificates.take(NAME)

    renew(Message(certificate_ref(NAME), "call-1", request.id), served.ports)

    assert state(served, request) == "held"


def test_one_blob_that_cannot_be_read_keeps_no_other_request_from_being_done(served: World) -> None:
    served.state.requests.unreadable["20261122T120000Z-0123abcd"] = "junk"

    request = asked(served, FORCED)
    served.queue.sent.clear()
    plan(served.ports)
    served.tick()

    assert state(served, request) == "done"


def test_what_belongs_to_another_tool_fails_the_request_in_those_words(served: World) -> None:
    request = asked(served, FORCED)
    served.vault.mark(served.certificate, {"Acmebot": ""})
    served.work_off()

    assert state(served, request) == "failed"
    assert "is marked by Acmebot" in words(served, request)


def test_two_who_force_at_once_get_one_new_version(served: World) -> None:
    first, second = asked(served, FORCED), asked(served, replace(FORCED, ignore_backoff=True))

    served.work_off()
    served.tick()

    assert first.id != second.id
    assert {state(served, first), state(served, second)} == {"done"}
    assert len(served.versions) == 2


def test_the_status_of_an_ended_request_needs_no_journal(served: World) -> None:
    request = done(served, FORCED)
    served.state.certificates.unreadable[NAME] = "junk"

    assert state(served, request) == "done"


def test_requests_for_two_certificates_are_two(served: World) -> None:
    first, second = asked(served, FORCED), asked(served, replace(FORCED, target=certificate_ref(INTERNAL)))

    assert first.id != second.id


def test_a_message_cannot_lend_its_request_to_another_certificate(served: World) -> None:
    request = asked(served, FORCED)

    renew(Message(certificate_ref(INTERNAL), "call-1", request.id), served.ports)

    assert state(served, request) == "queued"
    assert len(served.versions) == 1


def test_a_certificate_that_comes_to_be_only_observed_fails_its_request(served: World) -> None:
    request = asked(served, FORCED)
    served.change_inventory(mode="observe")

    served.work_off()

    assert state(served, request) == "failed"
    assert "only observed" in words(served, request)


def test_what_was_asked_for_and_is_done_leaves_nothing_in_the_journal(served: World) -> None:
    done(served, FORCED)

    assert (served.journal.forced_renewal, served.journal.issuance, served.journal.backoff) == (None, None, None)


def test_a_request_fulfilled_by_an_imported_version_is_removed(served: World) -> None:
    served.dns.lag("192.0.2.2:53")
    request = asked(served, FORCED)
    served.work_off(timedelta(0))
    key = new_key("ec-256")
    leaf = served.authority.intermediate.issue(key.public_key(), *served.certificate.dns_names)
    served.vault.import_version(served.certificate, key, (leaf, served.authority.intermediate.certificate))
    served.dns.catch_up("192.0.2.2:53")

    served.work_off()
    served.tick()

    assert state(served, request) == "done"
    assert (served.journal.forced_renewal, served.journal.issuance) == (None, None)
    assert len(served.versions) == 2


def test_what_has_ended_is_not_read_again_by_any_tick(served: World) -> None:
    for _ in range(3):
        done(served, FORCED)
    calls = Calls()

    enqueue_all("test", calls.recorded(served.ports))

    assert "state.requests.read" not in {str(call) for call in calls.made}


def test_a_request_that_another_ones_work_fulfilled_ends_with_it(served: World) -> None:
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])
    first = asked(served, PLAIN)
    second = asked(served, FORCED)

    served.work_off()

    assert {state(served, first), state(served, second)} == {"done"}


def test_one_that_failed_before_it_could_begin_is_held_and_says_when_it_goes_on(served: World) -> None:
    request = asked(served, FORCED)
    served.vault.faults.before("latest", TransientError("vault dev did not answer within 5 s"))

    served.work_off(timedelta(0))

    assert state(served, request) == "held"
    assert words(served, request) == (
        "Nothing was begun. vault dev did not answer within 5 s; "
        f"the next look is due at {served.journal.attempt.next_attempt:%Y-%m-%d %H:%M:%S} UTC"
    )
    served.work_off()
    assert state(served, request) == "done"


def test_one_that_nobody_took_up_says_that_it_waits_for_a_worker(served: World) -> None:
    request = asked(served, FORCED)

    assert (state(served, request), words(served, request)) == ("queued", "It waits in the queue for a worker.")


@pytest.mark.parametrize("number", range(1, 12))
def test_a_kill_leaves_no_request_without_words(served: World, number: int) -> None:
    request = asked(served, FORCED)
    countdown = Countdown("write", number, "after")
    journals: list[Any] = [served.state.certificates, served.state.requests]
    for each in journals:
        each.faults = countdown

    with suppress(KilledError):
        served.work_off(timedelta(0))

    assert words(served, request) != ""
    assert state(served, request) == (
        "queued" if served.state.requests.read(request.id).accepted is None else "issuing"
    )


def test_a_failure_at_a_place_says_first_that_there_is_a_new_version(served: World) -> None:
    served.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {f"{HOST}.pem": b"x"}, "kustomize-controller")

    request = done(served, FORCED)

    assert state(served, request) == "failed"
    assert words(served, request).startswith(f"Version {served.versions[1].version} was issued. cannot write Secret")
