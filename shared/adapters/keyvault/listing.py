"""What a vault lists: properties, never values.

https://learn.microsoft.com/rest/api/keyvault/certificates/get-certificates/get-certificates
https://learn.microsoft.com/rest/api/keyvault/secrets/get-secrets/get-secrets
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from azure.keyvault.certificates import CertificateClient, CertificateProperties
from azure.keyvault.secrets import SecretClient, SecretProperties

from shared.domain.entries import Entry


def entries(certificates: CertificateClient, secrets: SecretClient) -> tuple[Entry, ...]:
    """List certificates, and secrets that are not a certificate's own."""
    plain = (one for one in secrets.list_properties_of_secrets() if not one.managed)
    return (
        *listed("certificate", certificates.list_properties_of_certificates()),
        *listed("secret", plain),
    )


def listed(
    kind: Literal["certificate", "secret"], found: Iterable[CertificateProperties | SecretProperties]
) -> Iterator[Entry]:
    for one in found:
        begins = one.not_before or one.created_on
        if one.enabled and one.name and begins:
            yield Entry(kind, one.name, begins, one.expires_on, dict(one.tags or {}))
