"""Who gets into the vault stand-in, how far, and what is written down about it."""

from collections.abc import Callable, Iterator

import pytest
import requests
from azure.core.exceptions import HttpResponseError
from azure.keyvault.secrets import SecretClient

from tests.standins.asking import begun_csr
from tests.standins.clients import Clients
from tests.standins.conftest import SECONDS, Stack
from tests.standins.world import OFFICER, READER, READERS_SECRET, TENANT

type Ask = Callable[[str], requests.Response]


@pytest.fixture
def secrets_url(stack: Stack) -> str:
    """The list of secrets in the vault dev."""
    return f"{stack.addresses.vault('dev')}/secrets?api-version=7.6"


@pytest.fixture
def expired(stack: Stack, http: requests.Session) -> Iterator[None]:
    """Tokens that have expired when they are given."""
    http.post(stack.tokens, json={"lifetime": -1}, timeout=SECONDS).raise_for_status()
    yield
    http.post(stack.tokens, json={"lifetime": 86_400}, timeout=SECONDS).raise_for_status()


@pytest.fixture
def ask(stack: Stack, clients: Clients, http: requests.Session, secrets_url: str) -> Ask:
    """Ask the vault dev for its list of secrets with a token for the vault named."""

    def ask(vault: str) -> requests.Response:
        token = clients.credential().get_token(f"{stack.resources[vault]}/.default").token
        return http.get(secrets_url, headers={"Authorization": f"Bearer {token}"}, timeout=SECONDS)

    return ask


def test_the_challenge_names_the_tenant_and_the_resource(
    stack: Stack, http: requests.Session, secrets_url: str
) -> None:
    answer = http.get(secrets_url, timeout=SECONDS)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer authorization="https://login.windows.net/{TENANT}", resource="{stack.resources["dev"]}"'
    )


def test_a_token_for_one_vault_does_not_open_another(ask: Ask) -> None:
    assert ask("dev").status_code == 200
    assert ask("prod").status_code == 401


@pytest.mark.usefixtures("expired")
def test_an_expired_token_opens_nothing(ask: Ask) -> None:
    answer = ask("dev")

    assert answer.status_code == 401
    assert "expired" in answer.json()["error"]["message"]


def test_a_role_at_one_secret_opens_that_secret_alone(clients: Clients, secrets: SecretClient, unique: str) -> None:
    secrets.set_secret(READERS_SECRET, "yours")
    secrets.set_secret(unique, "not yours")

    reader = clients.secrets(READER)
    assert reader.get_secret(READERS_SECRET).value == "yours"
    with pytest.raises(HttpResponseError) as refused:
        reader.get_secret(unique)
    message = str(refused.value)
    assert refused.value.status_code == 403
    assert f"oid={READER.object_id}" in message
    assert "Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'" in message
    assert refused.value.error
    assert refused.value.error.innererror
    assert refused.value.error.innererror["code"] == "ForbiddenByRbac"


def test_a_reader_changes_nothing(clients: Clients, unique: str) -> None:
    with pytest.raises(HttpResponseError, match="certificates/create/action"):
        begun_csr(clients.certificates(READER), unique)


def test_a_role_in_one_vault_is_none_in_another(clients: Clients, unique: str) -> None:
    with pytest.raises(HttpResponseError, match="Caller is not authorized"):
        clients.secrets(OFFICER, "prod").set_secret(unique, "x")


def test_requests_are_logged_with_the_caller_and_without_content(
    clients: Clients, secrets: SecretClient, stack: Stack, unique: str
) -> None:
    del clients
    secrets.set_secret(unique, "a value never seen")

    logged = [entry for entry in stack.requests("vault") if entry["path"] == f"/secrets/{unique}"]
    entry = logged[-1]
    assert (entry["site"], entry["method"], entry["status"]) == ("vault dev", "PUT", 200)
    assert entry["oid"] == OFFICER.object_id
    text = (stack.logs / "vault.log").read_text()
    assert "a value never seen" not in text
    assert "Bearer" not in text
