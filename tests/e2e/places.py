"""Everything that an operator can look into without being allowed to see a secret, and the secrets of one fleet."""

import urllib.error
import urllib.request
from collections.abc import Iterator

from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.secrets import SecretClient
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient

from infra.local.example_inventory import MASTER_KEY
from infra.local.loopback import VAULTS
from shared.api.operations import OPERATIONS
from shared.azure import KEY_VAULT_OPTIONS, STORAGE_OPTIONS
from shared.compose import CONTAINER, HISTORY, QUEUE
from shared.domain.clients.password import Password
from shared.domain.clients.stored_password import CLIENT_TAG
from shared.domain.object_ref import Version
from shared.inventory.relays import Certificate
from tests.e2e import leaks
from tests.e2e.conftest import Fleet
from tests.e2e.leaks import Hidden

ROUTES = (
    "/",
    "/api",
    *(f"/api/{operation.path}" for operation in OPERATIONS if operation.method == "GET" and "{" not in operation.path),
    "/admin/host/status",
    "/admin/functions",
    "/admin/functions/nobody",
)
MOST_MESSAGES = 32
"""What one look into a queue can show."""


def secrets(fleet: Fleet) -> Iterator[Hidden]:
    """Yield the accounts' keys, the key of each version, tokens, what the identities' endpoint and BIND ask for, and
    what alerts take. An issuer from which nothing was ordered yet has no account.
    """
    ports = fleet.ports
    for issuer in ports.inventory.issuers.values():
        if (account_key := ports.vault.secret(issuer.account_key)) is not None:
            yield leaks.key(f"the account key of {issuer.name}", account_key.encode())
    for certificate in ports.inventory.certificates.values():
        for version in versions(fleet, certificate):
            bundle = ports.vault.bundle(certificate, version)
            yield leaks.key(f"the key of {certificate.name}, version {version[:8]}", bundle.key)
    for reference in ports.inventory.alerts.secrets:
        value = ports.vault.secret(reference)
        assert value is not None, f"{reference} is there from the start"
        hidden = leaks.address if value.startswith("http") else leaks.text
        yield hidden(f"what {reference} holds", value)
    yield leaks.text("IDENTITY_HEADER", fleet.stack.environment["IDENTITY_HEADER"])
    for name, password in passwords_made(fleet):
        yield leaks.text(f"a password of {name}", password.reveal_for_auth())
        yield leaks.text(f"the digest of a password of {name}", password.sha256_hex())
    statement = (fleet.stack.folder / "bind" / "update.key").read_text()
    yield leaks.text("the key of DNS updates", leaks.update_secret(statement))
    with DefaultAzureCredential() as credential:
        yield leaks.tokens("an access token", credential.get_token("https://storage.azure.com/.default").token)


def passwords_made(fleet: Fleet) -> Iterator[tuple[str, Password]]:
    """Yield the name and each password that was made for a client, in all of the vaults."""
    with DefaultAzureCredential() as credential:
        for vault in VAULTS:
            with SecretClient(fleet.stack.addresses.vault(vault), credential, **KEY_VAULT_OPTIONS) as client:
                ours = [each for each in client.list_properties_of_secrets() if CLIENT_TAG in (each.tags or {})]
                for secret in ours:
                    assert secret.name is not None
                    for version in client.list_properties_of_secret_versions(secret.name):
                        value = client.get_secret(secret.name, version.version).value
                        assert value is not None
                        yield f"{vault}/{secret.name}", Password(value)


def versions(fleet: Fleet, certificate: Certificate) -> list[Version]:
    """Return the complete versions of a certificate, old ones included."""
    vault = fleet.stack.addresses.vault(certificate.vault)
    with DefaultAzureCredential() as credential, CertificateClient(vault, credential, **KEY_VAULT_OPTIONS) as client:
        listed = client.list_properties_of_certificate_versions(certificate.name)
        return [Version(one.version) for one in listed if one.version and one.expires_on]


def places(fleet: Fleet) -> dict[str, bytes]:
    """Return what there is to look into, by where it is. (What the API servers hold is Secrets by design.)"""
    return dict([*files(fleet), *blobs(fleet), *messages(fleet), *answers(fleet), *objects(fleet)])


def files(fleet: Fleet) -> Iterator[tuple[str, bytes]]:
    """Yield every log of the stack, and the inventory."""
    for path in (fleet.inventory_file, *fleet.stack.logs.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(fleet.stack.folder)), path.read_bytes()


def blobs(fleet: Fleet) -> Iterator[tuple[str, bytes]]:
    service = fleet.stack.addresses.blob_service
    for folder in (CONTAINER, HISTORY):
        with (
            DefaultAzureCredential() as credential,
            ContainerClient(service, folder, credential=credential, **STORAGE_OPTIONS) as container,
        ):
            for name in container.list_blob_names():
                yield f"blob {folder}/{name}", container.download_blob(name).readall()


def messages(fleet: Fleet) -> Iterator[tuple[str, bytes]]:
    """Yield the messages that can be seen now: not the delayed ones."""
    for name in (QUEUE, f"{QUEUE}-poison"):
        service = fleet.stack.addresses.queue_service
        with (
            DefaultAzureCredential() as credential,
            QueueClient(service, name, credential=credential, **STORAGE_OPTIONS) as queue,
        ):
            for message in queue.peek_messages(MOST_MESSAGES):
                yield f"message {message.id} in queue {name}", str(message.content).encode()


def answers(fleet: Fleet) -> Iterator[tuple[str, bytes]]:
    """Yield what the functions host answers to whoever asks, headers included."""
    for route in ROUTES:
        url = f"{fleet.stack.addresses.functions_host}{route}"
        request = urllib.request.Request(url, headers={"x-functions-key": MASTER_KEY})  # noqa: S310 our own loopback URL
        try:
            answer = urllib.request.urlopen(request, timeout=60)  # noqa: S310 our own loopback URL
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            yield f"answer to GET {route}", str(answer.headers).encode() + answer.read()


def objects(fleet: Fleet) -> Iterator[tuple[str, bytes]]:
    """Yield what our objects in the clusters say besides their data: annotations, owners, pods."""
    for cluster in fleet.clusters:
        yield f"metadata of the Secret in {cluster.name}", str(cluster.secret().metadata).encode()
        yield f"pods in {cluster.name}", str(cluster.pods()).encode()
