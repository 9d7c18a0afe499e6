"""What people and other tools do to certificates in a real vault, and what the port makes of it."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.keyvault.certificates import CertificateClient, CertificateContentType, CertificatePolicy, KeyType
from azure.keyvault.secrets import SecretClient
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from shared.domain.certificates.chain import pem
from shared.domain.object_ref import Version
from shared.errors import PermanentError
from shared.inventory.relays import Certificate
from tests.contract.vault.places import INTERMEDIATE, ROOT, Subject

pytestmark = [pytest.mark.e2e, pytest.mark.azure, pytest.mark.vault]


class Import:
    """A key and a certificate that somebody made elsewhere."""

    def __init__(self, certificate: Certificate) -> None:
        self.name = certificate.name
        self.key = ec.generate_private_key(ec.SECP256R1())
        begins = datetime.now(UTC) - timedelta(hours=1)
        self.leaf = INTERMEDIATE.issue(self.key.public_key(), *certificate.dns_names, begins=begins)

    def as_pem(self, client: CertificateClient, *, exportable: bool = True) -> Version:
        """Import it as PEM, the chain in an order of its own; return the version."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = pem([ROOT.certificate, INTERMEDIATE.certificate, self.leaf])
        return self.sent(client, key + chain, CertificateContentType.pem, exportable=exportable)

    def as_pkcs12(self, client: CertificateClient) -> Version:
        """Import it as PKCS#12 without a password; return the version."""
        others = [ROOT.certificate, INTERMEDIATE.certificate]
        content = pkcs12.serialize_key_and_certificates(b"x", self.key, self.leaf, others, NoEncryption())
        return self.sent(client, content, CertificateContentType.pkcs12)

    def sent(
        self, client: CertificateClient, content: bytes, kind: CertificateContentType, *, exportable: bool = True
    ) -> Version:
        policy = CertificatePolicy(issuer_name="Unknown", content_type=kind, key_type=KeyType.ec, exportable=exportable)
        tags = {"owner": "somebody"}
        imported = client.import_certificate(self.name, content, policy=policy, tags=tags, preserve_order=True)
        assert imported.properties is not None
        return Version(imported.properties.version or "")


@pytest.mark.parametrize("kind", ["as_pem", "as_pkcs12"])
def test_an_imported_version_is_put_in_order(real: Subject, certificates: CertificateClient, kind: str) -> None:
    certificate = real.certificate()
    made = Import(certificate)
    version = getattr(made, kind)(certificates)

    stored, bundle = real.port.latest(certificate), real.port.bundle(certificate, version)

    assert stored is not None
    assert (stored.version, stored.tags) == (version, {"owner": "somebody"})
    assert bundle.leaf == stored.leaf
    assert bundle.key == made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert bundle.chain == pem([made.leaf, INTERMEDIATE.certificate])


def test_a_disabled_version_gives_way_to_the_one_before(real: Subject, certificates: CertificateClient) -> None:
    certificate = real.certificate()
    first = real.issue(certificate, {"first": "1"})
    second = real.issue(certificate, {})

    certificates.update_certificate_properties(certificate.name, second.version, enabled=False)
    assert real.port.latest(certificate) == first
    assert real.port.version(certificate, second.version) is None
    with pytest.raises(PermanentError, match="is disabled: enable it or store a new version"):
        real.port.bundle(certificate, second.version)

    certificates.update_certificate_properties(certificate.name, first.version, enabled=False)
    assert real.port.latest(certificate) is None


def test_a_secret_that_somebody_disabled_is_said_to_be_just_that(real: Subject, secrets: SecretClient) -> None:
    secrets.set_secret(real.secret.name, "value", enabled=False)

    with pytest.raises(PermanentError) as error:
        real.port.secret(real.secret)

    assert "is disabled: enable it or store a new version" in str(error.value)
    assert "role" not in str(error.value)
    real.port.put_secret(real.secret, "another")
    assert real.port.secret(real.secret) == "another"


def test_a_key_that_cannot_be_exported_is_said_to_be_the_reason(real: Subject, certificates: CertificateClient) -> None:
    certificate = real.certificate()
    version = Import(certificate).as_pem(certificates, exportable=False)

    with pytest.raises(PermanentError, match="exportable"):
        real.port.bundle(certificate, version)


def test_a_deleted_certificate_that_holds_the_name_can_be_recovered_or_purged(
    real: Subject, certificates: CertificateClient
) -> None:
    certificate = real.certificate()
    real.issue(certificate, {})
    certificates.begin_delete_certificate(certificate.name).wait()

    assert real.port.latest(certificate) is None
    with pytest.raises(PermanentError) as error:
        real.port.create(certificate, {})

    place = f"--id {certificates.vault_url}/deletedcertificates/{certificate.name}"
    assert f"az keyvault certificate recover {place}" in str(error.value)
    assert f"az keyvault certificate purge {place}" in str(error.value)
    certificates.begin_recover_deleted_certificate(certificate.name).wait()
