"""Work wakes when what kept it ends: the end of a pause, a Secret that the watch saw and we may write."""

from datetime import timedelta

import pytest

from shared.domain.object_ref import ALL, ObjectRef, certificate_ref
from shared.errors import TransientError
from shared.workflows.enqueue import APART, SPREAD, wake
from shared.workflows.pauses import pause, resume
from shared.workflows.watch import watch
from tests.fakes.inventory import HOST, INTERNAL, NAME
from tests.workflows.asked_requests import ANNA
from tests.workflows.world import World

FLUX = "kustomize-controller"
AT_ONCE = timedelta(0)
INTERVAL = timedelta(minutes=10)
FILE = {f"{HOST}.pem": b"oops"}


def woken(world: World) -> list[tuple[str, timedelta]]:
    """Return which certificates are asked for, and in how long."""
    return [(sent.message.target.name, sent.due - world.clock.now()) for sent in world.queue.sent]


def edit(world: World, manager: str = "kubectl-edit") -> None:
    world.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", FILE, manager)


def watches(world: World, times: int = 1) -> None:
    for _ in range(times):
        watch(world.ports, "watch-1")
        world.clock.advance(INTERVAL)


def test_an_edited_secret_wakes_the_work_once_and_is_put_right(served: World) -> None:
    edit(served)
    before = served.history.records.copy()

    watches(served, 3)

    assert [sent.message.target.name for sent in served.queue.sent] == [NAME]
    assert served.history.records == before
    served.work_off(AT_ONCE)
    assert served.secret("ss-dev-00").data[f"{HOST}.pem"] != b"oops"
    reasons = {record.reason for record in served.history.records[len(before) :]}
    assert reasons == {"the watch saw at dev@ss-dev-00: the Secret was edited"}


def test_a_deleted_secret_wakes_every_certificate_in_it_one_after_the_other(served: World) -> None:
    del served.clusters.secrets["ss-dev-01", "mailrelay", "relay-tls"]

    watch(served.ports)

    assert woken(served) == [(NAME, AT_ONCE), (INTERNAL, APART)]


def test_the_same_edit_again_is_another_change(served: World) -> None:
    for _ in range(2):
        edit(served)
        watches(served)
        served.work_off()
        watches(served)
        assert served.secret("ss-dev-00").data[f"{HOST}.pem"] != b"oops"
        assert served.queue.sent == []


def test_where_all_is_well_nobody_is_woken_and_nothing_written(served: World) -> None:
    watches(served, 3)

    assert served.queue.sent == []
    assert served.state.watch.read("alerts").woken == {}


def test_what_cannot_be_put_right_is_not_woken_at_each_watch(served: World) -> None:
    edit(served)
    for _ in range(6):
        served.clusters.faults.before("apply", TransientError("the API server is away"))
    watches(served)
    served.work_off(AT_ONCE)
    assert served.journal.at("dev@ss-dev-00").error is not None

    watches(served, 5)

    assert served.queue.sent == []


def test_a_secret_of_somebody_else_wakes_nobody_until_its_owner_is_gone(served: World) -> None:
    edit(served, FLUX)
    watches(served, 2)
    assert served.queue.sent == []

    edit(served)
    watches(served, 2)

    assert [certificate for certificate, _ in woken(served)] == [NAME]


@pytest.mark.parametrize("scope", [ALL, ObjectRef("cluster", "ss-dev-00"), certificate_ref(NAME)])
def test_what_is_paused_is_not_woken_before_the_pause_ends(served: World, scope: ObjectRef) -> None:
    paused = pause(scope, served.clock.now() + timedelta(days=30), ANNA, served.ports)
    edit(served)
    watches(served, 2)
    assert served.queue.sent == []

    resume(paused.id, ANNA, served.ports)
    served.work_off()

    assert served.secret("ss-dev-00").data[f"{HOST}.pem"] != b"oops"


def test_a_place_that_a_freeze_holds_is_woken_when_it_ends(served: World) -> None:
    until = f"{served.clock.now() + timedelta(hours=1):%Y-%m-%dT%H:%MZ}"
    served.change_inventory({"freeze": [{"until": until, "reason": "election"}]})
    edit(served)
    watches(served, 5)
    assert served.queue.sent == []

    watches(served, 3)

    assert [certificate for certificate, _ in woken(served)] == [NAME]


def test_what_is_only_observed_is_not_woken(served: World) -> None:
    served.change_inventory(mode="observe")
    edit(served)

    watches(served, 2)

    assert served.queue.sent == []


def test_a_queue_that_fails_does_not_stop_the_watch_and_is_asked_again(served: World) -> None:
    edit(served)
    served.queue.faults.before("send", TransientError("storage is away"))

    watches(served, 2)

    assert [certificate for certificate, _ in woken(served)] == [NAME]


def test_a_cluster_that_is_back_causes_no_second_message(served: World) -> None:
    edit(served)
    watches(served)
    served.queue.sent.clear()
    served.clusters.unreachable.add("ss-dev-00")
    watches(served)
    served.clusters.unreachable.clear()
    watches(served)

    assert served.queue.sent == []


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        (ALL, [NAME, INTERNAL]),
        (ObjectRef("issuer", "letsencrypt"), [NAME]),
        (ObjectRef("issuer", "self-signed"), [INTERNAL]),
        (ObjectRef("cluster", "ss-dev-01"), [NAME, INTERNAL]),
        (ObjectRef("relay", "dev"), [NAME, INTERNAL]),
        (certificate_ref(INTERNAL), [INTERNAL]),
    ],
    ids=str,
)
def test_the_end_of_a_pause_wakes_what_it_held(served: World, scope: ObjectRef, names: list[str]) -> None:
    paused = pause(scope, served.clock.now() + timedelta(days=30), ANNA, served.ports)
    assert served.queue.sent == []

    resume(paused.id, ANNA, served.ports)

    assert woken(served) == [(name, number * APART) for number, name in enumerate(names)]
    assert {sent.message.cause for sent in served.queue.sent} == {f"anna@example.net ended the pause of {scope}"}


def test_the_watch_wakes_once_what_a_pause_held_that_ended_by_itself(served: World) -> None:
    watch(served.ports)
    pause(ALL, served.clock.now() + timedelta(hours=2), ANNA, served.ports)
    watch(served.ports)
    assert served.queue.sent == []
    served.clock.advance(timedelta(hours=2, minutes=1))

    watch(served.ports)
    woken_then = woken(served)
    watch(served.ports)

    assert woken_then == woken(served) == [(NAME, timedelta(0)), (INTERNAL, APART)]
    assert {sent.message.cause for sent in served.queue.sent} == {"the pause of all was over"}


def test_a_fleet_does_not_start_all_at_once(served: World) -> None:
    fleet = [certificate_ref(f"mail-{number}") for number in range(500)]

    wake(dict.fromkeys(fleet, "the pause of all was over"), "call-1", served.ports)

    delays = [delay for _, delay in woken(served)]
    assert len(set(delays)) == 500
    assert max(delays) < SPREAD
    assert sum(delay < timedelta(minutes=1) for delay in delays) < 20


def test_a_resume_whose_messages_cannot_be_sent_has_ended_the_pause(served: World) -> None:
    paused = pause(ALL, served.clock.now() + timedelta(days=30), ANNA, served.ports)
    served.queue.faults.before("send", TransientError("storage is away"))

    resume(paused.id, ANNA, served.ports)

    assert [certificate for certificate, _ in woken(served)] == [INTERNAL]
