"""The contents of one vault, in memory. Names are compared without regard to case, as Key Vault does."""

from dataclasses import dataclass, field
from threading import Lock

from infra.local.standins.vault.bundles import secret_value
from infra.local.standins.vault.errors import being_deleted, certificate_not_found, deleted_but_recoverable, name_taken
from infra.local.standins.vault.objects import Certificate, CertificateVersion, Deleted, Secret, SecretVersion


@dataclass(slots=True)
class Store:
    """Whoever reads in order to write holds `lock` meanwhile; keys of the mappings are lower-case names."""

    lock: Lock = field(default_factory=Lock)
    certificates: dict[str, Certificate] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)
    deleted_certificates: dict[str, Deleted[Certificate]] = field(default_factory=dict)
    deleted_secrets: dict[str, Deleted[Secret]] = field(default_factory=dict)

    def certificate(self, name: str) -> Certificate:
        """Refuses with CertificateNotFound."""
        found = self.certificates.get(name.lower())
        if found is None:
            raise certificate_not_found(name)
        return found

    def secret(self, name: str) -> Secret | None:
        """A secret, or the one behind a certificate."""
        certificate = self.certificates.get(name.lower())
        if certificate:
            return managed_secret(certificate)
        return self.secrets.get(name.lower())

    def check_free(self, name: str) -> None:
        """Refuse a name that something deleted still holds."""
        for kind, deleted in (("Certificate", self.deleted_certificates), ("Secret", self.deleted_secrets)):
            if found := deleted.get(name.lower()):
                raise (being_deleted if found.in_progress else deleted_but_recoverable)(kind, name)

    def check_no_secret(self, name: str) -> None:
        """Refuse a certificate whose secret would take the place of another."""
        if name.lower() in self.secrets:
            raise name_taken("secret", name)


def managed_secret(certificate: Certificate) -> Secret:
    """The secret behind a certificate: each complete version has one of the same id."""
    versions = tuple(_managed_version(version) for version in certificate.complete)
    return Secret(certificate.name, versions, managed=True)


def _managed_version(version: CertificateVersion) -> SecretVersion:
    assert version.leaf
    return SecretVersion(
        id=version.id,
        value=secret_value(version),
        content_type=version.content_type,
        created=version.created,
        updated=version.updated,
        enabled=version.enabled,
        tags=version.tags,
        not_before=int(version.leaf.not_valid_before_utc.timestamp()),
        expires=int(version.leaf.not_valid_after_utc.timestamp()),
    )
