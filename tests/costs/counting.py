"""What an estate without work calls in an hour, and what one renewal calls, on the fakes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import yaml

from infra.costs.use import FREE, Counted
from shared.inventory import Inventory, parse
from shared.workflows.watch import watch
from tests.workflows.calls import Calls
from tests.workflows.world import World

SIZES = (5, 50)
TICKS, WATCHES = 1, 6
"""In an hour, by the default schedule."""

CLUSTERS = ("ss-prod-00", "ss-prod-01")


def estate(certificates: int) -> Inventory:
    """Return an inventory whose certificates are each served by a relay of its own in two clusters."""
    names = [f"certificate-{number:02}" for number in range(certificates)]
    return parse(
        yaml.safe_dump(
            {
                "vaults": {"prod": {"url": "https://prod.vault.example.net"}},
                "issuers": {
                    "letsencrypt": {
                        "directory": "https://acme.example.net/dir",
                        "account_key": "prod/letsencrypt-account-key",
                    }
                },
                "zones": {
                    "mail.example.net": {
                        "subscription": "00000000-0000-0000-0000-000000000001",
                        "resource_group": "dns",
                    }
                },
                "clusters": {
                    name: {"server": f"https://{name}.example.net", "ca_file": f"{name}.pem"} for name in CLUSTERS
                },
                "certificates": {
                    name: {"vault": "prod", "issuer": "letsencrypt", "dns_names": [f"{name}.mail.example.net"]}
                    for name in names
                },
                "relays": {f"relay-{name}": relay(name) for name in names},
            }
        )
    )


def relay(certificate: str) -> dict[str, object]:
    return {
        "clusters": list(CLUSTERS),
        "workload": f"mailrelay/statefulset/{certificate}",
        "ports": [25, 587],
        "serves": [{"certificate": certificate, "secret": f"{certificate}-tls"}],
        "files": {"{host}.pem": "bundle", "default.pem": "bundle"},
        "reload": "auto",
    }


def count(certificates: int) -> Counted:
    """Return what is called in an hour after all was served, and for the renewal of one certificate."""
    world = settled(certificates)
    with recorded(world) as tick:
        pass_ten_minutes(world, ticks=True)
    with recorded(world) as watched:
        pass_ten_minutes(world)
    watches = Counter({call: times * WATCHES for call, times in watched.items()})
    return Counted(certificates, TICKS, WATCHES, tick + watches, renewal())


def renewal() -> Counter[str]:
    """Return what is called from the issuance of one certificate to its last place, by all the messages of it."""
    world = settled(1)
    name = next(iter(world.inventory.certificates))
    wanted = world.inventory.certificates[name].model_copy(update={"dns_names": (f"new.{name}.mail.example.net",)})
    world.inventory = world.inventory.model_copy(update={"certificates": {name: wanted}})
    with recorded(world) as calls:
        world.tick()
    assert calls["vault.merge"] == 1
    return calls


def settled(certificates: int) -> World:
    """Return a world where everything is served, and the watch has seen it."""
    world = World(estate(certificates))
    world.tick()
    pass_ten_minutes(world)
    return world


def pass_ten_minutes(world: World, *, ticks: bool = False) -> None:
    """Let ten minutes pass, with a tick and its messages, or with a watch; neither may find work to do."""
    began = world.clock.now()
    if ticks:
        world.tick()
    else:
        watch(world.ports, "costs")
    assert world.clock.now() == began, "there was work to do"
    world.clock.advance(timedelta(minutes=10))


@contextmanager
def recorded(world: World) -> Iterator[Counter[str]]:
    """Count the calls of the block, those that reach nothing that Azure bills left out."""
    calls, counted = Calls(), Counter[str]()
    world.through = calls.recorded
    try:
        yield counted
    finally:
        world.through = lambda ports: ports
        counted.update(str(call) for call in calls.made if call.port not in FREE)
