"""Storage Queues reached by identity, named by the connection of a binding.

https://learn.microsoft.com/azure/azure-functions/functions-reference#configure-an-identity-based-connection
"""

from collections.abc import Mapping

from azure.identity import DefaultAzureCredential
from azure.storage.queue import QueueServiceClient

from infra.local.host.errors import HostError
from shared.azure import STORAGE_OPTIONS


def queue_service(connection: str, environment: Mapping[str, str]) -> QueueServiceClient:
    """The account behind `connection`; raises HostError if the settings do not tell where it is."""
    address = environment.get(f"{connection}__queueServiceUri")
    account = environment.get(f"{connection}__accountName")
    if not address and not account:
        raise HostError(
            f"Values of the settings has neither {connection}__queueServiceUri nor {connection}__accountName; "
            "connection strings are not read, connections are made by identity"
        )
    client_id = environment.get(f"{connection}__clientId", environment.get("AZURE_CLIENT_ID"))
    credential = DefaultAzureCredential(managed_identity_client_id=client_id)
    return QueueServiceClient(
        address or f"https://{account}.queue.core.windows.net",
        credential,
        **{**STORAGE_OPTIONS, "retry_total": 0},  # polling is the retry loop
    )
