"""The watch says what is wrong with clients, to the right people, wakes what can repair it, and gives nothing away."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

import pytest

from shared.adapters.storage.json_codec import write_journal
from shared.domain.alerting.alert import Alert
from shared.domain.audit import SCHEDULED
from shared.domain.client_status import ClientPlaceStatus
from shared.domain.object_ref import ObjectRef, client_ref
from shared.domain.serving.place_observation import ProviderObject, SecretSnapshot
from shared.errors import TransientError
from shared.inventory.clients import Owner
from shared.ports import Clusters
from shared.workflows.lost_clients import confirm_removal
from shared.workflows.metrics import metrics
from shared.workflows.pauses import pause
from shared.workflows.watch import ALERTS
from tests.fakes.inventory import Fields
from tests.workflows.client_world import CLIENTS, SECRET, ClientWorld, client_world
from tests.workflows.test_observe_clients import BY_CSI, CLASS, list_objects, secrets
from tests.workflows.test_watch import ALERTED, INTERVAL, ROUTES, over, route, run_watch
from tests.workflows.world import FIRST, SECOND, A, B

SOUND = "a-password-that-nobody-guesses-"


def alerted(world: ClientWorld) -> ClientWorld:
    """Let the world's inventory have routes to notify."""
    world.inventory = world.inventory.model_copy(update={"alerts": ALERTED})
    return world


@pytest.fixture
def watched() -> ClientWorld:
    """Clients that are accepted everywhere, and routes to notify."""
    world = client_world()
    world.tick()
    return alerted(world)


def by_csi(clients: Mapping[str, Fields], *listed: ProviderObject) -> ClientWorld:
    """Return a world in which a CSI driver brings the files of these clients, whose passwords are stored."""
    world = client_world(clients, BY_CSI)
    world.tick()
    for name in clients:
        world.vault.store("dev", name, f"{SOUND}{name}")
    for cluster in (A, B):
        list_objects(world, cluster, *secrets(*clients), *listed)
        mount(world, cluster)
    return alerted(world)


def mount(world: ClientWorld, cluster: str) -> None:
    """Let the driver mount what the vault has now."""
    versions = {name: held[-1].version for (_, name), held in world.vault.secrets.items()}
    world.clusters.rotate(cluster, world.places[0].relay.workload, CLASS, versions)


def fresh(world: ClientWorld, name: str, route: str = "people") -> list[Alert]:
    return [alert for alert in world.notifier.fresh(route) if alert.name == name]


def firing(world: ClientWorld) -> set[str]:
    return {alert.name for alert in world.state.watch.read(ALERTS).firing}


def status(world: ClientWorld, client: str, place: str = FIRST) -> ClientPlaceStatus:
    return world.state.watch.read(ALERTS).status.clients[client].places[place]


def test_where_clients_are_accepted_the_watch_is_silent_and_says_so_in_status_and_metrics(watched: ClientWorld) -> None:
    run_watch(watched, times=6)
    assert watched.notifier.sent == {}
    assert watched.queue.sent == []
    for client in CLIENTS:
        assert [status(watched, client, place).accepted for place in (FIRST, SECOND)] == [True, True]
    text = metrics(watched.ports)
    for cluster in (A, B):
        assert f'relaykeeper_client_accepted{{client="pcol",relay="dev",cluster="{cluster}"}} 1\n' in text
    assert 'relaykeeper_logins_stopped{relay="dev"} 0\n' in text


def test_on_boarding_in_good_order_is_silent_at_every_moment() -> None:
    world = alerted(client_world())
    world.tick(timedelta(0))
    for _ in range(60):
        world.work_off(timedelta(seconds=30))
        run_watch(world)
        world.clock.advance(timedelta(seconds=30) - INTERVAL)
    assert status(world, "pcol").accepted
    assert {alert.name for alert in world.notifier.fresh("people")} <= {"ClientSecretUnusable"}


def test_what_a_place_was_like_stays_while_it_cannot_be_reached_and_since_when(watched: ClientWorld) -> None:
    run_watch(watched)
    before = status(watched, "pcol")
    watched.clusters.unreachable.add(A)
    run_watch(watched)
    after = status(watched, "pcol")
    assert (after.state, after.accepted, after.since) == ("unreachable", True, before.since)


