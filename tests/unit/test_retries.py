"""The SDKs' share of a retry: what it comes to for one call, whichever way that fails."""

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import HttpRequest, HttpTransport
from azure.keyvault.secrets import SecretClient
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient

from shared.azure import CLIENT_OPTIONS

MOST = 3
"""Requests for one call."""

HOST = "https://account.example"


class Credential:
    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken("token", 4102444800)


class Broken(HttpTransport[HttpRequest, Any]):
    """A network on which every request fails in the same way."""

    def __init__(self, failure: AzureError) -> None:
        self.failure = failure
        self.requests = 0

    def send(self, request: HttpRequest, **_options: Any) -> Any:  # noqa: ARG002 the library passes it by its name
        self.requests += 1
        raise self.failure

    def sleep(self, _duration: float) -> None:
        """Nothing here takes time."""

    def open(self) -> None: ...
    def close(self) -> None: ...
    def __exit__(self, *_arguments: object) -> None: ...


def send_message(options: dict[str, Any]) -> None:
    QueueClient(HOST, "renewals", **options).send_message("text")


def lease_blob(options: dict[str, Any]) -> None:
    ContainerClient(HOST, "relaykeeper", **options).get_blob_client("certificates/prod.json").acquire_lease(15)


def read_secret(options: dict[str, Any]) -> None:
    SecretClient("https://vault.vault.azure.net", **options).get_secret("prod")


@pytest.mark.parametrize("failure", [ServiceRequestError("not connected"), ServiceResponseError("no answer")])
@pytest.mark.parametrize("call", [send_message, lease_blob, read_secret])
def test_one_call_is_tried_three_times_at_most(call: Callable[[dict[str, Any]], None], failure: AzureError) -> None:
    network = Broken(failure)
    with pytest.raises(type(failure)):
        call({"credential": Credential(), "transport": network, **CLIENT_OPTIONS})
    assert 1 <= network.requests <= MOST
