"""Secrets in the vault stand-in."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.secrets import SecretClient

from tests.standins.asking import begun_csr
from tests.standins.signing import Signer, der


def test_each_set_makes_a_version(secrets: SecretClient, unique: str) -> None:
    first = secrets.set_secret(unique, "one", content_type="text/plain", tags={"a": "b"})
    second = secrets.set_secret(unique, "two")

    assert secrets.get_secret(unique).value == "two"
    old = secrets.get_secret(unique, first.properties.version)
    assert (old.value, old.properties.content_type, old.properties.tags) == ("one", "text/plain", {"a": "b"})
    versions = [one.version for one in secrets.list_properties_of_secret_versions(unique)]
    assert versions == [first.properties.version, second.properties.version]


def test_a_version_can_be_disabled_and_is_then_refused_with_a_code_of_its_own(
    secrets: SecretClient, unique: str
) -> None:
    first = secrets.set_secret(unique, "one", tags={"a": "b"})
    second = secrets.set_secret(unique, "two")
    disabled = secrets.update_secret_properties(unique, second.properties.version, enabled=False)

    assert (disabled.version, disabled.enabled, disabled.created_on) == (
        second.properties.version,
        False,
        second.properties.created_on,
    )
    for version in (None, second.properties.version):
        with pytest.raises(HttpResponseError) as refused:
            secrets.get_secret(unique, version)
        assert refused.value.status_code == 403
        assert refused.value.error
        assert refused.value.error.innererror
        assert refused.value.error.innererror["code"] == "SecretDisabled"
    assert secrets.get_secret(unique, first.properties.version).value == "one"
    assert secrets.update_secret_properties(unique, enabled=True).tags is None
    assert secrets.get_secret(unique).value == "two"


def test_unknown_secrets_have_an_error_of_their_own(secrets: SecretClient, unique: str) -> None:
    secrets.set_secret(unique, "one")

    with pytest.raises(ResourceNotFoundError, match="SecretNotFound"):
        secrets.get_secret("nobody")
    with pytest.raises(ResourceNotFoundError, match="SecretNotFound"):
        secrets.get_secret(unique, "0" * 32)


def test_a_deleted_secret_holds_its_name(secrets: SecretClient, unique: str) -> None:
    secrets.set_secret(unique, "one")
    secrets.begin_delete_secret(unique).wait()

    with pytest.raises(ResourceExistsError, match="deleted but recoverable"):
        secrets.set_secret(unique, "two")
    secrets.begin_recover_deleted_secret(unique).wait()
    assert secrets.get_secret(unique).value == "one"

    secrets.begin_delete_secret(unique).wait()
    secrets.purge_deleted_secret(unique)
    assert secrets.set_secret(unique, "two").value == "two"


def test_long_lists_come_in_pages(secrets: SecretClient, unique: str) -> None:
    names = {f"{unique}-{number}" for number in range(30)}
    for name in names:
        secrets.set_secret(name, "x")

    pages = [[one.name for one in page] for page in secrets.list_properties_of_secrets().by_page()]
    assert len(pages) > 1
    assert names <= {name for page in pages for name in page}


def test_the_secret_behind_a_certificate_is_not_changed_by_hand(
    certificates: CertificateClient, secrets: SecretClient, authority: Signer, unique: str
) -> None:
    certificates.merge_certificate(unique, [der(authority.sign(begun_csr(certificates, unique)))])

    for change in (lambda: secrets.set_secret(unique, "x"), lambda: secrets.begin_delete_secret(unique)):
        with pytest.raises(HttpResponseError) as refused:
            change()
        assert refused.value.status_code == 403
        assert refused.value.error
        assert refused.value.error.innererror
        assert refused.value.error.innererror["code"] == "SecretManagedByKeyVault"