def test_unsound_and_shared_passwords_are_told_of_by_ids_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    world, passwords = by_csi({"pcol": {}, "jobs": {}, "mail": {}}), ["short\n", "canary-that-two-clients-have"]
    world.vault.store("dev", "pcol", passwords[0])
    world.vault.store("dev", "jobs", passwords[1])
    world.vault.store("dev", "mail", passwords[1])
    run_watch(world, times=3)

    unsound = fresh(world, "ClientPasswordUnsound")
    assert {(alert.object, alert.detail) for alert in unsound} == {
        (client_ref("pcol"), "PasswordWithLineBreak"),
        (client_ref("pcol"), "PasswordTooShort"),
    }
    shared = {str(alert.object): alert.message for alert in fresh(world, "ClientPasswordShared")}
    assert set(shared) == {"client/jobs", "client/mail"}
    assert "that of mail, in the same vault" in shared["client/jobs"]
    written = write_journal(world.state.watch.read(ALERTS)).decode()
    told = f"{written}{metrics(world.ports)}{caplog.text}{world.notifier.sent}{world.history.records}"
    for password in passwords:
        assert password.strip() not in told
        assert sha256(password.encode()).hexdigest() not in told

    for name in ("pcol", "jobs"):
        world.vault.store("dev", name, f"{SOUND}{name}")
    for cluster in (A, B):
        mount(world, cluster)
    run_watch(world)
    assert firing(world) == set()


def test_a_pod_that_has_an_older_version_alerts_once_it_should_have_the_newest() -> None:
    world = by_csi({"pcol": {}})
    run_watch(world, times=2)
    assert firing(world) == set()
    world.vault.store("dev", "pcol", f"{SOUND}new")
    mount(world, B)
    run_watch(world)
    assert firing(world) == set()
    run_watch(world)
    [alert] = fresh(world, "ClientFilesOutdated")
    assert (alert.cluster, alert.reason, alert.object) == (A, "MountOutdated", client_ref("pcol"))
    mount(world, A)
    run_watch(world)
    assert firing(world) == set()


def test_a_client_whose_file_is_missing_alerts_after_the_time_of_a_rollout() -> None:
    world = client_world(CLIENTS)
    world.tick()
    alerted(world)
    lose_file(world, "pcol")
    run_watch(world, times=6)
    assert firing(world) == set()
    run_watch(world, times=18)
    assert {(alert.reason, alert.urgency) for alert in fresh(world, "ClientFilesOutdated")} == {
        ("ClientFileMissing", "critical"),
        ("ProbeOutdated", "warning"),
    }


def test_a_file_that_we_may_not_write_is_said_and_wakes_nobody_at_night() -> None:
    world = client_world({**CLIENTS, "jobs": {}})
    world.vault.store("dev", "jobs", SOUND)
    world.tick()
    alerted(world)
    run_watch(world, times=24)
    alerts = fresh(world, "ClientFilesOutdated")
    assert {(alert.reason, alert.urgency) for alert in alerts} == {("ClientFileMissing", "warning")}
    assert "it is only observed, see mode: manage" in alerts[0].message


def test_names_that_nobody_declared_alert_whether_they_are_files_or_objects() -> None:
    world = client_world({name: CLIENTS[name] for name in ("pcol", "probe")})
    world.tick()
    world.clusters.edit(A, "mailrelay", SECRET, {"stranger": b"x"}, "kubectl-edit")
    alerted(world)
    run_watch(world, times=4)
    [alert] = fresh(world, "ClientUndeclared")
    assert (alert.cluster, alert.detail, str(alert.object)) == (A, "stranger", "relay/dev")
    listing = by_csi({}, *secrets("unknown", "relayhost"))
    run_watch(listing, times=4)
    assert {alert.detail for alert in fresh(listing, "ClientUndeclared")} == {"unknown"}


def test_what_a_class_lists_is_declared_by_that_where_its_vault_is_known() -> None:
    listing = by_csi({"pcol": {}}, *secrets("pcol", "unknown"))
    run_watch(listing, times=4)
    assert fresh(listing, "ClientUndeclared") == []


def test_the_file_of_a_client_that_left_the_inventory_alone_alerts(watched: ClientWorld) -> None:
    run_watch(watched)
    watched.change_clients({name: CLIENTS[name] for name in ("pcol", "probe")})
    alerted(watched)
    run_watch(watched, times=4)
    assert {alert.detail for alert in fresh(watched, "ClientUndeclared")} == {"jobs"}
    assert set(watched.state.watch.read(ALERTS).status.clients) == {"pcol", "probe"}
    assert "jobs" in watched.client_files(A)


