"""Faults that tests switch on."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from azure.core.exceptions import HttpResponseError, IncompleteReadError, ResourceNotFoundError, ServiceResponseError
from azure.core.rest import HttpResponse
from azure.keyvault.secrets import SecretClient

from tests.standins.conftest import SECONDS, Stack

type Switch = Callable[[str, dict[str, Any]], None]


@pytest.fixture
def vault(stack: Stack) -> str:
    """The vault dev."""
    return stack.addresses.vault("dev")


def test_a_fault_answers_before_the_effect_and_so_many_times(
    secrets: SecretClient, fault: Switch, vault: str, unique: str
) -> None:
    secrets.set_secret(unique, "before")
    fault(vault, {"match": f"PUT /secrets/{unique}", "answer": 429, "retry_after": 7, "times": 2})

    for _ in range(2):
        with pytest.raises(HttpResponseError) as refused:
            secrets.set_secret(unique, "lost")
        assert refused.value.status_code == 429
        assert isinstance(refused.value.response, HttpResponse)
        assert refused.value.response.headers["Retry-After"] == "7"
    assert secrets.get_secret(unique).value == "before"
    assert secrets.set_secret(unique, "after").value == "after"


@pytest.mark.parametrize("status", [401, 403, 409, 500, 503])
def test_any_error_can_be_had(secrets: SecretClient, fault: Switch, vault: str, unique: str, status: int) -> None:
    fault(vault, {"match": f"* /secrets/{unique}", "answer": status})

    with pytest.raises(HttpResponseError) as refused:
        secrets.get_secret(unique)
    assert refused.value.status_code == status


def test_a_dropped_request_has_no_effect(secrets: SecretClient, fault: Switch, vault: str, unique: str) -> None:
    secrets.set_secret(unique, "before")
    fault(vault, {"match": f"PUT /secrets/{unique}", "answer": "drop", "times": 1})

    with pytest.raises(ServiceResponseError):
        secrets.set_secret(unique, "lost")
    assert secrets.get_secret(unique).value == "before"


def test_a_lost_answer_has_its_effect(secrets: SecretClient, fault: Switch, vault: str, unique: str) -> None:
    fault(vault, {"match": f"PUT /secrets/{unique}", "answer": "drop", "after": True, "times": 1})

    with pytest.raises(IncompleteReadError):
        secrets.set_secret(unique, "kept")
    assert secrets.get_secret(unique).value == "kept"


def test_an_answer_without_a_body_is_lost_whole(secrets: SecretClient, fault: Switch, vault: str, unique: str) -> None:
    secrets.set_secret(unique, "one")
    secrets.begin_delete_secret(unique).wait()
    fault(vault, {"match": "DELETE /deletedsecrets/", "answer": "drop", "after": True, "times": 1})

    with pytest.raises(ServiceResponseError):
        secrets.purge_deleted_secret(unique)
    with pytest.raises(ResourceNotFoundError):
        secrets.get_deleted_secret(unique)


def test_a_slow_answer_is_right_and_late(secrets: SecretClient, fault: Switch, vault: str, unique: str) -> None:
    secrets.set_secret(unique, "one")
    fault(vault, {"match": "GET /secrets/", "answer": "slow", "seconds": 0.2})

    begun = time.monotonic()
    assert secrets.get_secret(unique).value == "one"
    assert time.monotonic() - begun >= 0.2


def test_cleared_faults_are_over(
    secrets: SecretClient, fault: Switch, vault: str, http: requests.Session, unique: str
) -> None:
    fault(vault, {"match": "* /", "answer": 500})
    http.delete(f"{vault}/_faults", timeout=SECONDS)

    assert secrets.set_secret(unique, "one").value == "one"


def test_a_vaults_faults_are_its_own(secrets: SecretClient, fault: Switch, stack: Stack, unique: str) -> None:
    fault(stack.addresses.vault("prod"), {"match": "* /", "answer": 500})

    assert secrets.set_secret(unique, "one").value == "one"


@pytest.mark.parametrize(
    "nonsense",
    [
        {"match": "PUT", "answer": 500},
        {"match": "PUT /", "answer": 200},
        {"match": "PUT /", "answer": "explode"},
        {"match": "PUT /", "answer": 500, "after": True},
        {"match": "PUT /", "answer": 500, "retryafter": 3},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(http: requests.Session, vault: str, nonsense: dict[str, Any]) -> None:
    assert http.post(f"{vault}/_faults", json=nonsense, timeout=SECONDS).status_code == 400
