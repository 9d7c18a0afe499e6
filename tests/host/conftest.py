"""The stack that a host needs: storage, and tokens for it."""

import json
import sys
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from azure.core.credentials import AccessToken
from azure.storage.queue import QueueClient, QueueServiceClient

from infra.local.azurite import launch_azurite
from infra.local.loopback import Addresses, claimed_addresses
from infra.local.pki import Authority, write_bundle
from infra.local.processes import Supervisor, listens
from infra.local.standins.identity.issuing import Config, Identity
from infra.local.standins.serving import Listener, write_config
from infra.local.tools import Tools
from shared.azure import STORAGE_OPTIONS
from tests.host.hosting import RunningHost

STORAGE = "https://storage.azure.com"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A credential for the tests themselves, with a token of the stand-in's."""

    token: AccessToken

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return self.token


@dataclass(frozen=True, slots=True)
class Storage:
    """The queues, and the settings by which a host finds them."""

    service: QueueServiceClient
    values: Mapping[str, str]


@pytest.fixture(scope="session")
def addresses() -> Iterator[Addresses]:
    """Addresses that nobody else uses."""
    with claimed_addresses() as addresses:
        yield addresses


@pytest.fixture(scope="session")
def supervisor(addresses: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    """Ends what it started before the addresses are given back."""
    del addresses
    with Supervisor(tmp_path_factory.mktemp("host-stack")) as supervisor:
        yield supervisor


@pytest.fixture(scope="session")
def storage(
    supervisor: Supervisor, addresses: Addresses, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Storage]:
    folder = tmp_path_factory.mktemp("host-storage")
    authority = Authority.create(folder, "stack")
    azurite = launch_azurite(supervisor, addresses, Tools.find(), authority)
    header = start_identity(supervisor, addresses, folder, authority)
    supervisor.wait(azurite)
    credential = IssuedToken(storage_token(addresses, header))
    values = {
        "AzureWebJobsStorage__queueServiceUri": addresses.queue_service,
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
        "IDENTITY_ENDPOINT": addresses.identity_endpoint,
        "IDENTITY_HEADER": header,
        "REQUESTS_CA_BUNDLE": str(write_bundle(authority)),
    }
    with QueueServiceClient(
        addresses.queue_service, credential, connection_verify=str(authority.path), **STORAGE_OPTIONS
    ) as service:
        yield Storage(service, values)


@pytest.fixture
def queue(storage: Storage) -> QueueClient:
    """A new queue; whoever fails there ends in one of the same name with `-poison`."""
    return storage.service.create_queue(f"sample-{uuid.uuid4().hex}")


@pytest.fixture
def host(
    supervisor: Supervisor, addresses: Addresses, storage: Storage, queue: QueueClient, tmp_path: Path
) -> Iterator[RunningHost]:
    values = {**storage.values, "SAMPLE_QUEUE": queue.queue_name}
    with RunningHost.serving(supervisor, tmp_path, addresses.core, values) as host:
        yield host


def start_identity(supervisor: Supervisor, addresses: Addresses, folder: Path, authority: Authority) -> str:
    """Start the identity stand-in and return its IDENTITY_HEADER."""
    header = uuid.uuid4().hex
    pair = authority.issue("identity", addresses=[addresses.identity])
    config = Config(
        endpoint=Listener(addresses.identity, 8080),
        issuer=Listener(addresses.identity, 8443, str(pair.certificate), str(pair.key)),
        tenant=str(uuid.uuid4()),
        header=header,
        identities=(Identity(str(uuid.uuid4()), str(uuid.uuid4()), system=True),),
    )
    file = folder / "identity.json"
    write_config(file, config)
    command = [sys.executable, "-m", "infra.local.standins.identity", "--config", str(file)]
    supervisor.start("identity", command, ready=lambda: listens(addresses.identity, 8080))
    return header


def storage_token(addresses: Addresses, header: str) -> AccessToken:
    query = urlencode({"api-version": "2019-08-01", "resource": STORAGE})
    request = urllib.request.Request(  # noqa: S310 our own loopback URL
        f"{addresses.identity_endpoint}?{query}", headers={"X-IDENTITY-HEADER": header}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 the same
        said = json.load(answer)
    return AccessToken(said["access_token"], int(said["expires_on"]))
