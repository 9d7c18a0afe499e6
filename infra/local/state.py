"""What infrastructure makes in the storage account before the functions first run."""

from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueServiceClient

from infra.local.addresses import Addresses
from shared.compose import CONTAINER, QUEUE


def create_storage(addresses: Addresses) -> None:
    """Make the container of the journals and the queues of the messages."""
    with (
        DefaultAzureCredential() as credential,
        ContainerClient(addresses.blob_service, CONTAINER, credential=credential) as container,
        QueueServiceClient(addresses.queue_service, credential=credential) as queues,
    ):
        container.create_container()
        for queue in (QUEUE, f"{QUEUE}-poison"):
            queues.create_queue(queue).close()
