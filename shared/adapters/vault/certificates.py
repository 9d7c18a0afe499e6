"""Stored versions, as the vault's certificate tells of them.

https://learn.microsoft.com/rest/api/keyvault/certificates/get-certificate/get-certificate
"""

from azure.core.exceptions import ResourceNotFoundError
from azure.keyvault.certificates import CertificateClient, CertificateProperties, KeyVaultCertificate
from cryptography import x509

from shared.domain.certificates import Stored, Version
from shared.domain.leaf import leaf_of
from shared.errors import PermanentError


def latest(client: CertificateClient, name: str) -> Stored | None:
    """Return the newest enabled version, with one request unless the very newest is disabled or not complete."""
    try:
        newest = client.get_certificate(name)
    except ResourceNotFoundError:
        return None
    if newest.cer and properties(newest).enabled:
        return stored(newest)
    version = newest_enabled(client, name)
    return None if version is None else stored(client.get_certificate_version(name, version))


def one(client: CertificateClient, name: str, version: Version) -> Stored | None:
    """Return a version by its name, unless it is gone or disabled."""
    try:
        found = client.get_certificate_version(name, version)
    except ResourceNotFoundError:
        return None
    return stored(found) if found.cer and properties(found).enabled else None


def newest_enabled(client: CertificateClient, name: str) -> str | None:
    """Look through the list of versions, which comes in no promised order."""
    listed = client.list_properties_of_certificate_versions(name)
    dated = [(one.created_on, one.version) for one in listed if one.enabled and one.created_on and one.version]
    return max(dated)[1] if dated else None


def stored(found: KeyVaultCertificate) -> Stored:
    """Translate a complete version."""
    try:
        leaf = leaf_of(x509.load_der_x509_certificate(bytes(found.cer or b"")))
    except ValueError as error:
        raise PermanentError(
            f"{found.id} is not a certificate that can be read: {error}. Disable that version."
        ) from error
    seen = properties(found)
    return Stored(Version(seen.version or ""), leaf, dict(seen.tags or {}))


def properties(found: KeyVaultCertificate) -> CertificateProperties:
    assert found.properties is not None, "the service sends attributes with every version"
    return found.properties
