"""The rights on a vault for clients' passwords: each is needed, no other is, and nothing tells a password."""

import logging
import traceback
from collections.abc import Callable
from datetime import timedelta

import pytest
from azure.core.exceptions import HttpResponseError
from azure.keyvault.secrets import SecretClient

from infra.local.standins.vault.access import ROLES
from shared.azure import KEY_VAULT_OPTIONS
from shared.compose_vaults import NOISY
from shared.domain.clients.password import Password, generate_password
from shared.errors import PermanentError, RelaykeeperError
from tests.contract.vault.passwords import PasswordVault, PeopleAtVault
from tests.contract.vault.places import VAULT
from tests.contract.vault.served import PRODUCT, Identity, ServedVault
from tests.e2e import leaks

pytestmark = pytest.mark.vault

ROLE = "Relaykeeper client passwords"
CANARY = "canaryThatMustNotSing4711"


@pytest.fixture
def without(served: ServedVault, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Take one action away from the product's role."""
    del served
    return lambda action: monkeypatch.setitem(ROLES, ROLE, [one for one in ROLES[ROLE] if one != action])


def test_without_get_secret_no_password_is_read(
    served_passwords: PasswordVault, without: Callable[[str], None]
) -> None:
    ref = served_passwords.ref()
    served_passwords.store(ref, CANARY)
    without("secrets/getSecret/action")

    with pytest.raises(PermanentError) as refused:
        served_passwords.port.password(ref)

    assert str(refused.value).endswith(
        "has the role Key Vault Secrets User for this vault, or one with secrets/getSecret."
    )


def test_without_set_secret_none_is_made(served_passwords: PasswordVault, without: Callable[[str], None]) -> None:
    ref = served_passwords.ref()
    without("secrets/setSecret/action")

    with pytest.raises(PermanentError) as refused:
        served_passwords.port.make_password(ref, "payroll", Password(CANARY), None)

    role = "has the role Key Vault Secrets Officer for this vault, or one with secrets/setSecret."
    assert str(refused.value).endswith(role)
    assert CANARY not in str(refused.value)
    assert served_passwords.port.password(ref) is None


def test_without_read_metadata_a_deleted_secret_is_told_of_without_its_end(
    served_passwords: PasswordVault, without: Callable[[str], None]
) -> None:
    ref = served_passwords.ref()
    served_passwords.store(ref, CANARY)
    served_passwords.people.delete(ref.name)
    without("secrets/readMetadata/action")

    with pytest.raises(PermanentError) as refused:
        served_passwords.port.make_password(ref, "payroll", generate_password(), None)

    assert "a deleted secret holds the name (its end cannot be read: answered 403: " in str(refused.value)
    assert "the role Key Vault Reader for this vault, or one with secrets/readMetadata)" in str(refused.value)
    assert "az keyvault secret recover --id" in str(refused.value)


@pytest.mark.parametrize("action", ["secrets/readMetadata/action", "certificates/read"])
def test_without_the_right_to_list_the_vault_is_not_listed(
    served_passwords: PasswordVault, without: Callable[[str], None], action: str
) -> None:
    without(action)

    with pytest.raises(
        PermanentError, match="has the roles Key Vault Reader and Key Vault Secrets User, or others with"
    ):
        served_passwords.port.entries(VAULT)


def test_our_role_neither_deletes_nor_changes_what_is_stored(
    served_passwords: PasswordVault, served: ServedVault
) -> None:
    ref = served_passwords.ref()
    version = served_passwords.store(ref, CANARY)

    with SecretClient(served.url, Identity(PRODUCT), **KEY_VAULT_OPTIONS) as client:
        product = PeopleAtVault(client)
        with pytest.raises(HttpResponseError, match="Caller is not authorized"):
            product.delete(ref.name)
        with pytest.raises(HttpResponseError, match="Caller is not authorized"):
            product.disable(ref.name, version)


def test_beside_a_password_stand_its_kind_its_end_and_two_tags_and_nothing_that_tells_it(
    served_passwords: PasswordVault, served: ServedVault
) -> None:
    ref = served_passwords.ref()
    expires = served_passwords.clock.now().replace(microsecond=0) + timedelta(days=90)
    served_passwords.port.make_password(ref, "payroll", Password(CANARY), expires)

    with SecretClient(served.url, Identity(PRODUCT), **KEY_VAULT_OPTIONS) as client:
        stored = client.get_secret(ref.name).properties

    assert (stored.content_type, stored.expires_on, stored.enabled) == ("SMTP password", expires, True)
    assert stored.tags == {"managed-by": "relaykeeper", "relaykeeper-client": "payroll"}


def test_neither_our_log_nor_the_sdk_s_nor_an_error_shows_a_password(
    served_passwords: PasswordVault,
    without: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for logger in (None, *NOISY):  # loud, even where the product was composed in this process before
        caplog.set_level(logging.DEBUG, logger)
    ref, port = served_passwords.ref(), served_passwords.port
    shown = [repr(port.make_password(ref, "payroll", Password(CANARY), None)), repr(port.password(ref))]
    served_passwords.people.delete(ref.name)
    errors: list[RelaykeeperError] = []
    for action in ("none", "secrets/readMetadata/action", "secrets/setSecret/action"):
        without(action)
        with pytest.raises(PermanentError) as refused:
            port.make_password(ref, "payroll", Password(CANARY), None)
        errors.append(refused.value)

    shown += [line for error in errors for line in (repr(error), *traceback.format_exception(error))]
    shown += [caplog.text, *(repr(vars(record)) for record in caplog.records), *capfd.readouterr()]
    hidden = [leaks.text("the password", CANARY)]
    assert leaks.leaks(hidden, {str(place): each.encode() for place, each in enumerate(shown)}) == []
    assert f"/secrets/{ref.name}" in caplog.text