def test_an_inventory_that_loses_several_clients_alerts_until_a_person_confirms_it(watched: ClientWorld) -> None:
    run_watch(watched)
    watched.change_clients({}, {"probe_client": None})
    alerted(watched)
    run_watch(watched, times=2)
    [alert] = fresh(watched, "ClientsLost")
    assert alert.urgency == "critical"
    assert all(name in alert.message for name in CLIENTS)
    assert "relaykeeper clients confirm-removals" in alert.message
    assert set(watched.state.watch.read(ALERTS).status.clients) == set(CLIENTS)

    confirm_removal(frozenset(CLIENTS), SCHEDULED, watched.ports)
    run_watch(watched)
    assert "ClientsLost" in over(watched)
    assert watched.state.watch.read(ALERTS).status.clients == {}


def test_the_one_object_that_keeps_a_mount_from_working_is_named() -> None:
    world = by_csi({"pcol": {}}, *secrets("forgotten"))
    run_watch(world, times=3)
    assert "ClientMountBlocked" not in firing(world)
    world.clusters.running[A, world.places[0].relay.workload].held_up["mailrelay-1"] = "FailedMount"
    run_watch(world, times=2)
    [alert] = fresh(world, "ClientMountBlocked")
    assert "mailrelay-1 cannot start" in alert.message
    assert "lists forgotten, which vault dev lacks" in alert.message
    world.vault.store("dev", "forgotten", f"{SOUND}forgotten")
    run_watch(world)
    assert "ClientMountBlocked" not in firing(world)


def test_a_certificate_that_keeps_a_mount_from_working_is_named_and_a_key_is_not_guessed_about() -> None:
    world = by_csi({"pcol": {}}, ProviderObject("tls", "cert", "tls.pem"), ProviderObject("own", "key", "own.pem"))
    world.clusters.running[A, world.places[0].relay.workload].held_up["mailrelay-1"] = "FailedMount"
    run_watch(world, times=2)
    [alert] = fresh(world, "ClientMountBlocked")
    assert "lists cert tls, which vault dev lacks" in alert.message


def test_a_class_that_does_not_exist_is_said_once_for_the_relay_and_at_each_client() -> None:
    world = by_csi({"pcol": {}, "jobs": {}})
    del world.clusters.csi.classes[A, "mailrelay", CLASS]
    run_watch(world, times=20)
    [alert] = fresh(world, "ClientMountBlocked")
    assert (alert.cluster, alert.urgency) == (A, "warning")
    assert alert.message == (
        f"{FIRST}: SecretProviderClass mailrelay/{CLASS} does not exist in {A}: create it, or correct "
        "from.secretproviderclass of relay dev in the inventory. A pod that mounts it cannot start"
    )
    assert fresh(world, "ClientFilesOutdated") == []
    assert (status(world, "pcol").reason, "does not exist" in status(world, "pcol").message) == ("MountMissing", True)
    world.clusters.running[A, world.places[0].relay.workload].held_up["mailrelay-1"] = "FailedMount"
    run_watch(world)
    assert [each.urgency for each in fresh(world, "ClientMountBlocked")] == ["warning", "critical"]
    list_objects(world, A, *secrets("pcol", "jobs"))
    run_watch(world)
    assert "ClientMountBlocked" not in firing(world)


def test_auth_before_tls_alerts_and_is_critical_where_it_is_taken(watched: ClientWorld) -> None:
    watched.prober.clear_mechanisms[B, "mailrelay-0"] = ("PLAIN",)
    run_watch(watched)
    [alert] = fresh(watched, "AuthInClear")
    assert (alert.cluster, alert.urgency) == (B, "critical")
    assert "mailrelay-0 on port 25 takes a login" in alert.message
    watched.prober.clear_mechanisms.clear()
    run_watch(watched)
    assert firing(watched) == set()


def test_a_failed_delivery_alerts_as_not_accepted_and_is_over_once_it_works(watched: ClientWorld) -> None:
    watched.vault.store("dev", "pcol", SOUND)
    for _ in range(12):
        watched.clusters.faults.before("apply", TransientError("the API server is away"))
    watched.handle_client()
    assert watched.client_state(FIRST).error is not None
    run_watch(watched, times=14)
    alerts = fresh(watched, "ClientNotAccepted")
    assert alerts[0].object == client_ref("pcol")
    assert "the API server is away" in alerts[0].message
    watched.clusters.faults.planned.clear()
    watched.tick()
    run_watch(watched)
    assert "ClientNotAccepted" not in firing(watched)


