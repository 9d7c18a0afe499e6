"""What nobody can make the app do by the plan of an inventory that is not deployed."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.inventory import SecretReference
from shared.workflows.plan import plan
from tests.between import put_between
from tests.e2e.killing.effects import Effect, effects
from tests.fakes.inventory import NAME, Fields, small_document
from tests.workflows.calls import Calls
from tests.workflows.client_world import CLIENTS, RELAY, client_world
from tests.workflows.test_http_description import as_described
from tests.workflows.test_http_plans import Document, ask, changed, one_change, planned, second_relay
from tests.workflows.world import RENEWED, World


class Recorder:
    """Stands before a port and notes each call with its arguments."""

    def __init__(self, inner: Any, made: set[str]) -> None:
        self._inner, self._made = inner, made

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def recorded(*arguments: Any) -> Any:
            for each in arguments[0] if name == "probe" else [arguments]:
                self._made.add(f"{name} {each}")
            return method(*arguments)

        return recorded


def asked_by(world: World, act: Callable[[], object], ports: Sequence[str] = ("clusters", "prober")) -> set[str]:
    """Return what is asked of clusters and replicas, or of other ports, while something is done."""
    made = set[str]()
    world.through = lambda given: put_between(given, ports, lambda _, port: Recorder(port, made))
    act()
    world.through = lambda given: given
    return made


def test_a_new_relay_is_told_and_not_looked_at(served: World) -> None:
    deployed = asked_by(served, lambda: plan(served.ports))
    found: list[Any] = []
    asked = asked_by(served, lambda: found.append(one_change(served, second_relay(small_document()))))
    assert found[0]["new_places"] == ["second@ss-dev-00", "second@ss-dev-01"]
    assert found[0]["relays"] == 1
    assert asked <= deployed


SOURCES: tuple[tuple[Fields, str], ...] = (
    ({"workload": "kube-system/deployment/coredns"}, "workload"),
    ({"ports": [25, 6443]}, "port"),
    ({"service": "another"}, "Service"),
    ({"serves": [{"certificate": NAME, "secret": "their-secret"}]}, "Secret"),
    ({"clients": {"secret": "their-secret"}, "probe_client": "probe"}, "Secret of clients"),
    ({"clients": {"from": {"secretproviderclass": "theirs"}}, "probe_client": None}, "SecretProviderClass"),
)


@pytest.mark.parametrize("relay", [relay for relay, _ in SOURCES], ids=[name for _, name in SOURCES])
def test_nothing_is_read_in_a_cluster_that_the_deployed_inventory_does_not_read(relay: Fields) -> None:
    world = client_world()
    world.tick()
    found: list[Any] = []
    document = small_document({**RELAY, **relay}, None, CLIENTS)
    deployed = asked_by(world, lambda: plan(world.ports))

    asked = asked_by(world, lambda: found.append(planned(world, document)))

    assert asked <= deployed
    unseen = {place for each in found[0]["changes"] for place in each["new_places"]}
    assert unseen == {"dev@ss-dev-00", "dev@ss-dev-01"}


def test_no_secret_is_read_that_the_deployed_inventory_does_not_read() -> None:
    world = client_world()
    world.tick()
    world.vault.put_secret(SecretReference("dev", "another"), "theirs")
    clients: dict[str, Fields] = {**CLIENTS, "new": {"mode": "manage", "secret": "another"}}
    found: list[Any] = []

    asked = asked_by(world, lambda: found.append(one_change(world, small_document(RELAY, None, clients))), ["vault"])

    assert (found[0]["kind"], found[0]["name"], found[0]["orders"]) == ("client", "new", True)
    assert found[0]["new_places"] == ["dev@ss-dev-00", "dev@ss-dev-01"]
    assert "another" not in str(asked)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (changed("vaults", "dev", url="https://attacker.example.net"), "vaults.dev.url"),
        (changed("vaults", "new", url="https://attacker.example.net"), "vaults.new.url"),
        (changed("issuers", "letsencrypt", directory="https://ca.example.net"), "issuers.letsencrypt.directory"),
        (changed("clusters", "ss-dev-00", server="https://attacker.example.net"), "clusters.ss-dev-00.server"),
        (changed("zones", "mail.example.net", resolvers=["10.0.0.1"]), "zones.mail.example.net.resolvers"),
        (
            changed("relays", "dev", public_endpoints=[{"host": "attacker.example.net", "port": 25}]),
            "relays.dev.public_endpoints",
        ),
        (
            {**small_document(), "alerts": {"routes": {"new": {"kind": "slack", "urls": ["dev/url"]}}}},
            "alerts.routes.new.urls",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_an_address_that_is_not_deployed_is_refused_before_anything_is_contacted(
    served: World, document: Document, path: str
) -> None:
    calls = Calls()
    served.through = calls.recorded
    reply = as_described("plan_inventory", ask(served, document))
    assert reply.status == 409
    assert [each["parameter"] for each in reply.document["errors"]] == [path]
    assert path in reply.document["detail"]
    assert calls.made == []


def test_every_foreign_address_is_named_at_once(served: World) -> None:
    document = changed("vaults", "dev", url="https://attacker.example.net")
    document["clusters"]["ss-dev-00"]["server"] = "https://attacker.example.net"
    paths = [each["parameter"] for each in ask(served, document).document["errors"]]
    assert paths == ["vaults.dev.url", "clusters.ss-dev-00.server"]


def test_a_plan_has_no_effect_and_logs_in_nowhere() -> None:
    world = client_world()
    world.tick()
    world.clock.advance(world.ports.inventory.relays["dev"].login_interval)
    calls, logins = Calls(), world.logins
    world.through = calls.recorded
    clients: dict[str, Fields] = {**CLIENTS, "pcol": {"mode": "manage", "max_age": 1}}

    assert planned(world, small_document({**RELAY, "settle": 5}, None, clients, dns_names=RENEWED))["changes"]

    made = {Effect("lease" if call.port == "lease" else call.port, call.method) for call in calls.made}
    journals = {call.method for call in calls.made if call.port.startswith("state.")}
    assert made.isdisjoint(effects())
    assert journals <= {"read", "names"}
    assert not [call for call in calls.made if call.method in ("log_in", "offer", "check_open_relay")]
    assert world.logins == logins
