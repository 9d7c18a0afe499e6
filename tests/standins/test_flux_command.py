"""`relaykeeper clients flux`, whole: a process, an identity's token, and the names that a vault lists."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from azure.keyvault.secrets import SecretClient

from infra.local.standins.identity.issuing import Identity
from tests.standins.conftest import Stack
from tests.standins.world import OFFICER, READER, WRITER

ROOT = Path(__file__).parents[2]

INVENTORY = """\
vaults:
  dev: {{url: {url}}}
clusters:
  c-00: {{server: https://c-00.example.net, ca_file: c-00.pem}}
certificates:
  mail: {{vault: dev, issuer: self-signed, dns_names: [mail.inside]}}
relays:
  mail:
    clusters: [c-00]
    workload: mail/statefulset/relay
    ports: [25]
    serves: [{{certificate: mail}}]
    sync: none
    clients: {{lists: [{{path: dev.yaml, keys: [spec, users]}}]}}
clients:
  {unique}: {{vault: dev, relays: [mail]}}
"""
LIST = "spec:\n  users:  # who may send\n  - 'first-{unique}'\n"
PASSWORD = "not-to-be-read-by-flux"  # noqa: S105


@pytest.fixture
def repo(tmp_path: Path, stack: Stack, unique: str) -> Path:
    """Return a checkout with a list that lacks a client, beside the inventory that has it."""
    (tmp_path / "inventory.yaml").write_text(INVENTORY.format(url=stack.addresses.vault("dev"), unique=unique))
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "dev.yaml").write_text(LIST.format(unique=unique))
    return repo


def flux(repo: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str, identity: Identity = OFFICER) -> tuple[int, str]:
    """Run the command as a process of its own; return its status and what it printed."""
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    if not identity.system:
        monkeypatch.setenv("AZURE_CLIENT_ID", identity.client_id)
    argv = [sys.executable, "-m", "relaykeeper", "clients", *(arguments or ("flux",)), "--repo", str(repo)]
    inventory = repo.parent / "inventory.yaml"
    done = subprocess.run([*argv, "--inventory", str(inventory)], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_client_is_listed_once_every_name_has_its_secret(
    repo: Path, secrets: SecretClient, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets.set_secret(f"first-{unique}", PASSWORD)
    status, said = flux(repo, monkeypatch)
    assert status == 2
    assert f"dev/{unique}: user {unique} of relay mail: there is no enabled secret of that name" in said
    assert (repo / "dev.yaml").read_text() == LIST.format(unique=unique)

    secrets.set_secret(unique, PASSWORD, expires_on=datetime(2999, 1, 1, tzinfo=UTC))
    status, said = flux(repo, monkeypatch)
    assert (status, PASSWORD in said) == (0, False)
    assert f"+  - '{unique}'\n" in said
    assert (repo / "dev.yaml").read_text() == LIST.format(unique=unique) + f"  - '{unique}'\n"

    status, said = flux(repo, monkeypatch)
    assert (status, said.splitlines()[-1]) == (0, "Nothing to change.")


def test_who_may_read_no_password_can_check_and_finds_a_disabled_secret(
    repo: Path, secrets: SecretClient, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets.set_secret(f"first-{unique}", PASSWORD)
    status, said = flux(repo, monkeypatch, "check", identity=READER)
    assert (status, said.splitlines()[0].partition(" user")[0]) == (0, f"ok dev/first-{unique}:")
    secrets.set_secret(f"first-{unique}", PASSWORD, enabled=False)
    status, said = flux(repo, monkeypatch, "check", identity=READER)
    assert (status, said.splitlines()[0].partition(" user")[0]) == (1, f"FAIL dev/first-{unique}:")


def test_an_identity_without_a_role_is_told_which_one_it_needs(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, said = flux(repo, monkeypatch, "check", identity=WRITER)
    assert status == 2
    assert "Traceback" not in said
    assert "relaykeeper: cannot list vault dev: answered 403" in said
    assert "has the roles Key Vault Reader" in said
