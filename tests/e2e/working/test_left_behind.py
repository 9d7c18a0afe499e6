"""A certificate leaves the inventory, or its vault, while it is being issued."""

from collections.abc import Iterator
from itertools import count

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import CertificateClient
from azure.storage.blob import ContainerClient

from shared.azure import KEY_VAULT_OPTIONS, STORAGE_OPTIONS
from shared.compose import CONTAINER
from shared.domain.journal import Journal
from tests.e2e.conftest import Fleet, txt_values
from tests.e2e.killing.killed_host import break_leases
from tests.e2e.working.worker_processes import Workers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

NAME = "leaver"
NUMBERS = count(1)


@pytest.fixture
def begun(fleet: Fleet, workers: Workers) -> Iterator[str]:
    """A worker died with a key in the vault `dev`, an order, and a TXT value published for the domain returned.

    It is new each time: of those proven before, Pebble asks for one in a hundred not again.
    """
    domain = f"leaver-{next(NUMBERS)}.mailrelay.platform.hmcts.net"
    fleet.change_certificate(NAME, vault="dev", issuer="letsencrypt", dns_names=[domain])
    worker = workers.start(NAME, "after dns.propagation")
    worker.arrive("after dns.propagation")
    workers.kill()
    break_leases(fleet)
    assert pending_in(fleet, "dev")
    assert published(fleet, domain)
    yield domain
    fleet.reset_inventory()
    delete_for_good(fleet)


def test_what_was_begun_for_it_is_taken_back_at_the_next_tick(fleet: Fleet, begun: str) -> None:
    fleet.reset_inventory()

    fleet.tick()

    assert not published(fleet, begun)
    assert not pending_in(fleet, "dev")
    assert fleet.journal(NAME) == Journal()
    fleet.tick()
    assert not fleet.said(NAME)


def test_it_is_issued_in_the_new_vault_and_nothing_stays_in_the_old(fleet: Fleet, begun: str) -> None:
    fleet.change_certificate(NAME, vault="prod")

    fleet.tick()

    assert fleet.stored(NAME).leaf.names == {begun}
    assert not published(fleet, begun)
    assert not pending_in(fleet, "dev")
    assert fleet.journal(NAME).issuance is None


def pending_in(fleet: Fleet, vault: str) -> bool:
    with (
        DefaultAzureCredential() as credential,
        CertificateClient(fleet.stack.addresses.vault(vault), credential, **KEY_VAULT_OPTIONS) as client,
    ):
        try:
            return client.get_certificate_operation(NAME).status == "inProgress"
        except ResourceNotFoundError:
            return False


def published(fleet: Fleet, domain: str) -> list[str]:
    servers = fleet.stack.addresses.name_servers
    return [value for server in servers for value in txt_values(server, f"_acme-challenge.{domain}")]


def delete_for_good(fleet: Fleet) -> None:
    """Delete the certificate where it is, and its journal."""
    addresses = fleet.stack.addresses
    with (
        DefaultAzureCredential() as credential,
        ContainerClient(addresses.blob_service, CONTAINER, credential=credential, **STORAGE_OPTIONS) as container,
    ):
        for vault in ("dev", "prod"):
            with CertificateClient(addresses.vault(vault), credential, **KEY_VAULT_OPTIONS) as client:
                try:
                    client.begin_delete_certificate(NAME).wait()
                    client.purge_deleted_certificate(NAME)
                except ResourceNotFoundError:
                    continue
        container.delete_blob(f"certificates/{NAME}.json")
