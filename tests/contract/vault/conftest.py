"""Where the contract is subject: in the fake; in the stack's vault; or in the vault that the environment names.

RELAYKEEPER_TEST_VAULT_URL=https://... pytest -m 'vault and issuing'   (or 'vault and bundle')

The identity comes from the environment (IDENTITY_ENDPOINT and IDENTITY_HEADER, or a developer's own), and trust from
REQUESTS_CA_BUNDLE. It needs the roles Key Vault Certificates Officer and, for `bundle`, Key Vault Secrets User.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import CertificateClient

from shared.adapters.clock import SystemClock
from shared.adapters.vault import KeyVaults
from shared.azure import CLIENT_OPTIONS
from shared.domain.inventory import Vault
from tests.contract.vault.places import VAULT, Subject, remove
from tests.fakes.clock import FakeClock
from tests.fakes.vault import FakeVault


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.e2e)])
def subject(request: pytest.FixtureRequest) -> Subject:
    """A vault to test."""
    if request.param == "real":
        real: Subject = request.getfixturevalue("real")
        return real
    clock = FakeClock(datetime.now(UTC))
    return Subject(FakeVault(clock), clock)


@pytest.fixture(scope="session")
def vault_url(request: pytest.FixtureRequest) -> str:
    """The real vault's URL."""
    if url := os.environ.get("RELAYKEEPER_TEST_VAULT_URL"):
        return url
    url = request.getfixturevalue("stack").inventory.vaults[VAULT].url
    return str(url)


@pytest.fixture(scope="session")
def certificates(vault_url: str) -> Iterator[CertificateClient]:
    """The SDK's client, for what people and other tools do in the real vault."""
    with (
        DefaultAzureCredential() as credential,
        CertificateClient(vault_url, credential, **CLIENT_OPTIONS) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def real(vault_url: str, certificates: CertificateClient) -> Iterator[Subject]:
    """The real vault; certificates that tests made are removed at the end."""
    with DefaultAzureCredential() as credential:
        subject = Subject(KeyVaults({VAULT: Vault(name=VAULT, url=vault_url)}, credential), SystemClock())
        yield subject
        remove(certificates, subject.names)
