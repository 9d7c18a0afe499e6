"""No service of Azure sends us elsewhere: a redirect is not followed, and an answer without a value is no secret."""

from collections.abc import Callable, Iterator

import pytest
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient

from infra.local.pki import KeyPair
from shared.adapters.keyvault.key_vaults import KeyVaults
from shared.azure import CLIENT_OPTIONS, translated
from shared.domain.clients.password import generate_password
from shared.domain.object_ref import Version
from shared.errors import PermanentError
from shared.inventory import SecretReference, Vault
from tests.fakes.inventory import small_inventory
from tests.wire.azure.services import Identity, Reply, Service, azure_service, refusal

REF = SecretReference("dev", "account-key")
CANARY = "sig=canary-that-must-not-sing"
CERTIFICATE = next(iter(small_inventory().certificates.values()))


@pytest.fixture
def wanted(pair: KeyPair) -> Iterator[Service]:
    with azure_service(pair, challenges=True) as service:
        yield service


@pytest.fixture
def elsewhere(pair: KeyPair) -> Iterator[Service]:
    with azure_service(pair, challenges=True) as service:
        service.answer_all(Reply(200, {"value": "a secret from elsewhere", "id": "https://x/secrets/account-key/1"}))
        yield service


def vaults(url: str) -> KeyVaults:
    return KeyVaults({CERTIFICATE.vault: Vault(name=CERTIFICATE.vault, url=url)}, Identity())


def read_blobs(url: str) -> object:
    with translated("cannot read the blobs"):
        return list(ContainerClient(url, "relaykeeper", credential=Identity(), **CLIENT_OPTIONS).list_blob_names())


def read_messages(url: str) -> object:
    with translated("cannot read the queue"):
        return list(QueueClient(url, "renewals", credential=Identity(), **CLIENT_OPTIONS).receive_messages())


CALLS: dict[str, Callable[[str], object]] = {
    "secret": lambda url: vaults(url).secret(REF),
    "put_secret": lambda url: vaults(url).put_secret(REF, "value"),
    "password": lambda url: vaults(url).password(REF),
    "make_password": lambda url: vaults(url).make_password(REF, "payroll", generate_password(), None),
    "latest": lambda url: vaults(url).latest(CERTIFICATE),
    "pending": lambda url: vaults(url).pending(CERTIFICATE),
    "create": lambda url: vaults(url).create(CERTIFICATE, {}),
    "bundle": lambda url: vaults(url).bundle(CERTIFICATE, Version("1")),
    "entries": lambda url: vaults(url).entries(CERTIFICATE.vault),
    "blobs": read_blobs,
    "queue": read_messages,
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_redirect_is_not_followed_and_named_by_its_host(
    wanted: Service, elsewhere: Service, call: Callable[[str], object], status: int
) -> None:
    wanted.answer_all(Reply(status, b"", {"Location": f"{elsewhere.url}/secrets/x?{CANARY}"}))

    with pytest.raises(PermanentError) as raised:
        call(wanted.url)

    assert f"answered {status}, a redirect to 127.0.0.1, which is not followed" in str(raised.value)
    assert CANARY not in str(raised.value)
    assert elsewhere.asked == []


@pytest.mark.parametrize("location", ["", "/elsewhere", "https://a\x01b/", "https://a%0d%0ab/"])
def test_a_redirect_that_leads_nowhere_is_none_to_be_quoted(wanted: Service, location: str) -> None:
    wanted.answer_all(Reply(302, b"", {"Location": location}))

    with pytest.raises(PermanentError, match="answered 302, a redirect, which is not followed"):
        vaults(wanted.url).secret(REF)


@pytest.mark.parametrize("body", [b"{}", b'{"id": "https://x/secrets/account-key/1"}', b'{"value": null}'])
def test_an_answer_without_a_value_is_no_missing_secret(wanted: Service, body: bytes) -> None:
    wanted.answer_all(Reply(200, body))

    with pytest.raises(PermanentError, match="cannot read secret account-key in vault dev: the answer has no value"):
        vaults(wanted.url).secret(REF)
    with pytest.raises(PermanentError, match=r"cannot read key and chain of certificate .*: the answer has no value"):
        vaults(wanted.url).bundle(CERTIFICATE, Version("1"))


def test_a_secret_that_is_not_there_is_none(wanted: Service) -> None:
    wanted.answer_all(refusal(404, "SecretNotFound", "not found"))

    assert vaults(wanted.url).secret(REF) is None
