"""What infrastructure makes in the storage account before the functions first run."""

from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from infra.local.addresses import Addresses
from shared.azure import STORAGE_OPTIONS
from shared.compose import CONTAINER, HISTORY, QUEUE


def create_storage(addresses: Addresses) -> None:
    """Make the containers of the journals and of the history, and the queues of the messages."""
    with (
        DefaultAzureCredential() as credential,
        BlobServiceClient(addresses.blob_service, credential=credential, **STORAGE_OPTIONS) as blobs,
        QueueServiceClient(addresses.queue_service, credential=credential, **STORAGE_OPTIONS) as queues,
    ):
        for container in (CONTAINER, HISTORY):
            blobs.create_container(container).close()
        for queue in (QUEUE, f"{QUEUE}-poison"):
            queues.create_queue(queue).close()
