"""Stored versions, as the vault's certificate tells of them.

https://learn.microsoft.com/rest/api/keyvault/certificates/get-certificate/get-certificate
"""

from azure.core.exceptions import ResourceNotFoundError
from azure.keyvault.certificates import CertificateClient, CertificateProperties, KeyVaultCertificate
from cryptography import x509

from shared.domain.certificates import Stored, Version
from shared.domain.chain import UNREADABLE, why_unreadable
from shared.domain.leaf import leaf_of
from shared.errors import Unreadable


def latest(client: CertificateClient, name: str) -> Stored | None:
    """Return the newest enabled version, with one request where that is the newest of all.

    Where the newest is disabled, or the first is not complete yet, Key Vault answers with just that version; another
    server may answer 404. Either way the list of versions decides.
    """
    newest = version_of(client, name)
    if newest is not None:
        return newest
    version = newest_enabled(client, name)
    return None if version is None else version_of(client, name, version)


def version_of(client: CertificateClient, name: str, version: str = "") -> Stored | None:
    """Return a version by its name, or the newest, unless it is gone, disabled or not complete."""
    try:
        found = client.get_certificate_version(name, version) if version else client.get_certificate(name)
    except ResourceNotFoundError:
        return None
    return stored(found) if found.cer and properties(found).enabled else None


def newest_enabled(client: CertificateClient, name: str) -> str | None:
    """Look through the list of versions, which comes in no promised order."""
    listed = client.list_properties_of_certificate_versions(name)
    try:
        dated = [(one.created_on, one.version) for one in listed if one.enabled and one.created_on and one.version]
    except ResourceNotFoundError:
        return None
    return max(dated)[1] if dated else None


def stored(found: KeyVaultCertificate) -> Stored:
    """Translate a complete version."""
    try:
        leaf = leaf_of(x509.load_der_x509_certificate(bytes(found.cer or b"")))
    except UNREADABLE as error:
        raise Unreadable(
            f"{found.id} cannot be read as a certificate: {why_unreadable(error)}. Disable that version: then the "
            "newest one left counts."
        ) from error
    seen = properties(found)
    return Stored(Version(seen.version or ""), leaf, dict(seen.tags or {}))


def properties(found: KeyVaultCertificate) -> CertificateProperties:
    assert found.properties is not None, "the service sends attributes with every version"
    return found.properties
