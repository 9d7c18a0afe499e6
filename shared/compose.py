"""The environment's settings and the inventory they name become Ports. No other file but compose_vaults.py and
compose_relays.py names adapters."""

from collections.abc import Mapping
from hashlib import sha256

from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient

from shared.adapters.acme.authority import AcmeAuthority
from shared.adapters.clock import SystemClock
from shared.adapters.dns.azure_dns import AzureDns
from shared.adapters.keyvault.key_vaults import KeyVaults
from shared.adapters.kubernetes.clusters import KubernetesClusters
from shared.adapters.notifications.notifier import RoutedNotifier
from shared.adapters.smtp.probe import SmtpProber
from shared.adapters.storage.history import BlobHistory
from shared.adapters.storage.journals import BlobJournals
from shared.adapters.storage.queue import StorageQueue
from shared.adapters.trust_roots import PemTrustRoots
from shared.azure import STORAGE_OPTIONS
from shared.compose_vaults import credential, quiet_libraries
from shared.domain.alerting.notification import WatchJournal
from shared.domain.clients.client_journal import ClientJournal
from shared.domain.clients.login_journal import LoginJournal
from shared.domain.journal import AccountJournal, Journal
from shared.domain.pauses import Pauses
from shared.domain.requests import Request
from shared.domain.timers import Schedules, TickJournal
from shared.errors import ConfigError, ConfigProblem
from shared.inventory import parse
from shared.ports import Ports, State
from shared.settings import Settings, read_settings

CONTAINER = "relaykeeper"
HISTORY = "relaykeeper-history"
QUEUE = "work"


def compose(environment: Mapping[str, str]) -> Ports:
    """Return the ports of one execution. Raises ConfigError with every problem, having contacted nothing."""
    quiet_libraries()
    settings = read_settings(environment)
    text = read_inventory_text(settings)
    inventory = parse(text)
    folder, azure = settings.inventory.parent, credential()
    vault = KeyVaults(inventory.vaults, azure)
    container = ContainerClient(settings.blob_service, CONTAINER, credential=azure, **STORAGE_OPTIONS)
    history = ContainerClient(settings.blob_service, HISTORY, credential=azure, **STORAGE_OPTIONS)
    return Ports(
        inventory=inventory,
        digest=sha256(text.encode()).hexdigest()[:12],
        schedules=Schedules(settings.tick, settings.watch),
        state=State(
            certificates=BlobJournals(container, "certificates", Journal, settings.lease),
            issuers=BlobJournals(container, "issuers", AccountJournal, settings.lease),
            clients=BlobJournals(container, "clients", ClientJournal, settings.lease),
            logins=BlobJournals(container, "logins", LoginJournal, settings.lease),
            requests=BlobJournals(container, "requests", Request, settings.lease),
            ended=BlobJournals(container, "ended", Request, settings.lease),
            pauses=BlobJournals(container, "pauses", Pauses, settings.lease),
            watch=BlobJournals(container, "watch", WatchJournal, settings.lease, replace_unreadable=True),
            ticks=BlobJournals(container, "ticks", TickJournal, settings.lease, replace_unreadable=True),
        ),
        clock=SystemClock(),
        authority=AcmeAuthority(),
        trust_roots=PemTrustRoots(folder),
        dns=AzureDns(inventory.zones, azure, settings.arm_url),
        vault=vault,
        clusters=KubernetesClusters(inventory.clusters, folder, azure, vault.secret),
        prober=SmtpProber(),
        queue=StorageQueue(QueueClient(settings.queue_service, QUEUE, credential=azure, **STORAGE_OPTIONS)),
        notifier=RoutedNotifier(inventory.alerts, vault.secret),
        history=BlobHistory(history),
    )


def read_inventory_text(settings: Settings) -> str:
    try:
        return settings.inventory.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            [ConfigProblem("RELAYKEEPER_INVENTORY", None, f"cannot read {settings.inventory}: {error}")]
        ) from error
