"""A bug at any call of any port concerns one object: everything else is observed, reported and done.

The calls are those that a watch, a tick, a plan and each read of the API make, so a new one is covered by itself.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import cache, partial

import pytest

from shared.api.operations import OPERATIONS
from shared.domain.certificates.certificate import leaf_of
from shared.domain.client_status import ClientPlaceStatus
from shared.domain.serving.place_observation import ProviderObject
from shared.errors import Unforeseen
from shared.inventory.alerts import Heartbeat
from shared.workflows.tick import enqueue_all
from shared.workflows.watch import ALERTS
from tests.fakes.inventory import HOST, INTERNAL, NAME
from tests.workflows.asked_requests import FORCED, asked
from tests.workflows.bugs import CANARY, Call, bugs, called, traces
from tests.workflows.client_world import CLIENTS, SECRET, ClientWorld, client_world
from tests.workflows.http import operator
from tests.workflows.test_watch import ALERTED, PING, ROUTES, run_watch
from tests.workflows.world import World, new_world

A, B = "ss-dev-00", "ss-dev-01"
ENDPOINT = {"host": "mx.example.net", "port": 25}
RELAY = {"public_endpoints": [ENDPOINT], "refuses_unauthenticated": "postmaster@example.org"}
READS = [operation for operation in OPERATIONS if operation.method == "GET"]
STORAGE = {"state.watch", "lease"}
"""What the watch itself writes down: without it no notification is sent, and the missing heartbeat shows it."""


def watched() -> World:
    """Everything served, public endpoints and unauthenticated mail probed, and watched."""
    world = new_world(RELAY)
    place = world.places[0]
    world.prober.behind[ENDPOINT["host"]] = [(A, place.relay.workload)]  # type: ignore[index]
    world.tick()
    beating = Heartbeat().model_copy(update={"ping": PING})
    alerts = ALERTED.model_copy(update={"routes": ROUTES, "heartbeat": beating})
    world.inventory = world.inventory.model_copy(update={"alerts": alerts})
    return world


def watch_twice(world: World) -> None:
    """Watch twice, as what is seen once may be a blink; people have a notification by then."""
    run_watch(world, times=2)


def tick(world: World) -> None:
    enqueue_all("test", world.ports)


def tick_on(world: World) -> None:
    """Tick; what failed is raised once all was tried."""
    with suppress(Unforeseen):
        tick(world)


def read(operation_path: str, world: World) -> object:
    return operator(world).get(operation_path)


@cache
def calls_of(act: Callable[[World], object]) -> tuple[Call, ...]:
    return tuple(called(watched(), act))


def bug_at(call: Call) -> Callable[[Call], bool]:
    return lambda made: made == call


WATCH_CALLS = [call for call in calls_of(watch_twice) if call.port not in STORAGE]


@pytest.mark.parametrize("call", WATCH_CALLS, ids=str)
def test_a_watch_that_meets_a_bug_tells_of_that_and_of_everything_else(
    call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    world = watched()
    with bugs(world, bug_at(call)) as met:
        watch_twice(world)
    assert met.met > 0
    assert traces(caplog) == met.met

    journal = world.state.watch.read(ALERTS)
    firing = {alert.name for alert in journal.firing}
    bugs_shown = [alert for alert in journal.firing if "unforeseen RuntimeError while" in alert.message]
    assert firing <= {"WatchBlind", "RouteFailing"}
    if call.port == "notifier":
        assert len(world.notifier.pings) == (0 if call.method == "ping" else 2)
    else:
        assert bugs_shown
        assert len(world.notifier.pings) == 2
        assert [alert.message for alert in world.notifier.fresh("people") if "unforeseen" in alert.message]

    places = {
        (name, place): there.state
        for name, certificate in journal.status.certificates.items()
        for place, there in certificate.places.items()
    }
    unobserved = [where for where, state in places.items() if state != "observed"]
    assert len(places) == 4
    assert len({name for name, _ in unobserved}) <= 1 or len({place for _, place in unobserved}) <= 1

    caplog.clear()
    run_watch(world)
    assert world.state.watch.read(ALERTS).firing == ()


def watched_clients() -> ClientWorld:
    """Clients that are accepted everywhere, others that only a cluster lists, and all of it watched."""
    clients = {"secret": SECRET, "from": {"secretproviderclass": "relay-clients"}}
    world = client_world(None, {"clients": clients})
    world.vault.store("dev", "listed", "a-password-that-nobody-guesses")
    world.tick()
    for cluster in (A, B):
        objects = tuple(ProviderObject(name, "secret", name) for name in (*CLIENTS, "listed"))
        world.clusters.csi.classes[cluster, "mailrelay", "relay-clients"] = objects
        versions = {name: held[-1].version for (_, name), held in world.vault.secrets.items()}
        world.clusters.rotate(cluster, world.places[0].relay.workload, "relay-clients", versions)
    world.inventory = world.inventory.model_copy(update={"alerts": ALERTED})
    return world


def client_calls() -> list[Call]:
    world = watched_clients()
    run_watch(world)
    return [call for call in called(world, watch_twice) if call.port not in {*STORAGE, "notifier"}]


def bug_at_like(call: Call) -> Callable[[Call], bool]:
    """As `bug_at`; but a login names a server by its key, which differs from world to world."""
    return lambda made: made[:2] == call[:2] and (call.method == "log_in" or made.about == call.about)


@pytest.mark.parametrize("call", client_calls(), ids=str)
def test_a_watch_of_clients_that_meets_a_bug_tells_of_that_and_of_everything_else(
    call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    world = watched_clients()
    run_watch(world)
    with bugs(world, bug_at_like(call)) as met:
        watch_twice(world)
    assert met.met > 0
    assert traces(caplog) == met.met

    journal = world.state.watch.read(ALERTS)
    assert {alert.name for alert in journal.firing} <= {"WatchBlind", "ClientUndeclared"}
    assert [alert for alert in journal.firing if "unforeseen RuntimeError while" in alert.message]
    assert len(world.notifier.pings) == 3
    seen = {**journal.status.clients, **journal.status.listed_clients}
    unobserved = [(name, place) for name, each in seen.items() for place, there in each.places.items() if lost(there)]
    assert set(CLIENTS) <= seen.keys()
    assert len({name for name, _ in unobserved}) <= 1 or len({place for _, place in unobserved}) <= 1

    run_watch(world)
    assert {alert.name for alert in world.state.watch.read(ALERTS).firing} <= {"ClientUndeclared"}


def lost(there: ClientPlaceStatus) -> bool:
    return there.state != "observed"


def test_a_bug_does_not_resolve_an_alert_that_it_hides() -> None:
    world = watched()
    world.prober.failing[A, "mailrelay-0"] = "454 TLS currently unavailable"
    run_watch(world, times=5)
    before = {alert.name for alert in world.state.watch.read(ALERTS).firing} - {"WatchBlind"}
    assert before
    with bugs(world, lambda call: call.method == "pods" and A in call.about):
        run_watch(world, times=2)
    assert before <= {alert.name for alert in world.state.watch.read(ALERTS).firing}
    assert {alert.name for alert in world.notifier.over("people")} <= {"WatchBlind"}


@pytest.mark.parametrize("call", calls_of(tick), ids=str)
def test_a_tick_that_meets_a_bug_asks_for_a_look_at_everything_else(
    call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    world = watched()
    with bugs(world, bug_at(call)) as met:
        tick_on(world)
    assert traces(caplog) == met.met == 1
    missing = {NAME, INTERNAL} - {sent.message.target.name for sent in world.queue.sent}
    assert len(missing) == (1 if call.port == "queue" else 0)


@pytest.mark.parametrize("method", ["read", "names", "send"])
def test_a_tick_whose_requests_meet_a_bug_still_asks_for_every_certificate(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = watched()
    request = asked(world, FORCED)
    world.queue.sent.clear()
    with bugs(
        world, lambda call: call.port in ("state.requests", "queue") and call.method == method and met.met == 0
    ) as met:
        tick_on(world)
    assert request.open
    assert traces(caplog) == 1
    assert INTERNAL in {sent.message.target.name for sent in world.queue.sent}


EVERYTHING = ("/api/certificates", "/api/plan")
CONCERN_ALL = {("plan", "state.pauses"), ("plan", "state.requests"), ("plan", "state.ended"), ("plan", "names")}
"""Without these a plan would be wrong from beginning to end."""

LIST_CALLS = [(path, call) for path in EVERYTHING for call in calls_of(partial(read, path))]


def paths() -> list[str]:
    found = [f"/api/{operation.path}" for operation in READS]
    return [path.replace("{name}", NAME) for path in found if "{id}" not in path]


READ_CALLS = [(path, call) for path in paths() for call in calls_of(partial(read, path))]


@pytest.mark.parametrize(("path", "call"), READ_CALLS, ids=lambda each: str(each).removeprefix("/api/"))
def test_a_read_that_meets_a_bug_shows_it_beside_the_rest_or_as_a_clean_problem(
    path: str, call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    world = watched()
    with bugs(world, bug_at(call)) as met:
        reply = operator(world).get(path)
    body = reply.answer.body.decode()
    assert traces(caplog) == met.met > 0
    assert CANARY not in body
    assert "Traceback" not in body
    if reply.status == 200:
        assert "unforeseen RuntimeError while" in body or shown_otherwise(path, body)
    else:
        assert (reply.status, reply.document["type"]) == (500, "urn:relaykeeper:problem:bug")
        assert reply.document["correlation"] in reply.document["detail"]


def shown_otherwise(path: str, body: str) -> bool:
    """Say whether a bug is shown in the terms of metrics, or of probes, which know no reasons."""
    metric = path == "/api/metrics" and 'relaykeeper_journal_unreadable{journal="' in body
    return (metric and "} 1\n" in body) or (path.startswith("/api/health") and '"degraded"' in body)


@pytest.mark.parametrize(("path", "call"), LIST_CALLS, ids=lambda each: str(each).removeprefix("/api/"))
def test_a_bug_at_one_certificate_is_shown_as_its_own_and_the_others_are_listed(path: str, call: Call) -> None:
    world = watched()
    with bugs(world, bug_at(call)):
        reply = operator(world).get(path)
    if path == "/api/plan" and (("plan", call.port) in CONCERN_ALL or ("plan", call.method) in CONCERN_ALL):
        assert reply.status == 500
        return
    listed = reply.document["certificates"]
    assert len(listed) == 2
    if call.port in ("vault", "state.certificates") and call.method in ("latest", "read"):
        broken = [each for each in listed if each.get("errors") or each.get("error")]
        assert len(broken) == 1


CLUSTER_CALLS = sorted({call.method for call in calls_of(World.tick) if call.port == "clusters"} | {"apply", "secret"})


@pytest.mark.parametrize("method", CLUSTER_CALLS)
def test_a_bug_at_one_place_stops_no_other(method: str, caplog: pytest.LogCaptureFixture) -> None:
    world = watched()
    world.change_inventory(RELAY, dns_names=[HOST, "smtp.mail.example.net"])
    before = world.served(B)
    with bugs(world, lambda call: (call.port, call.method) == ("clusters", method) and A in call.about) as met:
        world.tick()
    assert traces(caplog) == met.met > 0
    assert len(world.versions) == 2
    assert world.served(B) != before
    assert "unforeseen RuntimeError while calling clusters" in (world.journal.at(f"dev@{A}").error or "")
    world.tick()
    assert world.journal.at(f"dev@{A}").error is None
    assert world.served(A) == world.served(B)


RENEWAL_CALLS = sorted({(call.port, call.method) for call in called(new_world(), World.tick)})


@pytest.mark.parametrize(("port", "method"), RENEWAL_CALLS, ids=str)
def test_a_renewal_that_meets_a_bug_once_is_brought_to_its_end_later(
    port: str, method: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with bugs(world, lambda call: (call.port, call.method) == (port, method) and met.met == 0) as met:
        with suppress(Unforeseen):
            world.tick()
        assert traces(caplog) == 1
    world.clock.advance(timedelta(hours=1))
    world.tick()
    assert len(world.versions) == 1
    assert world.served(A) == world.served(B) == {leaf_of(world.versions[-1].chain[0]).thumbprint}
    assert world.journal.attempt.error is None
    assert [world.journal.at(str(place)).error for place in world.places] == [None, None]
