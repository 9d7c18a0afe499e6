"""What infrastructure makes in the storage account before the functions first run."""

from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient

from infra.local.addresses import Addresses
from shared.compose import CONTAINER


def create_container(addresses: Addresses) -> None:
    """Make the container of the journals."""
    with DefaultAzureCredential() as credential, ContainerClient(
        addresses.blob_service, CONTAINER, credential=credential
    ) as container:
        container.create_container()
