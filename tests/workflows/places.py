"""The two places of the estate: what they hold, what was proven there, and how they go wrong."""

from cryptography.hazmat.primitives.serialization import Encoding

from shared.domain.certificates import Version
from tests.fakes.estate import HOST
from tests.fakes.relays import Chain
from tests.fakes.replicas import Running
from tests.workflows.world import World

A, B = "ss-dev-00", "ss-dev-01"
FIRST, SECOND = f"dev@{A}", f"dev@{B}"
RENEWED = [HOST, "smtp.mail.example.net"]
FILE = f"{HOST}.pem"


def proven(world: World, place: str) -> Version | None:
    proof = world.journal.at(place).proof
    return proof.version if proof else None


def error(world: World, place: str) -> str:
    return world.journal.at(place).error or ""


def holds(world: World, cluster: str, version: Version) -> bool:
    """Say whether the cluster's Secret says that it has the version."""
    return any(version in note for note in world.secret(cluster).annotations.values())


def chain(world: World) -> Chain:
    """Return the newest version's chain as a relay presents it."""
    return tuple(one.public_bytes(Encoding.DER) for one in world.versions[-1].chain)


def running(world: World, cluster: str) -> Running:
    return world.clusters.running[cluster, world.places[0].relay.workload]


def stuck(world: World, cluster: str) -> None:
    """Let a replica of the cluster go on presenting what it presents now, and renew."""
    world.relays.showing[cluster, "mailrelay-1"] = chain(world)
    world.wish(dns_names=RENEWED)
    world.tick()
