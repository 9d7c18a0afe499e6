"""Where the contract is subject: in the fake; in the stack's vault; or in the vault that the environment names.

RELAYKEEPER_TEST_VAULT_URL=https://... pytest -m 'vault and issuing'   (or 'vault and bundle', or just 'vault')

The identity comes from the environment (IDENTITY_ENDPOINT and IDENTITY_HEADER, or a developer's own), and trust from
REQUESTS_CA_BUNDLE. It needs the roles Key Vault Certificates Officer, for `bundle` Key Vault Secrets User, and for all
Key Vault Secrets Officer (docs/real-azure.md).
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.secrets import SecretClient

from shared.adapters.clock import SystemClock
from shared.adapters.keyvault.key_vaults import KeyVaults
from shared.azure import KEY_VAULT_OPTIONS
from shared.errors import TransientError
from shared.inventory import SecretReference, Vault
from tests.contract.named import VAULT as NAMED
from tests.contract.named import named
from tests.contract.vault.passwords import Moment, PasswordVault, PeopleAtFake, PeopleAtVault
from tests.contract.vault.places import VAULT, Subject, remove, remove_secret
from tests.contract.vault.served import PERSON, PRODUCT, Identity, ServedVault, served_vault
from tests.fakes.clock import FakeClock
from tests.fakes.keyvault import FakeVault


@pytest.fixture(params=["fake", pytest.param("real", marks=[pytest.mark.e2e, pytest.mark.azure])])
def subject(request: pytest.FixtureRequest) -> Subject:
    """A vault to test."""
    if request.param == "real":
        real: Subject = request.getfixturevalue("real")
        return real
    clock = FakeClock(datetime.now(UTC))
    return Subject(FakeVault(clock), clock)


@pytest.fixture(params=["fake", pytest.param("vault", marks=pytest.mark.azure)])
def passwords(request: pytest.FixtureRequest) -> PasswordVault:
    """A vault for clients' passwords: the fake; or the one that the environment names, or else a stand-in here."""
    if request.param == "vault":
        fixture = "named_passwords" if named(NAMED) else "served_passwords"
        real: PasswordVault = request.getfixturevalue(fixture)
        return real
    clock = FakeClock(datetime.now(UTC))
    vault = FakeVault(clock)

    def break_next_store(moment: Moment) -> None:
        getattr(vault.faults, moment)("make_password", TransientError("the connection broke"))

    return PasswordVault(vault, clock, PeopleAtFake(vault), Subject(vault, clock), break_next_store)


@pytest.fixture(scope="session")
def served_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedVault]:
    with served_vault(tmp_path_factory.mktemp("vault")) as served:
        yield served


@pytest.fixture
def served(served_here: ServedVault, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedVault]:
    """A stand-in in this process, which the SDKs trust; the product has the role that it needs for passwords."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(served_here.ca))
    served_here.give("Relaykeeper client passwords")
    yield served_here
    served_here.site.faults.clear()


@pytest.fixture
def served_passwords(served: ServedVault) -> Iterator[PasswordVault]:
    """The stand-in in this process, with the rights that the product needs and no others."""
    with SecretClient(served.url, Identity(PERSON), **KEY_VAULT_OPTIONS) as client:
        product, person = (
            KeyVaults({VAULT: Vault(name=VAULT, url=served.url)}, Identity(name)) for name in (PRODUCT, PERSON)
        )
        clock = SystemClock()
        yield PasswordVault(product, clock, PeopleAtVault(client), Subject(person, clock), served.break_next_store)


@pytest.fixture(scope="session")
def named_passwords(real: Subject, secrets: SecretClient) -> Iterator[PasswordVault]:
    """The real vault; what tests made in it is removed at the end."""
    subject = PasswordVault(real.port, real.clock, PeopleAtVault(secrets), real, break_next_store=None)
    yield subject
    for name in subject.secrets:
        remove_secret(secrets, name)


@pytest.fixture(scope="session")
def vault_url(request: pytest.FixtureRequest) -> str:
    """The real vault's URL."""
    if url := named(NAMED):
        return url
    url = request.getfixturevalue("stack").inventory.vaults[VAULT].url
    return str(url)


@pytest.fixture(scope="session")
def certificates(vault_url: str) -> Iterator[CertificateClient]:
    """The SDK's client, for what people and other tools do in the real vault."""
    with (
        DefaultAzureCredential() as credential,
        CertificateClient(vault_url, credential, **KEY_VAULT_OPTIONS) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def secrets(vault_url: str) -> Iterator[SecretClient]:
    """The same for secrets."""
    with DefaultAzureCredential() as credential, SecretClient(vault_url, credential, **KEY_VAULT_OPTIONS) as client:
        yield client


@pytest.fixture(scope="session")
def real(vault_url: str, certificates: CertificateClient, secrets: SecretClient) -> Iterator[Subject]:
    """The real vault; what tests made in it is removed at the end, but for the one secret of the stack's."""
    with DefaultAzureCredential() as credential:
        port = KeyVaults({VAULT: Vault(name=VAULT, url=vault_url)}, credential)
        subject = Subject(port, SystemClock())
        if named(NAMED):
            subject.secret = SecretReference(VAULT, f"contract-{uuid.uuid4().hex[:12]}")
        yield subject
        remove(certificates, subject.names)
        if named(NAMED):
            remove_secret(secrets, subject.secret.name)
