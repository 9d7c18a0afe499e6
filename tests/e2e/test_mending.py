"""What people do by hand is found and mended on the next tick."""

import pytest

from shared.azure import KEY_VAULT_OPTIONS
from tests.e2e.conftest import DEV, HOST, Estate

pytestmark = pytest.mark.e2e


def test_a_deleted_secret_is_written_again(estate: Estate) -> None:
    cluster, before = estate.clusters[0], estate.stored().version
    cluster.delete_secret()

    estate.tick()

    assert set(cluster.secret().data) >= {
        f"{HOST}.current",
        f"{HOST}.{before}.pem",
        f"default.{before}.pem",
        "dev-in.mailrelay.internal.platform.hmcts.net.current",
    }
    assert estate.stored().version == before


@pytest.mark.parametrize("manager", ["kubectl-edit", "kubectl-patch"])
def test_an_edited_secret_is_mended(estate: Estate, manager: str) -> None:
    cluster = estate.clusters[1]
    before = cluster.secret().data
    cluster.edit_secret({f"{HOST}.{estate.stored().version}.pem": b"not a certificate"}, manager)

    estate.tick()

    assert cluster.secret().data == before
    assert estate.said(DEV, f"dropped the claim of {manager}")


def test_an_edited_annotation_is_mended(estate: Estate) -> None:
    cluster = estate.clusters[1]
    cluster.annotate_secret({f"relaykeeper/{DEV}": "edited"})

    estate.tick()

    assert estate.stored().version in cluster.secret().metadata.annotations[f"relaykeeper/{DEV}"]
    assert estate.said(DEV, "dropped the claim of kubectl-annotate")


def test_a_pod_deleted_by_hand_is_served_by_its_successor(estate: Estate) -> None:
    estate.clusters[0].delete_pod("mailrelay-1")
    estate.tick()
    assert {seen.thumbprint for seen in estate.witness()} == {estate.stored().leaf.thumbprint}


def test_a_version_imported_by_a_person_is_delivered(estate: Estate) -> None:
    ports = estate.ports
    certificate = ports.inventory.certificates[DEV]
    older = estate.stored().version
    estate.wish(DEV, dns_names=[HOST, "smtp.dev.mailrelay.platform.hmcts.net"])
    estate.tick()
    estate.forget_wishes()
    bundle = ports.vault.bundle(certificate, older)

    imported = import_pem(estate, DEV, bundle.key + bundle.chain)
    estate.tick()

    assert estate.stored().version == imported
    assert {seen.thumbprint for seen in estate.witness()} == {bundle.leaf.thumbprint}


def import_pem(estate: Estate, name: str, pem: bytes) -> str:
    """Import key and chain as a person does with the portal."""
    from azure.identity import DefaultAzureCredential
    from azure.keyvault.certificates import CertificateClient, CertificateContentType, CertificatePolicy

    vault = estate.stack.addresses.vault("dev")
    with DefaultAzureCredential() as credential, CertificateClient(vault, credential, **KEY_VAULT_OPTIONS) as client:
        done = client.import_certificate(
            name, pem, policy=CertificatePolicy(issuer_name="Unknown", content_type=CertificateContentType.pem)
        )
    assert done.properties is not None
    return str(done.properties.version)
