"""Day by day the probe client proves that each replica takes logins, by each way, and never too often."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import pytest

from shared.domain.audit import SCHEDULED
from shared.domain.clients.login import PLAIN_AT_ONCE, WAYS
from shared.domain.object_ref import ObjectRef
from shared.errors import TransientError
from shared.workflows.metrics import metrics
from shared.workflows.pauses import pause
from shared.workflows.watch import ALERTS
from tests.fakes.inventory import Fields, small_inventory
from tests.workflows.client_world import CLIENTS, RELAY, SECRET, ClientWorld, client_world
from tests.workflows.test_watch import ALERTED, INTERVAL, run_watch
from tests.workflows.test_watch_clients import alerted, by_csi, firing, fresh, mount
from tests.workflows.world import A, B

REFUSED = dict.fromkeys(WAYS, "535 Incorrect authentication data")
FIRST_POD, SECOND_POD = (A, "mailrelay-0"), (A, "mailrelay-1")


@pytest.fixture
def watched() -> ClientWorld:
    world = alerted(client_world(None, {"ports": [25, 587]}))
    world.tick()
    world.clock.advance(INTERVAL)
    world.prober.logged_in.clear()
    return world


def logins_at_replicas(world: ClientWorld) -> Counter[str]:
    return Counter(f"{login.probe.pod}" for login in world.prober.logged_in)


def test_each_watch_logs_in_once_at_each_replica_and_each_way_at_each_port_gets_its_turn(watched: ClientWorld) -> None:
    run_watch(watched)
    assert set(logins_at_replicas(watched).values()) == {1}
    assert len(logins_at_replicas(watched)) == 4
    run_watch(watched, times=7)
    assert {login.user for login in watched.prober.logged_in} == {"relay-probe"}
    for replica in watched.logins.replicas.values():
        assert len(replica.by_way) == 8
        assert {record.reason for record in replica.by_way.values()} == {"Accepted"}
    way = 'relay="dev",cluster="ss-dev-00",replica="mailrelay-0",way="587 AUTH LOGIN without initial response"'
    assert f"relaykeeper_probe_login_accepted{{{way}}} 1\n" in metrics(watched.ports)


def test_a_login_is_not_made_before_its_interval_is_over(watched: ClientWorld) -> None:
    slow = watched.inventory.relays["dev"].model_copy(update={"login_interval": timedelta(minutes=15)})
    watched.inventory = watched.inventory.model_copy(update={"relays": {"dev": slow}})
    run_watch(watched, times=4)
    assert set(logins_at_replicas(watched).values()) == {2}


def test_three_refusals_in_a_row_stop_the_logins_and_people_are_told(watched: ClientWorld) -> None:
    run_watch(watched)
    watched.prober.auth_replies = {(cluster, f"mailrelay-{n}"): REFUSED for cluster in (A, B) for n in (0, 1)}
    run_watch(watched, times=2)
    [stopped] = fresh(watched, "LoginsStopped")
    assert (stopped.urgency, stopped.relay, stopped.cluster) == ("critical", "dev", "")
    assert "relaykeeper resume-logins dev" in stopped.message
    assert {alert.cluster for alert in fresh(watched, "ProbeClientRefused")} == {A, B}
    tried = len(watched.prober.logged_in)
    run_watch(watched, times=3)
    assert len(watched.prober.logged_in) == tried
    assert 'relaykeeper_logins_stopped{relay="dev"} 1\n' in metrics(watched.ports)


def test_one_replica_that_refuses_the_probe_client_alerts_and_ends_when_it_takes_it(watched: ClientWorld) -> None:
    watched.prober.auth_replies[FIRST_POD] = REFUSED
    run_watch(watched, times=3)
    alerts = fresh(watched, "ProbeClientRefused")
    assert [(alert.urgency, alert.detail) for alert in alerts] == [("critical", f"{A}/mailrelay-0")]
    assert "535" in alerts[0].message
    assert "LoginsStopped" not in firing(watched)
    watched.prober.auth_replies.clear()
    run_watch(watched, times=8)
    assert firing(watched) == set()


def test_one_way_that_is_refused_is_a_warning_while_others_are_taken(watched: ClientWorld) -> None:
    watched.prober.auth_replies[FIRST_POD] = {PLAIN_AT_ONCE: "535 not this way"}
    run_watch(watched, times=20)
    assert {(alert.urgency, alert.reason) for alert in fresh(watched, "ProbeClientRefused")} <= {
        ("warning", "RefusedOneWay"),
        ("warning", "RefusedOnce"),
    }
    assert len(fresh(watched, "ProbeClientRefused")) == 1


def test_a_way_that_is_tainted_or_not_offered_is_no_alert(watched: ClientWorld) -> None:
    watched.prober.auth_replies[FIRST_POD] = {PLAIN_AT_ONCE: "435 Unable to authenticate at present"}
    watched.prober.mechanisms[SECOND_POD] = ("LOGIN",)
    run_watch(watched, times=20)
    assert watched.notifier.sent == {}


def test_a_replica_at_which_no_way_works_alerts(watched: ClientWorld) -> None:
    watched.prober.mechanisms[SECOND_POD] = ()
    run_watch(watched, times=10)
    assert {alert.reason for alert in fresh(watched, "ProbeClientRefused")} == {"NoWayWorks"}


def test_a_replica_that_gives_no_verdict_alerts_after_half_an_hour(watched: ClientWorld) -> None:
    watched.prober.auth_replies[FIRST_POD] = dict.fromkeys(WAYS, "454 Temporary authentication failure")
    run_watch(watched, times=3)
    assert firing(watched) == set()
    run_watch(watched, times=2)
    assert {(alert.urgency, alert.reason) for alert in fresh(watched, "ProbeClientRefused")} == {
        ("warning", "NotProven")
    }


@pytest.mark.parametrize("why", ["paused", "asleep", "suspended"])
def test_nobody_logs_in_in_a_cluster_that_is_to_be_left_alone(why: str) -> None:
    sites: Mapping[str, Fields] = {
        "paused": {},
        "asleep": {"asleep": "00:00-24:00 UTC"},
        "suspended": {"suspended": {"until": "2027-01-01T00:00:00Z", "reason": "rebuilt"}},
    }
    world = client_world()
    world.tick()
    world.clock.advance(INTERVAL)
    world.prober.logged_in.clear()
    world.inventory = small_inventory(RELAY, {A: sites[why]}, CLIENTS)
    if why == "paused":
        pause(ObjectRef("cluster", A), world.clock.now() + timedelta(days=1), SCHEDULED, world.ports)
    run_watch(world)
    assert {login.probe.pod for login in world.prober.logged_in} == {f"{B}/mailrelay-0", f"{B}/mailrelay-1"}


def test_nobody_logs_in_with_a_file_that_was_edited_or_is_on_its_way(watched: ClientWorld) -> None:
    watched.clusters.edit(A, "mailrelay", SECRET, {"relay-probe": b"x\n"}, "kubectl-edit")
    run_watch(watched)
    assert len(watched.prober.logged_in) == 2


def test_where_a_driver_brings_the_files_the_newest_is_proven_once_it_is_mounted() -> None:
    world = by_csi({"pcol": {}, "probe": {}})
    relay = world.inventory.relays["dev"].model_copy(update={"probe_client": "probe"})
    world.inventory = world.inventory.model_copy(update={"relays": {"dev": relay}, "alerts": ALERTED})
    password = world.vault.secrets["dev", "probe"][-1].value
    world.vault.tag("dev", "probe", {"relaykeeper-use": "probe"})
    for cluster in (A, B):
        for pod in ("mailrelay-0", "mailrelay-1"):
            world.prober.users[cluster, pod] = {"probe": password}
    run_watch(world)
    assert world.prober.logged_in == []
    run_watch(world)
    assert len(world.prober.logged_in) == 4
    world.vault.store("dev", "probe", "another-password-nobody-guesses", tags={"relaykeeper-use": "probe"})
    run_watch(world, times=2)
    assert len(world.prober.logged_in) == 4
    assert "ProbeClientRefused" not in firing(world)
    mount(world, A)
    run_watch(world)
    assert {login.probe.pod for login in world.prober.logged_in[4:]} == {
        f"{A}/mailrelay-0",
        f"{A}/mailrelay-1",
    }


def test_a_place_whose_proof_fails_hides_no_other_and_ends_no_alert(watched: ClientWorld) -> None:
    watched.prober.auth_replies[FIRST_POD] = REFUSED
    run_watch(watched, times=2)
    watched.prober.logged_in.clear()
    watched.prober.faults.before("log_in", TransientError("timed out"))
    run_watch(watched)
    assert len(watched.prober.logged_in) == 2
    assert "ProbeClientRefused" in firing(watched)


def test_replicas_that_are_gone_are_forgotten(watched: ClientWorld) -> None:
    run_watch(watched)
    for cluster in (A, B):
        running = watched.clusters.running[cluster, watched.places[0].relay.workload]
        running.pods = running.pods[:1]
    run_watch(watched)
    assert set(watched.logins.replicas) == {f"{A}/mailrelay-0", f"{B}/mailrelay-0"}


def test_after_the_time_for_a_look_nobody_logs_in(watched: ClientWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.workflows.watch.OBSERVATION_TIME", timedelta(0))
    run_watch(watched, times=2)
    assert watched.prober.logged_in == []
    blind = {alert.detail for alert in watched.state.watch.read(ALERTS).firing if alert.name == "WatchBlind"}
    assert {f"logins at dev@{A}", f"AUTH in clear at dev@{B}"} <= blind
