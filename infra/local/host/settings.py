"""The settings file of a local host, in the shape of `local.settings.json`, and the storage account that it names.

https://learn.microsoft.com/azure/azure-functions/functions-develop-local#local-settings-file
https://learn.microsoft.com/azure/azure-functions/functions-reference#configure-an-identity-based-connection
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from azure.identity import DefaultAzureCredential
from azure.storage.queue import QueueServiceClient

from shared.azure import STORAGE_OPTIONS

type Key = Annotated[str, msgspec.Meta(min_length=1)]


class Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`master` opens everything; `default` opens the functions whose level is FUNCTION."""

    master: Key
    default: Key

    __repr__ = object.__repr__


class Host(msgspec.Struct, frozen=True, rename="pascal"):
    """The host's own part. Without keys none is asked for, as by `func start`, which does not know `Keys`."""

    local_http_port: int = 7071
    keys: Keys | None = None


class Settings(msgspec.Struct, frozen=True, rename="pascal"):
    """`values` become the environment."""

    is_encrypted: bool = False
    values: dict[str, str] = {}
    host: Host = Host()

    __repr__ = object.__repr__


def read_settings(path: Path) -> Settings:
    """The settings in `path`; raises HostError if they cannot be used."""
    settings = read_json(path, Settings)
    if settings.is_encrypted:
        raise HostError(f"{path}: IsEncrypted is true; only settings in the clear can be read, set it to false")
    return settings


def read_json[T](path: Path, shape: type[T]) -> T:
    """The JSON file as a `shape`; raises HostError that says what is wrong, and where in it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except (OSError, msgspec.DecodeError) as error:
        raise HostError(f"cannot read {path}: {error}") from error


def resolve(text: str, environment: Mapping[str, str]) -> str:
    """`text` with each `%NAME%` replaced by that setting; raises HostError if one is missing.

    https://learn.microsoft.com/azure/azure-functions/functions-bindings-expressions-patterns#binding-expressions---app-settings
    """

    def setting(reference: re.Match[str]) -> str:
        value = environment.get(reference[1])
        if value is None:
            raise HostError(f"a binding refers to {reference[0]}, but Values of the settings has no {reference[1]}")
        return value

    return re.sub(r"%([^%]+)%", setting, text)


class HostError(Exception):
    """The app, `host.json` or the settings cannot be served; the message says where, what and how to repair it."""


def queue_service(connection: str, environment: Mapping[str, str]) -> QueueServiceClient:
    """The account behind `connection`; raises HostError if the settings do not say where it is."""
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
        **STORAGE_OPTIONS,  # with retries, as in Azure: a message whose deletion was lost stays hidden for ten minutes
    )
