"""What a person has paused is left alone until it ends, and still watched."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from shared.domain.message import Message
from shared.domain.object_ref import ALL, ObjectRef, certificate_ref
from shared.domain.pauses import Pause
from shared.domain.requests import Request
from shared.errors import NotAllowed, NotFound, Paused, PermanentError, TransientError
from shared.ports import Ports
from shared.workflows.certificate_requests import get_status, submit_for_certificate
from shared.workflows.pauses import active_pauses, pause, resume
from shared.workflows.renew import record_crash, renew
from shared.workflows.tick import enqueue_all
from shared.workflows.watch import watch
from tests.between import put_between
from tests.e2e.killing.effects import effects_of_renewals
from tests.fakes.inventory import HOST, INTERNAL, NAME
from tests.workflows.asked_requests import ANNA, DNS_LAGS, FORCED, ROLLBACK, done, state, with_versions, words
from tests.workflows.calls import Calls, Recorder
from tests.workflows.test_fenced import UNFENCED
from tests.workflows.world import World, new_world

NAMES = [HOST, "smtp.mail.example.net"]
ISSUER = ObjectRef("issuer", "letsencrypt")


@pytest.fixture
def served() -> World:
    """Everything served in both clusters."""
    world = new_world()
    world.tick()
    return world


def paused(world: World, scope: ObjectRef = ALL, time: timedelta = timedelta(hours=4)) -> Pause:
    return pause(scope, world.clock.now() + time, replace(ANNA, reason="incident 7"), world.ports)


def effects(world: World, act: Callable[[], object]) -> set[str]:
    """Return the effects that came of it, but for messages."""
    calls = Calls()
    world.through = calls.recorded
    act()
    world.through = lambda ports: ports
    known = {str(effect) for effect in effects_of_renewals()} - {"queue.send"}
    return {str(call) for call in calls.made} & known


@pytest.mark.parametrize("scope", [ALL, certificate_ref(NAME)], ids=str)
def test_nothing_at_all_is_written_while_it_is_paused(served: World, scope: ObjectRef) -> None:
    paused(served, scope)
    served.change_inventory(dns_names=NAMES)
    served.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {f"{HOST}.pem": b"oops"})

    assert effects(served, served.tick) == set()


@pytest.mark.parametrize("scope", [ALL, certificate_ref(NAME), ISSUER], ids=str)
def test_once_it_ends_what_was_left_undone_is_done(served: World, scope: ObjectRef) -> None:
    paused(served, scope)
    served.change_inventory(dns_names=NAMES)
    served.tick()
    assert len(served.versions) == 1

    served.clock.advance(timedelta(hours=5))
    served.tick()

    assert len(served.versions) == 2


def test_a_paused_issuer_issues_nothing_and_what_is_stored_is_delivered(served: World) -> None:
    paused(served, ISSUER)
    served.change_inventory(dns_names=NAMES)
    served.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {f"{HOST}.pem": b"oops"})

    served.tick()

    assert len(served.versions) == 1
    assert served.served("ss-dev-00") == served.served("ss-dev-01")


def test_what_the_vault_signs_by_itself_can_be_paused_too(served: World) -> None:
    served.clock.advance(timedelta(days=300))
    paused(served, ObjectRef("issuer", "self-signed"))

    served.tick()

    assert len(served.vault.versions["dev", INTERNAL]) == 1


def test_a_paused_cluster_keeps_what_it_has_while_the_others_go_on(served: World) -> None:
    paused(served, ObjectRef("cluster", "ss-dev-00"))
    before = served.served("ss-dev-00")
    served.change_inventory(dns_names=NAMES)

    served.tick()

    assert served.served("ss-dev-00") == before
    assert len(served.versions) == 2


def test_a_paused_relay_costs_no_lease(served: World) -> None:
    paused(served, ObjectRef("relay", "dev"))
    served.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {f"{HOST}.pem": b"oops"})

    assert effects(served, served.tick) == set()


def test_a_request_under_a_pause_of_all_is_held_with_who_paused_and_done_afterwards(served: World) -> None:
    going = paused(served)
    request = submit_for_certificate(Request(target=certificate_ref(NAME), trigger=ANNA, force=True), served.ports)
    served.work_off(timedelta(minutes=5))
    found, state = get_status(request.id, served.ports)
    assert (state, found.message) == ("held", "paused by anna@example.net: incident 7")

    resume(going.id, ANNA, served.ports)
    served.tick()

    assert get_status(request.id, served.ports)[1] == "done"
    assert len(served.versions) == 2


def test_the_watch_goes_on_while_all_is_paused(served: World) -> None:
    paused(served)
    served.clusters.unreachable.add("ss-dev-00")
    watch(served.ports)
    served.clock.advance(timedelta(hours=1))

    watch(served.ports)

    firing = {alert.name for alert in served.state.watch.content["alerts"].firing}
    assert "WatchBlind" in firing


def test_a_paused_cluster_may_be_out_of_reach_without_an_alert(served: World) -> None:
    paused(served, ObjectRef("cluster", "ss-dev-00"))
    served.clusters.unreachable.add("ss-dev-00")
    watch(served.ports)
    served.clock.advance(timedelta(hours=1))

    watch(served.ports)

    assert served.state.watch.content["alerts"].firing == ()


def test_resumed_before_its_time_it_goes_on(served: World) -> None:
    going = paused(served)
    served.change_inventory(dns_names=NAMES)

    resume(going.id, ANNA, served.ports)
    served.tick()

    assert active_pauses(served.ports) == ()
    assert len(served.versions) == 2


def test_of_two_pauses_the_longer_counts(served: World) -> None:
    paused(served, time=timedelta(hours=1))
    paused(served, time=timedelta(hours=4))
    served.change_inventory(dns_names=NAMES)
    served.clock.advance(timedelta(hours=2))

    served.tick()

    assert len(served.versions) == 1
    assert len(active_pauses(served.ports)) == 1


def test_each_pause_and_its_end_are_in_the_history_with_who_and_why(served: World) -> None:
    going = paused(served)
    resume(going.id, replace(ANNA, reason="it is over"), served.ports)

    began, ended = served.history.records[-2:]
    assert (began.event, began.actor.name, began.reason) == ("pause", "anna@example.net", "incident 7")
    assert (ended.event, ended.reason) == ("pause", "it is over")
    assert ended.outcome == f"the pause {going.id} of all is over"


def test_a_certificate_s_history_tells_when_it_was_paused_and_no_longer(served: World) -> None:
    resume(paused(served, certificate_ref(NAME)).id, ANNA, served.ports)
    assert [record.target for record in served.history.records[-2:]] == [f"certificate/{NAME}"] * 2


def test_without_a_record_nothing_is_paused(served: World) -> None:
    served.history.faults.before("append", TransientError("storage is away"))

    with pytest.raises(TransientError):
        paused(served)

    assert active_pauses(served.ports) == ()


@pytest.mark.parametrize(
    "scope", [ObjectRef("issuer", "letsencrypts"), ObjectRef("cluster", "ss-dev-0"), ObjectRef("relay", "dex")], ids=str
)
def test_what_the_inventory_does_not_have_cannot_be_paused(served: World, scope: ObjectRef) -> None:
    with pytest.raises(NotFound) as refused:
        paused(served, scope)

    assert refused.value.suggestions


def test_what_no_pause_is_about_cannot_be_paused(served: World) -> None:
    with pytest.raises(NotAllowed, match="cannot pause vault/dev"):
        paused(served, ObjectRef("vault", "dev"))

    assert active_pauses(served.ports) == ()


def test_a_pause_that_is_over_already_is_refused(served: World) -> None:
    with pytest.raises(NotAllowed, match="later moment"):
        paused(served, time=timedelta(0))


def test_an_unknown_pause_cannot_be_ended(served: World) -> None:
    with pytest.raises(NotFound):
        resume("nobody", ANNA, served.ports)


def test_a_removed_certificate_is_not_cleaned_up_while_all_is_paused(served: World) -> None:
    served.change_inventory(dns_names=NAMES)
    served.dns.lag(DNS_LAGS)
    served.tick(timedelta(0))
    served.dns.catch_up(DNS_LAGS)
    served.remove_certificate()
    paused(served)

    assert effects(served, lambda: enqueue_all("test", served.ports)) == set()
    assert effects(served, lambda: renew(Message(certificate_ref(NAME), "test"), served.ports)) == set()
    with pytest.raises(Paused):
        record_crash(Message(certificate_ref(NAME), "test"), served.ports)

    served.queue.sent.clear()
    served.clock.advance(timedelta(hours=5))
    served.tick()
    assert served.dns.record_sets[f"_acme-challenge.{HOST}"] == ()


@pytest.mark.parametrize("number", range(1, 9))
def test_a_worker_under_way_stops_before_its_next_effect(served: World, number: int) -> None:
    """The switch works within one call, not once the renewal is through."""
    served.change_inventory(dns_names=NAMES)
    calls = Calls()
    reached: list[str] = []
    known = {str(effect) for effect in effects_of_renewals()} - set(UNFENCED)

    def through(ports: Ports) -> Ports:
        def record(port: str, method: str) -> None:
            calls.of_port(port, method)
            if f"{port}.{method}" in known:
                reached.append(f"{port}.{method}")
                if len(reached) == number:
                    paused(served)

        names = ("authority", "dns", "vault", "clusters")
        return put_between(ports, names, lambda name, port: Recorder(port, partial(record, name)))

    served.through = through
    served.tick(timedelta(minutes=5))

    assert len(reached) == number
    served.through = lambda ports: ports
    served.clock.advance(timedelta(hours=5))
    served.tick()
    assert len(served.versions) == 2
    assert served.served("ss-dev-00") == served.served("ss-dev-01")


def test_unreadable_pauses_stop_renewals_and_alert(served: World) -> None:
    served.state.pauses.unreadable["all"] = "junk"
    served.change_inventory(dns_names=NAMES)

    watch(served.ports)
    served.clock.advance(timedelta(hours=1))
    watch(served.ports)
    with pytest.raises(PermanentError):
        served.tick()

    unread = [alert.detail for alert in served.state.watch.content["alerts"].firing if alert.name == "WatchBlind"]
    assert unread == ["pauses"]
    assert len(served.versions) == 1


def test_a_longer_pause_of_all_does_not_shorten_a_clusters_expected_absence(served: World) -> None:
    paused(served, ObjectRef("cluster", "ss-dev-00"))
    paused(served, ALL, timedelta(hours=8))
    served.clusters.unreachable.add("ss-dev-00")
    watch(served.ports)
    served.clock.advance(timedelta(hours=1))

    watch(served.ports)

    assert served.state.watch.content["alerts"].firing == ()


def test_even_the_way_back_waits_for_the_end_of_a_clusters_pause() -> None:
    world = with_versions(2)
    going = paused(world, ObjectRef("cluster", "ss-dev-00"))
    before = world.served("ss-dev-00")

    request = done(world, ROLLBACK)
    assert world.served("ss-dev-00") == before != world.served("ss-dev-01")
    assert (state(world, request), "paused by anna@example.net" in words(world, request)) == ("held", True)

    resume(going.id, ANNA, world.ports)
    world.tick()
    assert world.served("ss-dev-00") == world.served("ss-dev-01")
    assert state(world, request) == "done"


def test_an_issuer_paused_for_longer_than_an_issuance_may_take_costs_no_failure(served: World) -> None:
    going = paused(served, ISSUER)
    request = done(served, FORCED)
    assert state(served, request) == "held"
    served.clock.advance(timedelta(hours=2))

    resume(going.id, ANNA, served.ports)
    served.tick()

    assert state(served, request) == "done"
    assert served.journal.backoff is None


def test_pauses_that_are_over_are_not_kept(served: World) -> None:
    paused(served, time=timedelta(hours=1))
    served.clock.advance(timedelta(hours=2))

    paused(served, time=timedelta(hours=1))

    assert len(served.state.pauses.content["all"].pauses) == 1
