"""The three stand-ins and a BIND behind them, as programs of their own, and the unmodified SDKs."""

import json
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.secrets import SecretClient

from infra.local.loopback import VAULTS, Addresses, claimed_addresses
from infra.local.pki import Authority, write_bundle
from infra.local.processes import Process, Supervisor, answers
from infra.local.standins.azuredns.record_sets import Primary
from infra.local.standins.serving import write_config
from tests.standins.clients import Clients
from tests.standins.primary import launch_primary, primary_at, served_txt
from tests.standins.signing import Signer, signer
from tests.standins.world import HEADER, dns_config, identity_config, vault_config, vaults

SECONDS = 10.0
"""How long a client waits for an answer."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What tests need to know of the running programs."""

    addresses: Addresses
    primary: Primary
    resources: Mapping[str, str]
    """What the tokens of each vault are for."""
    authority: Authority
    logs: Path

    @property
    def tokens(self) -> str:
        """The switch for the lifetime of tokens."""
        return self.addresses.identity_endpoint.replace("/msi/token", "/_tokens")

    def requests(self, standin: str) -> list[dict[str, Any]]:
        """The requests that a stand-in has logged, oldest first."""
        lines = (self.logs / f"{standin}.log").read_text().splitlines()
        return [entry for line in lines if "method" in (entry := json.loads(line))]


@pytest.fixture(scope="session")
def addresses() -> Iterator[Addresses]:
    """Addresses that nobody else uses."""
    with claimed_addresses() as addresses:
        yield addresses


@pytest.fixture(scope="session")
def stack(addresses: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything started."""
    folder = tmp_path_factory.mktemp("standins")
    authority = Authority.create(folder, "servers")
    urls = [addresses.issuer, addresses.arm, *map(addresses.vault, VAULTS)]
    server = authority.issue("standins", addresses=[str(urlsplit(url).hostname) for url in urls])
    zone = f"{addresses.arm}/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/dnsZones/z"
    primary = primary_at(addresses)
    resources = {vault.name: vault.resource for vault in vaults(addresses, server)}
    write_bundle(authority)
    with Supervisor(folder) as supervisor:

        def launch(name: str, config: object, url: str) -> Process:
            file = folder / f"{name}.json"
            write_config(file, config)
            argv = [sys.executable, "-m", f"infra.local.standins.{name}", "--config", str(file)]
            return supervisor.launch(name, argv, ready=lambda: answers(url, authority.path))

        supervisor.wait(
            launch_primary(supervisor, folder, primary),
            launch(
                "identity", identity_config(addresses, server), f"{addresses.issuer}/.well-known/openid-configuration"
            ),
            launch("vault", vault_config(addresses, server, authority.path), f"{addresses.vault('prod')}/secrets"),
            launch("azuredns", dns_config(addresses, primary, server, authority.path), zone),
        )
        yield Stack(addresses, primary, resources, authority, supervisor.logs)


@pytest.fixture(autouse=True)
def environment(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment that a function app has, for one test: other tests have a stack of their own."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", stack.addresses.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", HEADER)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(stack.authority.folder / "bundle.pem"))


@pytest.fixture
def served(stack: Stack) -> Callable[[str], list[tuple[str, ...]]]:
    """What the primary serves for a name."""
    return partial(served_txt, stack.primary)


@pytest.fixture
def unique() -> str:
    """A name that no other test uses."""
    return f"n-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def http(stack: Stack) -> Iterator[requests.Session]:
    """For what the SDKs do not do."""
    del stack
    with requests.Session() as session:
        yield session


@pytest.fixture
def fault(http: requests.Session) -> Iterator[Callable[[str, dict[str, object]], None]]:
    """Switch a fault on at a stand-in's URL; it is off again after the test."""
    urls = []

    def switch_on(url: str, fault: dict[str, object]) -> None:
        urls.append(url)
        answer = http.post(f"{url}/_faults", json=fault, timeout=SECONDS)
        assert answer.status_code == 204, answer.text

    yield switch_on
    for url in urls:
        http.delete(f"{url}/_faults", timeout=SECONDS)


@pytest.fixture(scope="session")
def clients(stack: Stack) -> Iterator[Clients]:
    """The SDKs' clients."""
    with Clients(stack.addresses) as clients:
        yield clients


@pytest.fixture
def certificates(clients: Clients) -> CertificateClient:
    """The vault dev's certificates, as their officer sees them."""
    return clients.certificates()


@pytest.fixture
def secrets(clients: Clients) -> SecretClient:
    """The vault dev's secrets, as their officer sees them."""
    return clients.secrets()


@pytest.fixture(scope="session")
def authority() -> Signer:
    """Signs what the vault asks for."""
    return signer()
