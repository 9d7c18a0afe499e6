"""Two certificates that share an account, on its first use, and a TXT record set, all at the same moment."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest
import requests
from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.secrets import SecretClient
from azure.storage.blob import ContainerClient

from infra.local.demo.counts import acme_requests
from infra.local.stack import Stack
from shared.azure import KEY_VAULT_OPTIONS, STORAGE_OPTIONS
from shared.compose import CONTAINER
from tests.e2e.conftest import Fleet, txt_values
from tests.e2e.killing.killed_host import delete_account_key
from tests.e2e.working.side_effects import versions, writes
from tests.e2e.working.worker_processes import Worker, Workers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

DOMAIN = "shared.mailrelay.platform.hmcts.net"
RECORD = f"_acme-challenge.{DOMAIN}"
RECORD_SET = "/TXT/_acme-challenge.shared"
PAIR = {"workers-apex": DOMAIN, "workers-wildcard": f"*.{DOMAIN}"}
MEETINGS = ("before state.issuers.lease", "before dns.publish", "before dns.propagation")
PATIENCE = 60.0
PAUSE = 0.05


@pytest.fixture
def hostless(fleet: Fleet) -> Iterator[Stack]:
    """Nobody but the test's workers takes messages."""
    fleet.stack.supervisor.stop("host")
    yield fleet.stack
    fleet.stack.supervisor.restart("host")


@pytest.fixture
def pair(fleet: Fleet, hostless: Stack) -> Iterator[None]:
    """Add both to the inventory; afterwards both leave it and are purged."""
    for name, domain in PAIR.items():
        fleet.change_certificate(name, vault="dev", issuer="letsencrypt", dns_names=[domain])
    yield
    fleet.reset_inventory()
    addresses = hostless.addresses
    with (
        DefaultAzureCredential() as credential,
        CertificateClient(addresses.vault("dev"), credential, **KEY_VAULT_OPTIONS) as vault,
        ContainerClient(addresses.blob_service, CONTAINER, credential=credential, **STORAGE_OPTIONS) as container,
    ):
        for name in PAIR:
            vault.begin_delete_certificate(name).wait()
            vault.purge_deleted_certificate(name)
            container.delete_blob(f"certificates/{name}.json")


@pytest.fixture
def slow_writes(fleet: Fleet) -> Iterator[None]:
    """Writes to the record set arrive so late that everybody has read it before."""
    faults = f"{fleet.stack.addresses.arm}/_faults"
    slow = {"match": f"PUT {RECORD_SET}", "answer": "slow", "seconds": 1.0}
    requests.post(faults, json=slow, timeout=5).raise_for_status()
    yield
    requests.delete(faults, timeout=5).raise_for_status()


@pytest.mark.usefixtures("pair", "slow_writes")
def test_two_certificates_on_first_use_share_one_account_and_one_record_set(
    fleet: Fleet, workers: Workers, hostless: Stack
) -> None:
    delete_account_key(fleet)
    before = asked_of_authority(hostless)
    team = {name: workers.start(name, *MEETINGS) for name in PAIR}

    meet(team, "before state.issuers.lease")
    for name, worker in team.items():
        if not worker.arrive_or_end("before dns.publish"):  # the other one registers the account
            team[name] = come_back(fleet, workers, name)
    meet(team, "before dns.publish")
    published = values_of(team, fleet)
    wait_until_served(hostless, published)
    meet(team, "before dns.propagation")

    assert {name: worker.end() for name, worker in team.items()} == dict.fromkeys(PAIR, "done")
    assert len(published) == 2
    assert 412 in writes(hostless.logs / "azuredns.log", RECORD_SET)
    wait_until_served(hostless, set())
    assert {name: len(versions(fleet, name)) for name in PAIR} == dict.fromkeys(PAIR, 1)
    assert asked_of_authority(hostless) - before == Counter(accounts=1, orders=2, finalized=2)
    assert account_keys(hostless) == 1


def meet(team: Mapping[str, Worker], where: str) -> None:
    """Let all go on at the moment when the last has arrived."""
    for worker in team.values():
        worker.arrive(where)
    for worker in team.values():
        worker.go_on()


def come_back(fleet: Fleet, workers: Workers, name: str) -> Worker:
    """Start a worker when the delayed message of the one that ended would come."""
    clock, next_attempt = fleet.ports.clock, fleet.journal(name).attempt.next_attempt
    assert next_attempt is not None
    while fleet.journal(name).attempt.is_waiting(clock.now()):
        time.sleep(PAUSE)
    return workers.start(name, *MEETINGS)


def values_of(team: Mapping[str, Worker], fleet: Fleet) -> set[str]:
    """Return what the journals say was published, once it was."""
    for worker in team.values():
        worker.arrive("before dns.propagation")
    issuances = [fleet.journal(name).issuance for name in team]
    return {record.value for issuance in issuances if issuance for record in issuance.published}


def wait_until_served(stack: Stack, values: set[str]) -> None:
    """Wait until both name servers show these values at the record, and no others."""
    deadline = time.monotonic() + PATIENCE
    for server in stack.addresses.name_servers:
        while {value.strip('"') for value in txt_values(server, RECORD)} != values:
            assert time.monotonic() < deadline, f"{server} serves {txt_values(server, RECORD)}, not {values}"
            time.sleep(PAUSE)


def asked_of_authority(stack: Stack) -> Counter[str]:
    """Return the accounts that the authority has made, and the requests that matter."""
    return Counter(
        accounts=(stack.logs / "pebble.log").read_text().count("accounts in memory"),
        orders=len(acme_requests(stack.logs, "/order-plz")),
        finalized=len(acme_requests(stack.logs, "/finalize-order/")),
    )


def account_keys(stack: Stack) -> int:
    """Return how many versions the account's key has."""
    with (
        DefaultAzureCredential() as credential,
        SecretClient(stack.addresses.vault("prod"), credential, **KEY_VAULT_OPTIONS) as vault,
    ):
        return len(list(vault.list_properties_of_secret_versions("letsencrypt-account-key")))
