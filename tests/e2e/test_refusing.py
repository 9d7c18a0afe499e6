"""We never fight an owner: refused with the owner's name and the way out, and nothing changes."""

from collections.abc import Iterator

import pytest
from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import CertificateClient, CertificatePolicy

from shared.azure import KEY_VAULT_OPTIONS
from tests.e2e.conftest import DEV, Fleet

pytestmark = pytest.mark.e2e


@pytest.fixture
def vault(fleet: Fleet) -> Iterator[CertificateClient]:
    """The vault `dev`, as a person uses it."""
    with (
        DefaultAzureCredential() as credential,
        CertificateClient(fleet.stack.addresses.vault("dev"), credential, **KEY_VAULT_OPTIONS) as client,
    ):
        yield client


def test_a_certificate_marked_by_acmebot_is_refused_until_the_inventory_allows_it(
    fleet: Fleet, vault: CertificateClient
) -> None:
    before = fleet.stored().version
    vault.update_certificate_properties(DEV, tags={"Acmebot": "v4"})
    fleet.add_a_name()

    fleet.renew()
    assert fleet.said(DEV, "marked by Acmebot", "takeover: acmebot")
    assert fleet.stored().version == before

    fleet.change_certificate(DEV, takeover="acmebot")
    fleet.renew()
    assert fleet.stored().version != before
    assert fleet.stored().tags == {"relaykeeper-issuer": "letsencrypt"}


def test_a_pending_operation_begun_by_hand_is_refused_and_left_alone(fleet: Fleet, vault: CertificateClient) -> None:
    before = fleet.stored().version
    theirs = CertificatePolicy(issuer_name="Unknown", subject="CN=by-hand.example.net")
    vault.begin_create_certificate(DEV, theirs).result()
    fleet.add_a_name()

    fleet.renew()

    assert fleet.said(DEV, "pending operation that we did not begin", "az keyvault certificate pending delete")
    assert vault.get_certificate_operation(DEV).status == "inProgress"
    assert fleet.stored().version == before

    vault.delete_certificate_operation(DEV)
    fleet.renew()
    assert fleet.stored().version != before


def test_a_secret_of_another_field_manager_is_refused_and_left_alone(fleet: Fleet) -> None:
    cluster = fleet.clusters[0]
    cluster.create_secret("flux-tls", {"other": b"theirs"}, "kustomize-controller")
    before = cluster.secret("flux-tls").metadata.resource_version
    fleet.change_relay(serves=[{"certificate": DEV, "secret": "flux-tls"}], files={"{host}.pem": "bundle"})
    allow(fleet, "flux-tls")

    fleet.renew()

    assert fleet.said(DEV, "dev@ss-dev-00", "belongs to kustomize-controller")
    assert cluster.secret("flux-tls").metadata.resource_version == before
    for each in fleet.clusters:
        each.delete_secret("flux-tls")


def allow(fleet: Fleet, secret: str) -> None:
    """Give our identity the Secret in each cluster."""
    for cluster in fleet.clusters:
        cluster.allow_secret(secret)


def test_a_certificate_under_observation_is_looked_at_and_changes_nothing(fleet: Fleet) -> None:
    before = fleet.stored().version
    fleet.add_a_name()
    fleet.change_certificate(DEV, mode="observe")

    fleet.renew()

    assert fleet.said(DEV, "observed only: due")
    assert fleet.stored().version == before
