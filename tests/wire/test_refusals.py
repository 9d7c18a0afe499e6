"""Every system refuses one request of a renewal, or is silent: the journal says so, and the next attempt ends well.

What a refusal becomes is seen at a real adapter before a hostile server; what the workflows make of that, on the fakes.
Answers that are lost after the effect, and expired tokens, meet real servers in `tests/e2e/test_faults.py`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient

from infra.local.pki import Authority, KeyPair
from infra.local.proxy import Reply
from shared import azure
from shared.adapters.acme import transport
from shared.adapters.acme.authority import AcmeAuthority
from shared.adapters.dns.azure_dns import AzureDns
from shared.adapters.keyvault.key_vaults import KeyVaults
from shared.adapters.kubernetes import api_server
from shared.adapters.kubernetes.clusters import KubernetesClusters
from shared.adapters.storage.journals import BlobJournals
from shared.adapters.storage.queue import StorageQueue
from shared.azure import CLIENT_OPTIONS, STORAGE_OPTIONS
from shared.domain.issuing.acme import Account
from shared.domain.issuing.issuance import TxtValue
from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.domain.serving.tls_secret import SecretApply
from shared.errors import RelaykeeperError, TransientError
from shared.inventory import Cluster, Vault
from tests.fakes.inventory import HOST, NAME, certificate, small_inventory
from tests.http_server import showing
from tests.wire.azure.services import Identity
from tests.wire.hostile import Hostile, Layout, document, hostile_server
from tests.wire.refusals import (
    RETRY_AFTER,
    acme_problem,
    identity_error,
    kubernetes_status,
    storage_error,
    vault_error,
)
from tests.workflows.world import A, World, new_world

PATIENCE = 0.4
"""Seconds that clients wait for an answer here."""

ANSWERS = {
    "429": r"\b429\b",
    "500": r"\b500\b",
    "401": r"\b401\b",
    "403": r"\b403\b|the right to patch secrets",
    "silence": r"[Tt]imed out|no answer in time|no answer within \d",
}
"""How the message names each fault."""

ADVICE = r"\. (Check|Bind|Look) "
"""How a sentence begins that says what to do; only what passes by itself needs none."""

OWN = timedelta(minutes=3)
"""Somewhat less than the journal's own first backoff."""

ASKED_FOR = {"429": timedelta(seconds=RETRY_AFTER) - OWN, "500": OWN, "silence": OWN}
"""The least time to the next attempt to issue; what is not named a person must repair, and it is tried at each tick."""

RECORD = TxtValue("mail.example.net", f"_acme-challenge.{HOST}", "ours")
PART = SecretApply("mailrelay", "relay-tls", "Opaque", {}, {}, f"relaykeeper/{NAME}", None)
ETAG = {"ETag": '"0x1"', "Last-Modified": "Sun, 03 May 2026 12:00:00 GMT"}
LEASED = Reply(201, {**ETAG, "x-ms-lease-id": "00000000-0000-4000-8000-000000000001"}, b"")
FOUND = Reply(200, {**ETAG, "x-ms-blob-type": "BlockBlob", "Content-Range": "bytes 0-12/13"}, b'{"schema": 1}')
NONCE = {"Replay-Nonce": "n" * 22}
DIRECTORY = {name: f"https://here/{name}" for name in ("newNonce", "newAccount", "newOrder")}


@dataclass(frozen=True, slots=True)
class System:
    """`call` makes the request that `target` matches, of the server at a URL; `works` are answers to those before.

    `names`: what an error must name, besides the answer. `most`: how many requests one attempt may cost. `port` and
    `method` are where a renewal meets the error; `backoff`: the least that a failure there earns, where issuing fails.
    """

    name: str
    target: str
    layout: Layout
    call: Callable[[str, Path], object]
    names: tuple[str, ...]
    most: int
    port: str
    method: str
    works: tuple[tuple[str, Reply], ...] = ()
    backoff: Mapping[str, timedelta] | None = None
    tls: bool = True


def create_in_vault(url: str, _: Path) -> None:
    KeyVaults({"dev": Vault(name="dev", url=url)}, Identity()).create(certificate(), {})


def publish(url: str, _: Path) -> None:
    AzureDns(dict(small_inventory().zones), Identity(), url).publish(RECORD)


def publish_with_a_token_of(url: str, _: Path) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("IDENTITY_ENDPOINT", f"{url}/msi/token")
        environment.setenv("IDENTITY_HEADER", "header")
        environment.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
        with DefaultAzureCredential(**CLIENT_OPTIONS) as credential:
            AzureDns(dict(small_inventory().zones), credential, "https://127.0.0.1:9").publish(RECORD)


def order(url: str, _: Path) -> None:
    authority = AcmeAuthority()
    authority.new_order(Account(f"{url}/dir", authority.new_key(), f"{url}/account/1"), [HOST])


def apply(url: str, ca: Path) -> None:
    cluster = Cluster(name=A, server=url, ca_file=str(ca))
    KubernetesClusters({A: cluster}, ca.parent, Identity(), secret=lambda _: None).apply(A, PART)


def write_journal(url: str, _: Path) -> None:
    container = ContainerClient(f"{url}/account", "relaykeeper", credential=Identity(), **STORAGE_OPTIONS)
    with BlobJournals(container, "certificates", Journal, timedelta(seconds=15)).lease(NAME) as lease:
        lease.write(Journal())


