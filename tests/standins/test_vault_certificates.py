"""Reading, changing and deleting certificates in the vault stand-in."""

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.keyvault.certificates import CertificateClient, CertificatePolicyAction, LifetimeAction
from azure.keyvault.secrets import SecretClient
from cryptography.hazmat.primitives.hashes import SHA1

from tests.standins.asking import begun_csr, policy
from tests.standins.clients import Clients
from tests.standins.conftest import SECONDS, Stack
from tests.standins.signing import Signer, der
from tests.standins.world import OFFICER


@pytest.fixture
def made(certificates: CertificateClient, authority: Signer, unique: str) -> str:
    """The name of a certificate with one version."""
    certificates.merge_certificate(unique, [der(authority.sign(begun_csr(certificates, unique)))])
    return unique


def test_unknown_names_and_versions_have_errors_of_their_own(certificates: CertificateClient, made: str) -> None:
    with pytest.raises(ResourceNotFoundError, match="CertificateNotFound"):
        certificates.get_certificate("nobody")
    with pytest.raises(ResourceNotFoundError, match="CertificateNotFound"):
        certificates.get_certificate_version(made, "0" * 32)
    with pytest.raises(ResourceNotFoundError, match="PendingCertificateNotFound"):
        certificates.get_certificate_operation("nobody")
    with pytest.raises(ResourceNotFoundError, match="CertificateNotFound"):
        certificates.get_deleted_certificate(made)


def test_the_thumbprint_is_the_services_own(certificates: CertificateClient, authority: Signer, unique: str) -> None:
    leaf = authority.sign(begun_csr(certificates, unique))
    merged = certificates.merge_certificate(unique, [der(leaf)])

    assert merged.properties
    assert merged.properties.x509_thumbprint == leaf.fingerprint(SHA1())  # noqa: S303


def test_a_version_can_be_disabled_and_tagged(
    certificates: CertificateClient, secrets: SecretClient, made: str
) -> None:
    version = certificates.get_certificate(made).properties
    assert version
    certificates.update_certificate_properties(made, version.version, enabled=False, tags={"why": "test"})

    after = certificates.get_certificate(made).properties
    assert after
    assert (after.enabled, after.tags) == (False, {"why": "test"})
    with pytest.raises(HttpResponseError, match="disabled secret") as refused:
        secrets.get_secret(made)
    assert refused.value.status_code == 403


def test_a_policy_can_be_changed_in_part(certificates: CertificateClient, made: str) -> None:
    actions = [LifetimeAction(CertificatePolicyAction.email_contacts, days_before_expiry=9)]
    certificates.update_certificate_policy(made, policy(lifetime_actions=actions, validity_in_months=7))

    found = certificates.get_certificate(made).policy
    assert found
    assert found.validity_in_months == 7
    assert [one.days_before_expiry for one in found.lifetime_actions or ()] == [9]


def test_a_deleted_name_is_taken_until_it_is_recovered_or_purged(
    certificates: CertificateClient, secrets: SecretClient, made: str
) -> None:
    before = certificates.get_certificate(made).id
    certificates.begin_delete_certificate(made).wait()

    with pytest.raises(ResourceExistsError) as refused:
        begun_csr(certificates, made)
    assert refused.value.error
    assert refused.value.error.innererror
    assert refused.value.error.innererror["code"] == "ObjectIsDeletedButRecoverable"
    with pytest.raises(ResourceNotFoundError):
        secrets.get_secret(made)
    certificates.begin_recover_deleted_certificate(made).wait()
    assert certificates.get_certificate(made).id == before

    certificates.begin_delete_certificate(made).wait()
    assert made in {one.name for one in certificates.list_deleted_certificates()}
    certificates.purge_deleted_certificate(made)
    assert begun_csr(certificates, made)


def test_what_is_not_implemented_says_so_with_its_route(stack: Stack, http: requests.Session, clients: Clients) -> None:
    token = clients.credential(OFFICER).get_token(f"{stack.resources['dev']}/.default").token
    bearer = {"Authorization": f"Bearer {token}"}
    for route in ("certificates/issuers", "certificates/contacts", "certificates/issuers/x", "keys/x", "storage"):
        url = f"{stack.addresses.vault('dev')}/{route}?api-version=7.6"
        answer = http.get(url, headers=bearer, timeout=SECONDS)
        assert answer.status_code == 501
        assert f"GET /{route}" in answer.json()["error"]["message"]
