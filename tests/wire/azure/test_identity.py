"""A dead identity endpoint, or cluster, costs one line: ours. The libraries' own warnings stay out of the log."""

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.pki import KeyPair
from shared import compose, compose_vaults
from shared.errors import RelaykeeperError
from shared.inventory import Workload
from shared.ports import Ports
from tests.unit.inventory.inventories import RIGHT
from tests.wire.azure.services import Reply, azure_service

LIBRARIES = ("azure", "kubernetes", "msal", "urllib3")


@pytest.fixture
def dead_end() -> Iterator[str]:
    """Return an address at which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture(params=["ManagedIdentityCredential", None])
def ports(
    request: pytest.FixtureRequest, pair: KeyPair, dead_end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ports]:
    """Return the product's own ports, as the Function App makes them, to a vault that answers and to nothing else."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://{dead_end}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "header")
    monkeypatch.setenv("PATH", "")
    if request.param:
        monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", request.param)
    (tmp_path / "c-00.pem").write_bytes(pair.certificate.read_bytes())
    levels = {name: logging.getLogger(name).level for name in compose_vaults.NOISY}
    compose_vaults.credential.cache_clear()
    with azure_service(pair, challenges=True) as vault:
        vault.answer_all(Reply(200, {}))
        text = RIGHT.replace("https://dev.vault.example.net", vault.url)
        (tmp_path / "inventory.yaml").write_text(text.replace("https://c-00.example.net", f"https://{dead_end}"))
        yield compose.compose(
            {
                "RELAYKEEPER_INVENTORY": str(tmp_path / "inventory.yaml"),
                "AzureWebJobsStorage__blobServiceUri": f"{vault.url}/relays",
                "AzureWebJobsStorage__queueServiceUri": f"{vault.url}/relays",
            }
        )
    compose_vaults.credential.cache_clear()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_nobody_but_us_tells_of_it_and_we_do_so_on_one_line(ports: Ports, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    attempts = (
        lambda: ports.state.certificates.read("mail"),
        lambda: ports.vault.latest(ports.inventory.certificates["mail"]),
        lambda: ports.clusters.pods("c-00", Workload("mail", "statefulset", "relay")),
    )
    for attempt in attempts:
        with pytest.raises(RelaykeeperError) as raised:
            attempt()
        assert "\n" not in str(raised.value)

    assert [record.getMessage() for record in caplog.records if record.name.startswith(LIBRARIES)] == []