def send(url: str, _: Path) -> None:
    queue = QueueClient(f"{url}/account", "work", credential=Identity(), **STORAGE_OPTIONS)
    StorageQueue(queue).send(Message(certificate_ref(NAME), "tick-1"))


SYSTEMS = [
    System(
        "vault",
        "^POST .*/create",
        vault_error,
        create_in_vault,
        (NAME, "vault dev"),
        2,
        "vault",
        "create",
        (),
        ASKED_FOR,
    ),
    System(
        "dns",
        "^PUT .*/TXT/",
        vault_error,
        publish,
        ("_acme-challenge.", "zone mail.example.net"),
        6,
        "dns",
        "publish",
        (("^GET .*/TXT/", document(404, {"code": "NotFound", "message": "none"})),),
        backoff=ASKED_FOR,
    ),
    System(
        "authority",
        "^POST /newOrder",
        acme_problem,
        order,
        ("order", "/newOrder"),
        1,
        "authority",
        "new_order",
        (("/dir$", document(200, DIRECTORY)), ("/newNonce$", Reply(200, NONCE))),
        backoff=ASKED_FOR,
    ),
    System(
        "api-server", "^PATCH .*/secrets/relay-tls", kubernetes_status, apply, ("relay-tls", A), 1, "clusters", "apply"
    ),
    System(
        "storage",
        r"^PUT [^?]*\.json$",
        storage_error,
        write_journal,
        ("journal", f"certificates/{NAME}.json"),
        9,
        "state.certificates",
        "write",
        (("^PUT .*comp=lease", LEASED), ("^GET ", FOUND)),
    ),
    System(
        "queue",
        "^POST .*/work/messages",
        storage_error,
        send,
        (f"message for certificate/{NAME}", "queue work"),
        6,
        "queue",
        "send",
    ),
    System(
        "identity",
        "^GET /msi/token",
        identity_error,
        publish_with_a_token_of,
        ("_acme-challenge.", "zone mail.example.net", "managed identity"),
        3,
        "dns",
        "publish",
        backoff={"429": OWN, "500": OWN},
        tls=False,
    ),
]


CASES = [(system, kind) for system in SYSTEMS for kind in ANSWERS if (system.name, kind) != ("identity", "silence")]
"""What a silent identity endpoint becomes, `tests/unit/test_azure.py` says."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients wait for an answer no longer than PATIENCE."""
    for options in (azure.CLIENT_OPTIONS, azure.KEY_VAULT_OPTIONS, azure.DNS_OPTIONS, azure.STORAGE_OPTIONS):
        monkeypatch.setitem(options, "read_timeout", PATIENCE)
    monkeypatch.setattr(transport, "TIME_LIMITS", replace(transport.TIME_LIMITS, pause=PATIENCE))
    monkeypatch.setattr(api_server, "API_TIMEOUT", (api_server.API_TIMEOUT[0], PATIENCE))


def refused(system: System, kind: str, pair: KeyPair, authority: Authority) -> RelaykeeperError:
    """Return what the adapter raises where its server fails in this way, after few requests."""
    server = Hostile(system.target, None if kind == "silence" else system.layout(int(kind)), system.works)
    with hostile_server(server, showing(pair) if system.tls else None), pytest.raises(RelaykeeperError) as raised:
        system.call(server.url, authority.path)
    assert 1 <= len(server.met) <= system.most
    return raised.value


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("system", "kind"), CASES, ids=lambda value: getattr(value, "name", value))
def test_every_refusal_is_explained_and_the_next_attempt_ends_well(
    system: System, kind: str, pair: KeyPair, issued: tuple[Authority, KeyPair]
) -> None:
    world = new_world()
    attrgetter(system.port)(world).faults.before(system.method, refused(system, kind, pair, issued[0]))
    if system.name == "queue":  # a message is put off only while there is something to wait for
        world.authority.faults.before("new_order", TransientError("answered 503"))

    said = handle_message(world)

    [sentence] = {s for s in said if re.search(ANSWERS[kind], s)}
    assert all(name in sentence for name in system.names)
    if kind in ("401", "403") or system.name == "identity":
        assert re.search(ADVICE, sentence), sentence
    if system.backoff is not None:
        assert_held_back(world, system.backoff.get(kind))
    assert_ends_well(world)


def handle_message(world: World) -> list[str]:
    """Take one message; return every error in the journal, and the one that the execution ends with."""
    ended = ""
    try:
        world.handle_message()
    except RelaykeeperError as error:
        ended = str(error)
    journal = world.journal
    errors: list[Any] = [ended, journal.attempt.error, journal.backoff and journal.backoff.error]
    errors += [record.error for record in journal.places.values()]
    return [error for error in errors if error]


def assert_held_back(world: World, least: timedelta | None) -> None:
    """The next attempt keeps its distance; what a person must repair is tried at each tick."""
    backoff = world.journal.backoff
    assert backoff is not None
    wait = backoff.until - world.clock.now()
    assert wait <= timedelta(0) if least is None else wait > least


def assert_ends_well(world: World) -> None:
    """There is one order, which is finalized, and nothing is left behind."""
    world.clock.advance(timedelta(minutes=30))
    world.tick()
    assert (world.authority.new_orders, world.authority.finalizations, len(world.versions)) == (1, 1, 1)
    assert world.verified(f"dev@{A}") == world.versions[-1].version
    assert (world.journal.issuance, world.journal.backoff, world.journal.attempt.error) == (None, None, None)
