"""A host that dies where it is told to, and what a person would do afterwards to be quick."""

import time
from contextlib import AbstractContextManager

from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import SecretClient
from azure.storage.blob import BlobLeaseClient, ContainerClient
from azure.storage.queue import QueueClient

from infra.local.run_tick import queue_of, run_function, send_message
from infra.local.stack import Stack
from shared.azure import KEY_VAULT_OPTIONS, STORAGE_OPTIONS
from shared.compose import CONTAINER, QUEUE
from shared.domain.object_ref import ObjectRef
from tests.e2e.conftest import Fleet
from tests.e2e.hosts import host_by
from tests.e2e.killing.effects import Effect

PATIENCE = 60.0

PAUSE = 0.05

KILLED = -9

ORDERS = "kill.orders"


def mortal_host(stack: Stack) -> AbstractContextManager[None]:
    """A host that `kill_host_at` can tell to die stands in for the usual one."""
    return host_by(stack, "tests.e2e.killing.host", "--orders", str(stack.folder / ORDERS))


def kill_host_at(effect: Effect, moment: str, fleet: Fleet, target: ObjectRef | None = None) -> None:
    """Run a timer tick, or send a message for one object, in which the mortal host kills itself at the effect; start it
    again, sound, when it has."""
    supervisor, orders = fleet.stack.supervisor, fleet.stack.folder / ORDERS
    victim = supervisor.processes["host"]
    orders.write_text(f"{effect} {moment}")
    try:
        if target is None:
            run_function(fleet.stack.addresses)
        else:
            with queue_of(fleet.stack.addresses) as queue:
                send_message(target, queue)
        deadline = time.monotonic() + PATIENCE
        while victim.exit_status is None:
            assert time.monotonic() < deadline, f"the host lives on: {effect} never came"
            time.sleep(PAUSE)
        assert victim.exit_status == KILLED
    finally:
        orders.unlink()
        supervisor.restart("host")


def break_leases(fleet: Fleet) -> None:
    """Break the dead worker's leases, which would end by themselves, and drop the messages it hid for ten minutes."""
    addresses = fleet.stack.addresses
    with (
        DefaultAzureCredential() as credential,
        ContainerClient(addresses.blob_service, CONTAINER, credential=credential, **STORAGE_OPTIONS) as container,
        QueueClient(addresses.queue_service, QUEUE, credential=credential, **STORAGE_OPTIONS) as queue,
    ):
        for blob in container.list_blobs():
            if blob.lease.state == "leased":
                BlobLeaseClient(container.get_blob_client(blob.name)).break_lease(lease_break_period=0)
        queue.clear_messages()


def delete_account_key(fleet: Fleet) -> None:
    """Delete the account's key, for good."""
    vault = fleet.stack.addresses.vault("prod")
    with DefaultAzureCredential() as credential, SecretClient(vault, credential, **KEY_VAULT_OPTIONS) as client:
        client.begin_delete_secret("letsencrypt-account-key").wait()
        client.purge_deleted_secret("letsencrypt-account-key")


def wait_until_due(fleet: Fleet) -> None:
    """Wait until the delayed message may come, and drop it: the next tick is as good."""
    clock = fleet.ports.clock
    while fleet.journal().attempt.is_waiting(clock.now()):
        time.sleep(PAUSE)
    break_leases(fleet)
