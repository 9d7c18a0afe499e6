"""What Key Vault answers while something is under way, in lists, and to another version of its API."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.secrets import SecretClient

from tests.standins.asking import begun_csr
from tests.standins.clients import Clients
from tests.standins.conftest import SECONDS, Stack
from tests.standins.signing import Signer, base64_text, der

PATIENCE = 10.0

SELF_SIGNED = {
    "policy": {
        "issuer": {"name": "Self"},
        "key_props": {"kty": "EC", "crv": "P-256", "exportable": True},
        "secret_props": {"contentType": "application/x-pem-file"},
        "x509_props": {"subject": "CN=mail.example.org"},
    }
}

type Raw = Callable[..., requests.Response]
type Switch = Callable[[str, dict[str, Any]], None]


@pytest.fixture
def raw(stack: Stack, clients: Clients, http: requests.Session) -> Raw:
    """Ask the vault dev without an SDK: method, path, and what `requests` takes besides."""
    token = clients.credential().get_token(f"{stack.resources['dev']}/.default").token

    def ask(
        method: str, path: str, version: str = "7.6", query: dict[str, str] | None = None, **more: Any
    ) -> requests.Response:
        return http.request(
            method,
            f"{stack.addresses.vault('dev')}{path}",
            params={**(query or {}), "api-version": version},
            headers={"Authorization": f"Bearer {token}"},
            timeout=SECONDS,
            **more,
        )

    return ask


@pytest.fixture
def pace(stack: Stack, http: requests.Session) -> Iterator[Callable[..., None]]:
    """Tell the vault dev how many seconds things take; it is quick again after the test."""

    def set_delays(**seconds: float) -> None:
        http.post(f"{stack.addresses.vault('dev')}/_pace", json=seconds, timeout=SECONDS).raise_for_status()

    yield set_delays
    set_delays(signing=0.2, deleting=0)


def test_create_answers_202_with_the_place_to_look_and_when(raw: Raw, unique: str) -> None:
    unknown = {**SELF_SIGNED["policy"], "issuer": {"name": "Unknown"}}

    answer = raw("POST", f"/certificates/{unique}/create", json={"policy": unknown})

    operation = answer.json()
    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "10")
    assert f"/certificates/{unique}/pending?api-version=7.6&request_id=" in answer.headers["Location"]
    assert operation["status"] == "inProgress"
    assert not {"target", "preserveCertOrder"} & operation.keys()


def test_the_order_to_preserve_comes_back_where_it_was_sent(raw: Raw, unique: str) -> None:
    answer = raw("POST", f"/certificates/{unique}/create", json={**SELF_SIGNED, "preserveCertOrder": True})

    assert answer.json()["preserveCertOrder"] is True


def test_the_vault_signs_some_seconds_after_it_was_asked(raw: Raw, pace: Callable[..., None], unique: str) -> None:
    pace(signing=1.2)
    begun = raw("POST", f"/certificates/{unique}/create", json=SELF_SIGNED).json()
    first = raw("GET", f"/certificates/{unique}").json()
    assert begun["status"] == "inProgress"
    assert "cer" not in first

    deadline = time.monotonic() + PATIENCE
    while (operation := raw("GET", f"/certificates/{unique}/pending").json())["status"] == "inProgress":
        assert time.monotonic() < deadline
        time.sleep(0.1)

    signed = raw("GET", f"/certificates/{unique}").json()
    assert (operation["status"], operation["request_id"]) == ("completed", begun["request_id"])
    assert operation["target"].endswith(f"/certificates/{unique}")
    assert "cer" in signed
    assert signed["attributes"]["created"] > first["attributes"]["created"]


def test_a_version_was_created_when_it_was_merged(
    certificates: CertificateClient, authority: Signer, unique: str
) -> None:
    csr = begun_csr(certificates, unique)
    asked = certificates.get_certificate(unique).properties
    assert asked
    assert asked.created_on
    time.sleep(1.1)

    merged = certificates.merge_certificate(unique, [der(authority.sign(csr))]).properties

    assert merged
    assert merged.created_on
    assert merged.created_on - asked.created_on >= timedelta(seconds=1)


def test_work_on_an_operation_at_the_same_time_is_a_conflict(
    certificates: CertificateClient, stack: Stack, fault: Switch, unique: str
) -> None:
    """The test says when: the stand-in is never that slow."""
    begun_csr(certificates, unique)
    words = "There was a conflict while deleting the pending certificate."
    fault(stack.addresses.vault("dev"), {"match": f"DELETE /certificates/{unique}", "answer": 409, "message": words})

    with pytest.raises(ResourceExistsError, match=words) as refused:
        certificates.delete_certificate_operation(unique)
    assert refused.value.error
    assert refused.value.error.code == "Conflict"
    assert not refused.value.error.innererror


def test_an_operation_that_has_completed_takes_neither_merge_nor_update(
    certificates: CertificateClient, authority: Signer, raw: Raw, unique: str
) -> None:
    leaf = authority.sign(begun_csr(certificates, unique))
    certificates.merge_certificate(unique, [der(leaf)])

    again = raw("POST", f"/certificates/{unique}/pending/merge", json={"x5c": [base64_text(leaf).decode()]})
    update = raw("PATCH", f"/certificates/{unique}/pending", json={"cancellation_requested": True})

    expected = {"code": "Forbidden", "message": "Pending status must be in progress to allow update."}
    assert [(one.status_code, one.json()["error"]) for one in (again, update)] == [(403, expected)] * 2


def test_an_object_is_for_some_seconds_neither_there_nor_among_the_deleted(
    certificates: CertificateClient, secrets: SecretClient, pace: Callable[..., None], unique: str
) -> None:
    pace(deleting=60)
    begun_csr(certificates, unique)
    secrets.set_secret(f"{unique}-s", "x")
    certificates.begin_delete_certificate(unique)
    secrets.begin_delete_secret(f"{unique}-s")

    with pytest.raises(ResourceNotFoundError):
        certificates.get_deleted_certificate(unique)
    with pytest.raises(ResourceNotFoundError):
        secrets.get_deleted_secret(f"{unique}-s")
    for call in (
        lambda: begun_csr(certificates, unique),
        lambda: certificates.purge_deleted_certificate(unique),
        lambda: secrets.set_secret(f"{unique}-s", "y"),
        lambda: secrets.purge_deleted_secret(f"{unique}-s"),
    ):
        with pytest.raises(ResourceExistsError) as refused:
            call()
        assert refused.value.error
        assert refused.value.error.code == "Conflict"
        assert refused.value.error.innererror
        assert refused.value.error.innererror["code"] == "ObjectIsBeingDeleted"


def test_lists_give_ids_without_version_and_say_which_secrets_are_a_certificate_s(
    certificates: CertificateClient, secrets: SecretClient, authority: Signer, raw: Raw, unique: str
) -> None:
    certificates.merge_certificate(unique, [der(authority.sign(begun_csr(certificates, unique)))])
    secrets.set_secret(f"{unique}-s", "x")

    [certificate] = [one for one in items(raw, "/certificates") if unique in one["id"]]
    behind_it, plain = sorted((one for one in items(raw, "/secrets") if unique in one["id"]), key=lambda one: one["id"])

    ids = [one["id"].split("/", 3)[3] for one in (certificate, behind_it, plain)]
    assert ids == [f"certificates/{unique}", f"secrets/{unique}", f"secrets/{unique}-s"]
    assert behind_it["managed"] is True
    assert "managed" not in plain
    assert "subject" in certificate


def test_an_empty_page_may_stand_behind_a_full_one(secrets: SecretClient, unique: str) -> None:
    for _ in range(2):
        secrets.set_secret(unique, "x")

    pages = secrets.list_properties_of_secret_versions(unique, max_page_size=2).by_page()

    assert [len(list(page)) for page in pages] == [2, 0]


def test_another_version_of_the_api_is_refused(raw: Raw) -> None:
    for version in ("2026-04-01", "7.5", "latest"):
        answer = raw("GET", "/secrets", version=version)
        assert answer.status_code == 400
        assert answer.json()["error"] == {
            "code": "BadParameter",
            "message": f"The specified version ({version}) is not recognized. "
            "Consider using the latest supported version (7.6).",
        }


def items(raw: Raw, path: str) -> list[dict[str, Any]]:
    """The whole of a list."""
    found: list[dict[str, Any]] = []
    query: dict[str, str] = {}
    while True:
        answer = raw("GET", path, query=query).json()
        found += answer["value"]
        if answer["nextLink"] is None:
            return found
        query = dict(parse_qsl(urlsplit(answer["nextLink"]).query))
