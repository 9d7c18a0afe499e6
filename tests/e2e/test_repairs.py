"""What people do by hand is found and repaired on the next tick."""

import pytest

from shared.azure import KEY_VAULT_OPTIONS
from tests.e2e.conftest import DEV, HOST, Fleet

pytestmark = pytest.mark.e2e


def test_a_deleted_secret_is_written_again(fleet: Fleet) -> None:
    cluster, before = fleet.clusters[0], fleet.stored().version
    cluster.delete_secret()

    fleet.tick()

    assert set(cluster.secret().data) >= {
        f"{HOST}.current",
        f"{HOST}.{before}.pem",
        f"default.{before}.pem",
        "dev-in.mailrelay.internal.platform.hmcts.net.current",
    }
    assert fleet.stored().version == before


@pytest.mark.parametrize("manager", ["kubectl-edit", "kubectl-patch"])
def test_an_edited_secret_is_repaired(fleet: Fleet, manager: str) -> None:
    cluster = fleet.clusters[1]
    before = cluster.secret().data
    cluster.edit_secret({f"{HOST}.{fleet.stored().version}.pem": b"not a certificate"}, manager)

    fleet.tick()

    assert cluster.secret().data == before
    assert fleet.said(DEV, f"dropped the claim of {manager}")


def test_an_edited_annotation_is_repaired(fleet: Fleet) -> None:
    cluster = fleet.clusters[1]
    cluster.annotate_secret({f"relaykeeper/certificate.{DEV}": "edited"})

    fleet.tick()

    assert fleet.stored().version in cluster.secret().metadata.annotations[f"relaykeeper/certificate.{DEV}"]
    assert fleet.said(DEV, "dropped the claim of kubectl-annotate")


def test_a_pod_deleted_by_hand_is_served_by_its_successor(fleet: Fleet) -> None:
    fleet.clusters[0].delete_pod("mailrelay-1")
    fleet.tick()
    assert {seen.thumbprint for seen in fleet.openssl_results()} == {fleet.stored().leaf.thumbprint}


def test_a_version_imported_by_a_person_is_delivered(fleet: Fleet) -> None:
    ports = fleet.ports
    certificate = ports.inventory.certificates[DEV]
    older = fleet.stored().version
    fleet.add_a_name()
    fleet.tick()
    fleet.change_certificate(DEV, dns_names=list(certificate.dns_names))
    bundle = ports.vault.bundle(certificate, older)

    imported = import_pem(fleet, DEV, bundle.key + bundle.chain)
    fleet.tick()

    assert fleet.stored().version == imported
    assert {seen.thumbprint for seen in fleet.openssl_results()} == {bundle.leaf.thumbprint}


def import_pem(fleet: Fleet, name: str, pem: bytes) -> str:
    """Import key and chain as a person does with the portal."""
    from azure.identity import DefaultAzureCredential
    from azure.keyvault.certificates import CertificateClient, CertificateContentType, CertificatePolicy

    vault = fleet.stack.addresses.vault("dev")
    with DefaultAzureCredential() as credential, CertificateClient(vault, credential, **KEY_VAULT_OPTIONS) as client:
        done = client.import_certificate(
            name, pem, policy=CertificatePolicy(issuer_name="Unknown", content_type=CertificateContentType.pem)
        )
    assert done.properties is not None
    return str(done.properties.version)
