"""We never fight an owner: refused with the owner's name and the way out, and nothing changes."""

from collections.abc import Iterator

import pytest
from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import CertificateClient, CertificatePolicy

from shared.azure import KEY_VAULT_OPTIONS
from tests.e2e.conftest import DEV, HOST, Estate

pytestmark = pytest.mark.e2e


@pytest.fixture
def vault(estate: Estate) -> Iterator[CertificateClient]:
    """The vault `dev`, as a person uses it."""
    with (
        DefaultAzureCredential() as credential,
        CertificateClient(estate.stack.addresses.vault("dev"), credential, **KEY_VAULT_OPTIONS) as client,
    ):
        yield client


def test_a_certificate_marked_by_acmebot_is_refused_until_the_inventory_allows_it(
    estate: Estate, vault: CertificateClient
) -> None:
    before = estate.stored().version
    vault.update_certificate_properties(DEV, tags={"Acmebot": "v4"})
    estate.wish(DEV, dns_names=[HOST, "smtp.dev.mailrelay.platform.hmcts.net"])

    estate.renew()
    assert estate.said(DEV, "marked by Acmebot", "takeover: acmebot")
    assert estate.stored().version == before

    estate.wish(DEV, takeover="acmebot")
    estate.renew()
    assert estate.stored().version != before
    assert estate.stored().tags == {"relaykeeper-issuer": "letsencrypt"}


def test_a_pending_operation_begun_by_hand_is_refused_and_left_alone(estate: Estate, vault: CertificateClient) -> None:
    before = estate.stored().version
    theirs = CertificatePolicy(issuer_name="Unknown", subject="CN=by-hand.example.net")
    vault.begin_create_certificate(DEV, theirs).result()
    estate.wish(DEV, dns_names=[HOST, "smtp.dev.mailrelay.platform.hmcts.net"])

    estate.renew()

    assert estate.said(DEV, "pending operation that we did not begin", "az keyvault certificate pending delete")
    assert vault.get_certificate_operation(DEV).status == "inProgress"
    assert estate.stored().version == before

    vault.delete_certificate_operation(DEV)
    estate.renew()
    assert estate.stored().version != before


def test_a_secret_of_another_field_manager_is_refused_and_left_alone(estate: Estate) -> None:
    cluster = estate.clusters[0]
    cluster.create_secret("flux-tls", {"other": b"theirs"}, "kustomize-controller")
    before = cluster.secret("flux-tls").metadata.resource_version
    estate.wish_of_relay(serves=[{"certificate": DEV, "secret": "flux-tls"}], files={"{host}.pem": "bundle"})
    allow(estate, "flux-tls")

    estate.renew()

    assert estate.said(DEV, "dev@ss-dev-00", "belongs to kustomize-controller")
    assert cluster.secret("flux-tls").metadata.resource_version == before
    for each in estate.clusters:
        each.delete_secret("flux-tls")


def allow(estate: Estate, secret: str) -> None:
    """Give our identity the Secret in each cluster."""
    for cluster in estate.clusters:
        cluster.allow_secret(secret)


def test_a_certificate_under_observation_is_looked_at_and_changes_nothing(estate: Estate) -> None:
    before = estate.stored().version
    estate.wish(DEV, mode="observe", dns_names=[HOST, "smtp.dev.mailrelay.platform.hmcts.net"])

    estate.renew()

    assert estate.said(DEV, "observed only: due")
    assert estate.stored().version == before
