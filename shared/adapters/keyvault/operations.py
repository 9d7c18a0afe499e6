"""The certificate operation in progress: begun, looked at, completed, given up.

https://learn.microsoft.com/azure/key-vault/certificates/create-certificate-scenarios
"""

from collections.abc import Mapping

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.keyvault.certificates import CertificateClient
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.adapters.keyvault.certificates import stored
from shared.adapters.keyvault.policy import creation
from shared.adapters.keyvault.refusals import CONFLICT, conflict, has_ended
from shared.azure import in_words
from shared.domain.certificates import Pending, Stored
from shared.domain.chain import UNREADABLE, why_unreadable
from shared.domain.leaf import dns_names, key_hash, key_name
from shared.errors import Changed, Unreadable
from shared.inventory import Certificate

ACCEPTED = 202


def pending(client: CertificateClient, name: str) -> Pending | None:
    """Return the operation if it is in progress: it stays to be read after it has ended."""
    try:
        operation = client.get_certificate_operation(name)
    except ResourceNotFoundError:
        return None
    if (operation.status or "").lower() != "inprogress":
        return None
    der = bytes(operation.csr or b"")
    try:
        csr = x509.load_der_x509_csr(der)
        return Pending(
            csr=der,
            key_hash=key_hash(csr),
            names=dns_names(csr.extensions),
            key=key_name(csr.public_key()),
            issuer=operation.issuer_name or "",
        )
    except UNREADABLE as error:
        raise Unreadable(
            f"{operation.id} has no CSR that can be read: {why_unreadable(error)}. Delete that operation."
        ) from error


def create(client: CertificateClient, certificate: Certificate, tags: Mapping[str, str], tried: str) -> None:
    """Begin an operation and leave it at that.

    The SDK's begin_create_certificate would start a thread that polls every five seconds where the vault signs itself.
    """
    request = HttpRequest("POST", f"/certificates/{certificate.name}/create", json=creation(certificate, tags))
    answer = client.send_request(request)
    if answer.status_code == ACCEPTED:
        return
    error = HttpResponseError(response=answer)
    if error.status_code != CONFLICT:
        raise error
    raise conflict(tried, "certificate", client.vault_url, certificate.name, error)


def discard(client: CertificateClient, name: str, tried: str) -> None:
    """Delete the operation, if there is one."""
    try:
        client.delete_certificate_operation(name)
    except HttpResponseError as error:
        if has_ended(error):
            return
        if error.status_code != CONFLICT:
            raise
        raise conflict(tried, "certificate", client.vault_url, name, error) from None


def merge(client: CertificateClient, name: str, chain: bytes, tags: Mapping[str, str], tried: str) -> Stored:
    """Complete the operation; the tags it began with give way to these. Raises Changed if it has ended."""
    ders = [certificate.public_bytes(Encoding.DER) for certificate in x509.load_pem_x509_certificates(chain)]
    try:
        merged = client.merge_certificate(name, ders, tags=dict(tags))
    except HttpResponseError as error:
        if has_ended(error):
            said = in_words(error).removesuffix(".")
            raise Changed(f"{tried}: its operation has ended ({said}); the next attempt looks again") from None
        if error.status_code != CONFLICT:
            raise
        raise conflict(tried, "certificate", client.vault_url, name, error) from None
    return stored(merged)
