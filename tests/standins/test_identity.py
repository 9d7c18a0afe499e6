"""The identity stand-in, as azure-identity, API servers and Azurite see it."""

from collections.abc import Iterator

import jwt
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ManagedIdentityCredential

from tests.standins.clients import Clients
from tests.standins.conftest import SECONDS, Stack
from tests.standins.world import HEADER, OFFICER, READER, TENANT

AKS = "6dae42f8-4368-4678-94ff-3960e28e3630"
STORAGE = "https://storage.azure.com"


@pytest.fixture
def endpoint(stack: Stack) -> str:
    """Where App Service lets an app ask for tokens."""
    return stack.addresses.identity_endpoint


@pytest.fixture
def short_lived(stack: Stack, http: requests.Session) -> Iterator[None]:
    """Tokens that are as good as expired."""
    assert http.post(stack.tokens, json={"lifetime": 60}, timeout=SECONDS).status_code == 204
    yield
    assert http.post(stack.tokens, json={"lifetime": 86_400}, timeout=SECONDS).status_code == 204


def ask(endpoint: str, http: requests.Session, **wanted: str) -> requests.Response:
    parameters = {"api-version": "2019-08-01", "resource": STORAGE, **wanted}
    return http.get(endpoint, params=parameters, headers={"X-IDENTITY-HEADER": HEADER}, timeout=SECONDS)


def test_a_token_says_who_it_is_for_and_who_it_speaks_of(
    stack: Stack, clients: Clients, http: requests.Session
) -> None:
    issuer, token = stack.addresses.issuer, clients.credential(READER).get_token(f"{AKS}/.default").token

    discovered = http.get(f"{issuer}/.well-known/openid-configuration", timeout=SECONDS).json()
    keys = jwt.PyJWKSet.from_dict(http.get(discovered["jwks_uri"], timeout=SECONDS).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=AKS, issuer=issuer)
    assert discovered["issuer"] == issuer
    assert (claims["oid"], claims["appid"], claims["tid"]) == (READER.object_id, READER.client_id, TENANT)
    assert claims["exp"] - claims["iat"] == 86_400


@pytest.mark.parametrize("resource", [STORAGE, f"{STORAGE}/", "https://management.azure.com/"])
def test_azures_own_services_get_tokens_from_its_own_issuer(
    endpoint: str, http: requests.Session, resource: str
) -> None:
    answer = ask(endpoint, http, resource=resource).json()

    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims["aud"] == resource
    assert claims["iss"] == f"https://sts.windows.net/{TENANT}/"
    assert claims["oid"] == OFFICER.object_id
    assert int(answer["expires_on"]) == claims["exp"]


def test_an_unknown_identity_is_refused(stack: Stack) -> None:
    del stack
    with ManagedIdentityCredential(client_id="nobody") as nobody, pytest.raises(ClientAuthenticationError):
        nobody.get_token(f"{STORAGE}/.default")


def test_an_unknown_resource_is_refused(endpoint: str, http: requests.Session) -> None:
    assert ask(endpoint, http, resource="https://vault.example.org").status_code == 400


def test_picking_an_identity_by_object_id_is_not_passed_over_in_silence(endpoint: str, http: requests.Session) -> None:
    assert ask(endpoint, http, object_id=READER.object_id).status_code == 501


def test_the_header_is_required(endpoint: str, http: requests.Session) -> None:
    wrong = {"X-IDENTITY-HEADER": "guess"}
    assert http.get(endpoint, headers=wrong, timeout=SECONDS).status_code == 401
    assert http.get(endpoint, timeout=SECONDS).status_code == 401


def test_a_token_is_asked_for_once(clients: Clients, stack: Stack) -> None:
    assert asked_for(stack, clients, times=2) == 1


@pytest.mark.usefixtures("short_lived")
def test_a_token_about_to_expire_is_asked_for_again(clients: Clients, stack: Stack) -> None:
    assert asked_for(stack, clients, times=2) == 2


def asked_for(stack: Stack, clients: Clients, times: int) -> int:
    """How many requests a fresh credential makes for a token that is wanted so many times."""
    before = len(stack.requests("identity"))
    credential = clients.credential(READER)
    for _ in range(times):
        credential.get_token(f"{STORAGE}/.default")
    return len(stack.requests("identity")) - before
