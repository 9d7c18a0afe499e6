"""What a vault holds, in the service's JSON."""

import base64
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding

from infra.local.standins.vault.objects import (
    RETENTION_DAYS,
    Certificate,
    CertificateVersion,
    Deleted,
    Operation,
    Secret,
    SecretVersion,
)

type Json = dict[str, Any]


def certificate_bundle(url: str, certificate: Certificate, version: CertificateVersion) -> Json:
    """A version in full; one that has not been merged has neither content nor key and secret ids."""
    place = f"{certificate.name}/{version.id}"
    bundle = {
        **certificate_item(url, certificate, version),
        "policy": policy(url, certificate),
        **_preserved_order(certificate),
    }
    if version.leaf:
        bundle |= {
            "kid": f"{url}/keys/{place}",
            "sid": f"{url}/secrets/{place}",
            "cer": base64.b64encode(version.leaf.public_bytes(Encoding.DER)).decode(),
        }
    if certificate.operation:
        bundle["pending"] = {"id": f"{url}/certificates/{certificate.name}/pending"}
    return bundle


def certificate_item(url: str, certificate: Certificate, version: CertificateVersion) -> Json:
    """A version as the list of versions shows it."""
    attributes: Json = {"enabled": version.enabled and version.leaf is not None}
    item: Json = {"id": f"{url}/certificates/{certificate.name}/{version.id}", "attributes": attributes}
    attributes |= {"nbf": version.begins, "exp": version.ends}
    if version.leaf:
        attributes["nbf"] = int(version.leaf.not_valid_before_utc.timestamp())
        attributes["exp"] = int(version.leaf.not_valid_after_utc.timestamp())
        thumbprint = version.leaf.fingerprint(SHA1())  # noqa: S303 the service's own thumbprint
        item["x5t"] = base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()
    attributes |= _dates(version)
    return item | _tags(version)


def listed_certificate(url: str, certificate: Certificate) -> Json:
    """The current version as the list of certificates shows it: no version in its id, a subject that may be empty."""
    version = certificate.current
    subject = version.leaf.subject.rfc4514_string() if version.leaf else ""
    item = certificate_item(url, certificate, version)
    return item | {"id": f"{url}/certificates/{certificate.name}", "subject": subject}


def policy(url: str, certificate: Certificate) -> Json:
    """A certificate's policy with its id."""
    return {"id": f"{url}/certificates/{certificate.name}/policy", **certificate.policy}


def operation(url: str, certificate: Certificate, operation: Operation) -> Json:
    """A pending operation, or what is left of it."""
    certificate_url = f"{url}/certificates/{certificate.name}"
    rendered = {
        "id": f"{certificate_url}/pending",
        "issuer": {"name": operation.issuer},
        "csr": base64.b64encode(operation.csr).decode(),
        "cancellation_requested": False,
        "status": "completed" if operation.completed else "inProgress",
        "request_id": operation.request_id,
        **_preserved_order(certificate),
    }
    if operation.completed:
        return rendered | {"target": certificate_url}
    return rendered | {"status_details": "Pending certificate created. Please Perform Merge to complete the request."}


def secret_bundle(url: str, secret: Secret, version: SecretVersion) -> Json:
    """A version with its value."""
    bundle = secret_item(url, secret, version) | {"value": version.value}
    return bundle | {"kid": f"{url}/keys/{secret.name}/{version.id}"} if secret.managed else bundle


def secret_item(url: str, secret: Secret, version: SecretVersion) -> Json:
    """A version as the list of versions shows it."""
    attributes: Json = {"enabled": version.enabled}
    if version.not_before is not None:
        attributes["nbf"] = version.not_before
    if version.expires is not None:
        attributes["exp"] = version.expires
    item: Json = {"id": f"{url}/secrets/{secret.name}/{version.id}", "attributes": attributes | _dates(version)}
    if version.content_type is not None:
        item["contentType"] = version.content_type
    if secret.managed:
        item["managed"] = True
    return item | _tags(version)


def listed_secret(url: str, secret: Secret) -> Json:
    """The newest version as the list of secrets shows it: no version in its id."""
    return secret_item(url, secret, secret.versions[-1]) | {"id": f"{url}/secrets/{secret.name}"}


def deletion(url: str, kind: str, deleted: Deleted[Certificate] | Deleted[Secret]) -> Json:
    """What a deleted object has besides its own JSON; `kind` is `certificates` or `secrets`."""
    return {
        "recoveryId": f"{url}/deleted{kind}/{deleted.content.name}",
        "deletedDate": deleted.at,
        "scheduledPurgeDate": deleted.at + RETENTION_DAYS * 86_400,
    }


def _preserved_order(certificate: Certificate) -> Json:
    """What was asked for, if it was."""
    return {} if certificate.preserve_order is None else {"preserveCertOrder": certificate.preserve_order}


def _dates(version: CertificateVersion | SecretVersion) -> Json:
    return {
        "created": version.created,
        "updated": version.updated,
        "recoveryLevel": "Recoverable+Purgeable",
        "recoverableDays": RETENTION_DAYS,
    }


def _tags(version: CertificateVersion | SecretVersion) -> Json:
    return {"tags": dict(version.tags)} if version.tags else {}