def lose_file(world: ClientWorld, client: str) -> None:
    """Let somebody delete a client's file."""
    held = world.clusters.secrets[A, "mailrelay", SECRET]
    del held.data[client], held.owners[client]
    held.written(held.version + 1, world.clock.now())


def test_a_missing_file_wakes_its_worker_once_for_each_change(watched: ClientWorld) -> None:
    run_watch(watched)
    lose_file(watched, "pcol")
    run_watch(watched, times=3)
    asked = [str(sent.message.target) for sent in watched.queue.sent]
    assert sorted(asked) == ["client/pcol", "client/probe"]
    watched.work_off()
    assert "pcol" in watched.client_files(A)
    run_watch(watched, times=3)
    assert watched.queue.sent == []
    assert watched.state.watch.read(ALERTS).woken_clients == {}


@pytest.mark.parametrize("held", ["observe", "paused"])
def test_what_may_not_be_written_wakes_nobody(held: str) -> None:
    world = client_world({**CLIENTS, "jobs": {} if held == "observe" else CLIENTS["jobs"]})
    world.vault.store("dev", "jobs", SOUND)
    if held == "paused":
        pause(client_ref("jobs"), world.clock.now() + timedelta(days=1), SCHEDULED, world.ports)
    world.tick()
    alerted(world)
    run_watch(world, times=3)
    assert [str(sent.message.target) for sent in world.queue.sent] == []


def test_an_alert_about_a_client_goes_to_its_owner_s_route_besides_the_others() -> None:
    world = by_csi({"pcol": {}, "jobs": {}})
    owner = Owner(team="Collections", route="collections")
    clients = {**world.inventory.clients, "pcol": world.inventory.clients["pcol"].model_copy(update={"owner": owner})}
    routes = {**ROUTES, "collections": route("slack", severity="critical", service="nothing")}
    alerts = ALERTED.model_copy(update={"routes": routes})
    world.inventory = world.inventory.model_copy(update={"clients": clients, "alerts": alerts})
    for name in ("pcol", "jobs"):
        world.vault.store("dev", name, f"{name}")
    world.clusters.unreachable.add(B)
    run_watch(world, times=3)

    assert {str(alert.object) for alert in world.notifier.fresh("collections")} == {"client/pcol"}
    assert {"client/pcol", "client/jobs", "relay/dev"} <= {
        str(alert.object) for alert in world.notifier.fresh("people")
    }
    assert all("client pcol of Collections" in alert.message for alert in world.notifier.fresh("collections"))


def test_a_client_s_secret_that_expires_names_the_client_and_its_owner() -> None:
    world = by_csi({"pcol": {}})
    owned = world.inventory.clients["pcol"].model_copy(update={"owner": Owner(team="Collections")})
    world.inventory = world.inventory.model_copy(update={"clients": {"pcol": owned}})
    world.vault.store("dev", "pcol", SOUND, expires=world.clock.now() + timedelta(days=2))
    world.clock.advance(timedelta(days=1, hours=12))
    for cluster in (A, B):
        mount(world, cluster)
    run_watch(world)
    [alert] = fresh(world, "VaultEntryExpiring")
    assert alert.object == client_ref("pcol")
    assert alert.message.startswith("client pcol of Collections: its secret pcol in vault dev expires")


@dataclass
class WithoutClientsSecret:
    """ports.Clusters, one of which does not answer for the clients' Secret."""

    clusters: Clusters

    def __getattr__(self, method: str) -> object:
        return getattr(self.clusters, method)

    def secret(self, cluster: str, namespace: str, name: str) -> SecretSnapshot | None:
        if (cluster, name) == (A, SECRET):
            raise TransientError("the API server does not answer for this Secret")
        return self.clusters.secret(cluster, namespace, name)


def test_what_cannot_be_read_of_clients_alone_at_a_place_is_said_of_that_place(watched: ClientWorld) -> None:
    run_watch(watched)
    watched.through = lambda ports: replace(ports, clusters=WithoutClientsSecret(ports.clusters))  # type: ignore[arg-type]
    run_watch(watched, times=2)
    blind = fresh(watched, "WatchBlind")
    assert [(alert.object, alert.cluster, alert.detail) for alert in blind] == [
        (ObjectRef("relay", "dev"), A, "clients")
    ]


def test_a_disabled_secret_is_one_alert_about_its_client(watched: ClientWorld) -> None:
    watched.vault.disable("dev", "pcol")
    run_watch(watched, times=3)
    assert {(alert.name, str(alert.object)) for alert in watched.notifier.fresh("people")} == {
        ("ClientSecretUnusable", "client/pcol")
    }
