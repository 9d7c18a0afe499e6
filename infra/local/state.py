"""What infrastructure makes in the storage account before the functions first run."""

from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient

from infra.local.addresses import Addresses
from shared.compose import CONTAINER, QUEUE


def create_storage(addresses: Addresses) -> None:
    """Make the container of the journals and the queue of the messages."""
    with (
        DefaultAzureCredential() as credential,
        ContainerClient(addresses.blob_service, CONTAINER, credential=credential) as container,
        QueueClient(addresses.queue_service, QUEUE, credential=credential) as queue,
    ):
        container.create_container()
        queue.create_queue()
