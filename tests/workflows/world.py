"""Everything that the workflows act on, in memory, and a worker that takes messages until none is left."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from shared.domain.alerting.notification import WatchJournal
from shared.domain.clients.client_journal import ClientJournal
from shared.domain.clients.login_journal import LoginJournal
from shared.domain.journal import AccountJournal, Journal
from shared.domain.message import Message
from shared.domain.object_ref import Version, certificate_ref
from shared.domain.pauses import Pauses
from shared.domain.requests import Request
from shared.domain.serving.probe import Probe
from shared.domain.timers import Schedules, TickJournal
from shared.inventory import Inventory, Place
from shared.inventory.relays import Certificate
from shared.ncrontab import Schedule
from shared.ports import Ports, State
from shared.settings import TICK_SCHEDULE, WATCH_SCHEDULE
from shared.workflows.renew import renew
from shared.workflows.tick import enqueue_all
from shared.workflows.work import work
from tests.fakes.acme import FakeAuthority
from tests.fakes.clock import FakeClock
from tests.fakes.dns import FakeDns
from tests.fakes.inventory import HOST, NAME, Fields, small_inventory
from tests.fakes.keyvault import FakeVault
from tests.fakes.kubernetes import FakeClusters, HeldSecret, Running
from tests.fakes.notifications import FakeNotifier
from tests.fakes.smtp import Chain, FakeProber
from tests.fakes.storage import FakeHistory, FakeJournals, FakeQueue
from tests.fakes.trust_roots import FakeTrust
from tests.fakes.vault_certificates import Held

A, B = "ss-dev-00", "ss-dev-01"

FIRST, SECOND = f"dev@{A}", f"dev@{B}"

RENEWED = [HOST, "smtp.mail.example.net"]

FILE = f"{HOST}.pem"

OTHER = {"digest", "trigger", "state"}
"""The fields of Ports that are no attributes of World."""

MOST_MESSAGES = 400
"""More than any story here takes; a worker that goes round in circles reaches it."""


class FakeState:
    """The journals of each kind."""

    def __init__(self, clock: FakeClock) -> None:
        self.certificates = FakeJournals(Journal, clock)
        self.issuers = FakeJournals(AccountJournal, clock)
        self.clients = FakeJournals(ClientJournal, clock)
        self.logins = FakeJournals(LoginJournal, clock)
        self.requests = FakeJournals(Request, clock)
        self.ended = FakeJournals(Request, clock)
        self.pauses = FakeJournals(Pauses, clock)
        self.watch = FakeJournals(WatchJournal, clock)
        self.ticks = FakeJournals(TickJournal, clock)


class World:
    """The fakes, one of each. Workers reach them `through` whatever a test puts in between."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.schedules = Schedules(Schedule.parse(TICK_SCHEDULE), Schedule.parse(WATCH_SCHEDULE))
        self.clock = clock = FakeClock()
        self.state = FakeState(clock)
        self.dns = FakeDns()
        self.authority = FakeAuthority(self.dns, clock)
        self.trust_roots = FakeTrust(self.authority.root.certificate)
        self.vault = FakeVault(clock)
        self.clusters = FakeClusters(inventory, clock)
        self.prober = FakeProber(self.clusters)
        self.queue = FakeQueue(clock)
        self.notifier = FakeNotifier()
        self.history = FakeHistory()
        self.through: Callable[[Ports], Ports] = lambda ports: ports

    @property
    def ports(self) -> Ports:
        """Return ports that are the attributes of the same names."""
        ours: dict[str, Any] = {port.name: getattr(self, port.name) for port in fields(Ports) if port.name not in OTHER}
        return self.through(Ports(digest="0123456789ab", state=State(**vars(self.state)), **ours))

    @property
    def certificate(self) -> Certificate:
        return self.inventory.certificates[NAME]

    @property
    def places(self) -> tuple[Place, ...]:
        return self.inventory.places(NAME)

    @property
    def journal(self) -> Journal:
        return self.state.certificates.read(NAME)

    @property
    def versions(self) -> list[Held]:
        """The versions of the first certificate."""
        return self.vault.versions.get((self.certificate.vault, NAME), [])

    def change_inventory(
        self, relay: Fields | None = None, sites: Mapping[str, Fields] | None = None, **certificate: object
    ) -> None:
        """Change the inventory."""
        self.inventory = small_inventory(relay, sites, None, **certificate)

    def remove_certificate(self, name: str = NAME) -> None:
        """Let a certificate leave the inventory, and all relays with it."""
        others = {other: certificate for other, certificate in self.inventory.certificates.items() if other != name}
        self.inventory = self.inventory.model_copy(update={"certificates": others, "relays": {}})

    def handle_message(self, name: str = NAME) -> None:
        """Take one message for a certificate."""
        renew(Message(certificate_ref(name), "test"), self.ports)

    def tick(self, patience: timedelta = timedelta(minutes=30)) -> None:
        """Ask for a look at everything, and work off what comes of it within `patience`, however long that takes on the
        clock. Nothing says that the timer fired, so none is missed by those who let time pass without it."""
        enqueue_all("test", self.ports)
        self.work_off(patience)

    def work_off(self, patience: timedelta = timedelta(minutes=30)) -> None:
        """Take every message that falls due within `patience`."""
        end = self.clock.now() + patience
        for _ in range(MOST_MESSAGES):
            due = min((sent.due for sent in self.queue.sent), default=None)
            if due is None or due > end:
                return
            self.clock.advance(max(due - self.clock.now(), timedelta(0)))
            for message in self.queue.receive():
                work(message, self.ports)
        raise AssertionError(f"still at it after {MOST_MESSAGES} rounds")

    def secret(self, cluster: str) -> HeldSecret:
        return self.clusters.secrets[cluster, "mailrelay", "relay-tls"]

    def served(self, cluster: str) -> set[str]:
        """Return what the replicas of a cluster present to clients that name the first certificate's host."""
        place = next(place for place in self.places if place.cluster == cluster)
        pods = self.clusters.pods(cluster, place.relay.workload)
        answers = self.prober.probe([Probe(pod.name, pod.address or "", 25, HOST) for pod in pods])
        return {answer.thumbprint or answer.failure for answer in answers}

    def verified(self, place: str) -> Version | None:
        """Return the version that the place was last verified to serve, None if none was."""
        proof = self.journal.at(place).verified
        return proof.version if proof else None

    def error_at(self, place: str) -> str:
        """Return what the journal says went wrong at the place, nothing if nothing did."""
        return self.journal.at(place).error or ""

    def holds(self, cluster: str, version: Version) -> bool:
        """Say whether the cluster's Secret says that it has the version."""
        return any(version in note for note in self.secret(cluster).annotations.values())

    def newest_chain(self) -> Chain:
        """Return the newest version's chain as a relay presents it."""
        return tuple(one.public_bytes(Encoding.DER) for one in self.versions[-1].chain)

    def running(self, cluster: str) -> Running:
        """Return the relay's workload in the cluster."""
        return self.clusters.running[cluster, self.places[0].relay.workload]

    def renew_with_a_stuck_replica(self, cluster: str) -> None:
        """Let a replica of the cluster go on presenting what it presents now, and renew."""
        self.prober.showing[cluster, "mailrelay-1"] = self.newest_chain()
        self.change_inventory(dns_names=RENEWED)
        self.tick()


def new_world(relay: Mapping[str, object] | None = None, **certificate: object) -> World:
    """Return a world in which nothing has happened yet."""
    return World(small_inventory(relay, None, None, **certificate))
