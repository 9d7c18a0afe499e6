"""From wanted to served, and then nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.attempt_state import AttemptState
from shared.domain.certificates.certificate import leaf_of
from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.errors import LeaseLost, PermanentError
from shared.workflows.renew import record_crash, renew
from tests.fakes.clock import ShiftedClock
from tests.fakes.inventory import HOST, INTERNAL, NAME
from tests.workflows.world import FIRST, RENEWED, SECOND, World

DAY = timedelta(days=1)


def test_one_tick_takes_every_certificate_from_nothing_to_served(world: World) -> None:
    world.tick()

    (version,) = world.versions
    for place in world.places:
        assert world.served(place.cluster) == {leaf_of(version.chain[0]).thumbprint}
        assert world.verified(str(place)) == version.version
    assert INTERNAL in world.state.certificates.content


def test_a_second_tick_orders_nothing_and_writes_nothing(served: World) -> None:
    before = (served.authority.new_orders, len(served.versions), dict(served.state.certificates.content))
    secrets = {key: held.version for key, held in served.clusters.secrets.items()}

    served.tick()

    assert (served.authority.new_orders, len(served.versions), dict(served.state.certificates.content)) == before
    assert {key: held.version for key, held in served.clusters.secrets.items()} == secrets
    assert served.queue.sent == []


def test_an_idle_look_takes_no_lease_and_makes_one_handshake_per_replica_and_port(served: World) -> None:
    served.prober.asked.clear()
    served.state.certificates.faults.before("lease", AssertionError("a lease was taken"))
    served.clusters.faults.before("rollout", AssertionError("the workload was read"))

    served.handle_message()

    assert [(q.pod, q.port, q.sni) for q in served.prober.asked] == [
        ("mailrelay-0", 25, HOST),
        ("mailrelay-1", 25, HOST),
    ] * 2


@pytest.mark.parametrize("minutes", [10, -10], ids=["ahead", "behind"])
def test_a_clock_that_is_ten_minutes_wrong_renews_well(served: World, minutes: int) -> None:
    wrong = ShiftedClock(served.clock, timedelta(minutes=minutes))
    served.through = lambda ports: replace(ports, clock=wrong)
    served.change_inventory(dns_names=RENEWED)

    served.tick()

    assert (len(served.versions), served.authority.finalizations) == (2, 2)
    assert {served.verified(place) for place in (FIRST, SECOND)} == {served.versions[-1].version}
    assert (served.journal.backoff, served.journal.attempt.error) == (None, None)


def test_a_certificate_is_renewed_with_a_third_of_its_life_left(served: World) -> None:
    served.clock.advance(59 * DAY)
    served.tick()
    assert len(served.versions) == 1

    served.clock.advance(2 * DAY)
    served.tick()
    assert len(served.versions) == 2
    assert served.served("ss-dev-01") == {leaf_of(served.versions[-1].chain[0]).thumbprint}


def test_changed_names_are_a_reason_to_renew(served: World) -> None:
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])

    served.tick()

    assert len(served.versions) == 2
    stored = served.vault.latest(served.certificate)
    assert stored is not None
    assert stored.leaf.names == {HOST, "smtp.mail.example.net"}


def test_a_certificate_under_observation_changes_nothing(world: World) -> None:
    world.change_inventory(mode="observe")

    world.handle_message()

    assert not world.versions
    assert world.authority.new_orders == 0
    assert not world.state.certificates.content
    assert not world.clusters.secrets


def test_an_observed_certificate_is_reported_as_it_stands(served: World, caplog: pytest.LogCaptureFixture) -> None:
    served.change_inventory(mode="observe")
    served.prober.failing["ss-dev-00", "mailrelay-1"] = "STARTTLS refused: 454"
    del served.clusters.secrets["ss-dev-01", "mailrelay", "relay-tls"]
    before = dict(served.state.certificates.content)

    with caplog.at_level("INFO"):
        served.handle_message()

    said = "\n".join(caplog.messages)
    assert "dev@ss-dev-00: the Secret holds it; served 1/2 (pod mailrelay-1 STARTTLS refused: 454" in said
    assert "dev@ss-dev-01: the Secret does not exist; served 0/2" in said
    assert dict(served.state.certificates.content) == before


def test_a_message_for_an_unknown_certificate_is_refused(world: World) -> None:
    with pytest.raises(PermanentError, match="no certificate 'nobody' in the inventory"):
        world.handle_message("nobody")


def test_a_message_is_dropped_while_another_worker_holds_the_lease(world: World) -> None:
    world.state.certificates.take(NAME)
    world.handle_message()
    assert world.authority.new_orders == 0


def test_a_message_is_dropped_while_a_delayed_one_is_under_way(world: World) -> None:
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    asked = len(world.prober.asked)
    orders = world.authority.new_orders

    world.handle_message()

    assert (world.authority.new_orders, len(world.prober.asked)) == (orders, asked)
    assert len(world.queue.sent) == 1


def test_a_next_attempt_that_no_message_can_wait_for_does_not_hold_the_certificate_up(world: World) -> None:
    world.state.certificates.content[NAME] = Journal(attempt=AttemptState(next_attempt=world.clock.now() + 3650 * DAY))

    world.tick()

    assert len(world.versions) == 1
    assert world.journal.attempt.next_attempt is None


def test_a_worker_that_lost_its_lease_stops_before_its_next_effect(world: World) -> None:
    take_over_at(world, "create")

    with pytest.raises(LeaseLost):
        world.handle_message()

    assert world.authority.new_orders == 0


def take_over_at(world: World, method: str) -> None:
    """Let another worker take the lease while our vault call is under way."""
    vault_call = getattr(world.vault, method)

    def slow(*arguments: object) -> object:
        world.state.certificates.steal(NAME)
        return vault_call(*arguments)

    setattr(world.vault, method, slow)


def test_a_poison_message_is_written_into_the_journal_and_the_next_tick_goes_on(world: World) -> None:
    record_crash(Message(certificate_ref(NAME), "test"), world.ports)
    assert "failed on a bug" in (world.journal.attempt.error or "")

    world.tick()

    assert world.journal.attempt.error is None
    assert len(world.versions) == 1


def test_a_failure_that_ends_the_attempt_is_written_down_and_struck_out_later(served: World) -> None:
    served.vault.mark(served.certificate, {"Acmebot": "v4"})
    served.tick()
    assert "marked by Acmebot" in (served.journal.attempt.error or "")

    served.change_inventory(takeover="acmebot")
    served.tick()
    assert served.journal.attempt.error is None


def test_a_bug_in_an_attempt_is_its_error_until_an_attempt_meets_none(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        world.vault.faults.before("latest", ZeroDivisionError())
    renew(Message(certificate_ref(NAME), "test"), world.ports)
    assert "unforeseen ZeroDivisionError while calling vault.latest" in (world.journal.attempt.error or "")
    assert [record.exc_info is not None for record in caplog.records].count(True) == 2

    world.tick()
    assert world.journal.attempt.error is None
    assert len(world.versions) == 1
