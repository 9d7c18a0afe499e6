"""Azurite, the Azure Storage of a stack, with the containers and queues that infrastructure makes beforehand.

Blobs and queues are in memory, on https because SDKs send no token over http. It checks a token's times, issuer
(`https://sts.windows.net/...`) and audience (`https://storage.azure.com`), but neither its signature nor a role:
https://github.com/Azure/Azurite#oauth-configuration. It refuses versions of the API that it does not know.
"""

from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from infra.local.loopback import Addresses
from infra.local.pki import Authority
from infra.local.processes import Process, Supervisor, answers
from infra.local.tools import Tools
from shared.azure import STORAGE_OPTIONS
from shared.compose import CONTAINER, HISTORY, QUEUE


def launch_azurite(supervisor: Supervisor, addresses: Addresses, tools: Tools, authority: Authority) -> Process:
    """Start Azurite with nothing stored."""
    server = authority.issue("azurite", addresses=[addresses.core])
    listen = [
        argument
        for service, port in (("blob", 10000), ("queue", 10001), ("table", 10002))
        for argument in (f"--{service}Host", addresses.core, f"--{service}Port", str(port))
    ]
    return supervisor.launch(
        "azurite",
        [
            *tools.azurite,
            *listen,
            *("--cert", server.certificate, "--key", server.key, "--oauth", "basic"),
            *("--inMemoryPersistence", "--disableTelemetry"),
        ],
        ready=lambda: (
            answers(addresses.blob_service, authority.path) and answers(addresses.queue_service, authority.path)
        ),
    )


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
