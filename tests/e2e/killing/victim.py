"""A host that dies at one effect, and what a person would do afterwards to be quick."""

import sys
import time

from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import SecretClient
from azure.storage.blob import BlobLeaseClient, ContainerClient
from azure.storage.queue import QueueClient

from infra.local.addresses import HOST_PORT
from infra.local.readiness import answers
from infra.local.stack import APP, start_host
from infra.local.ticking import run_timer
from shared.compose import CONTAINER, QUEUE
from tests.e2e.conftest import Estate
from tests.e2e.killing.effects import Effect

PATIENCE = 60.0
PAUSE = 0.05
KILLED = -9


def kill_host_at(effect: Effect, moment: str, estate: Estate) -> None:
    """Run a timer tick in a host that kills itself at the effect; start a sound one when it has."""
    stack = estate.stack
    stack.supervisor.stop("host")
    argv = [sys.executable, "-m", "tests.e2e.killing.host", "--kill", str(effect), moment]
    argv += ["--settings", str(stack.settings), "--app", str(APP)]
    victim = stack.supervisor.start(
        "victim",
        [*argv, "--host", stack.addresses.core, "--port", str(HOST_PORT)],
        ready=lambda: answers(f"{stack.addresses.functions_host}/admin/host/status"),
    )
    try:
        run_timer(stack.addresses)
        deadline = time.monotonic() + PATIENCE
        while victim.exit_status is None:
            assert time.monotonic() < deadline, f"the host lives on: {effect} never came"
            time.sleep(PAUSE)
        assert victim.exit_status == KILLED
    finally:
        stack.supervisor.stop("victim")
        start_host(stack)


def break_leases(estate: Estate) -> None:
    """Break the dead worker's leases, which would end by themselves, and drop the messages it hid for ten minutes."""
    addresses = estate.stack.addresses
    with (
        DefaultAzureCredential() as credential,
        ContainerClient(addresses.blob_service, CONTAINER, credential=credential) as container,
        QueueClient(addresses.queue_service, QUEUE, credential=credential) as queue,
    ):
        for blob in container.list_blobs():
            if blob.lease.state == "leased":
                BlobLeaseClient(container.get_blob_client(blob.name)).break_lease(lease_break_period=0)
        queue.clear_messages()


def delete_account_key(estate: Estate) -> None:
    """Delete the account's key, for good."""
    vault = estate.stack.addresses.vault("prod")
    with DefaultAzureCredential() as credential, SecretClient(vault, credential) as client:
        client.begin_delete_secret("letsencrypt-account-key").wait()
        client.purge_deleted_secret("letsencrypt-account-key")


def wait_until_due(estate: Estate) -> None:
    """Wait until the delayed message may come, and drop it: the next tick is as good."""
    clock = estate.ports.clock
    while estate.journal().waits(clock.now()):
        time.sleep(PAUSE)
    break_leases(estate)
