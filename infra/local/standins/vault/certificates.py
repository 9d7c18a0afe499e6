"""Reading and changing certificates: `/certificates/...` but for their making, which is in issuing.py.

https://learn.microsoft.com/rest/api/keyvault/certificates
"""

import time
from dataclasses import replace

from infra.local.standins.vault import render
from infra.local.standins.vault.errors import being_deleted, certificate_not_found, deleted_not_found
from infra.local.standins.vault.keys import seconds_now
from infra.local.standins.vault.objects import Certificate, CertificateVersion, Deleted
from infra.local.standins.vault.policy import complete
from infra.local.standins.vault.store import Vault, page
from infra.local.standins.web import Answer, Request


def get(vault: Vault, _: Request, name: str, version: str = "") -> Answer:
    """The current version, or the one named."""
    certificate = vault.store.certificate(name)
    return Answer(200, render.certificate_bundle(vault.url, certificate, _version(certificate, version)))


def list_all(vault: Vault, request: Request) -> Answer:
    """The current versions; certificates that never were merged only with `includePending`."""
    return page(
        request,
        [
            render.listed_certificate(vault.url, certificate)
            for certificate in list(vault.store.certificates.values())
            if certificate.complete or _includes_pending(request)
        ],
    )


def list_versions(vault: Vault, request: Request, name: str) -> Answer:
    """The complete versions of one certificate."""
    certificate = vault.store.certificate(name)
    return page(request, [render.certificate_item(vault.url, certificate, version) for version in certificate.complete])


def update(vault: Vault, request: Request, name: str, version: str = "") -> Answer:
    """Tags and `enabled` of a version; what is not said stays."""
    wanted = request.json()
    with vault.store.lock:
        certificate = vault.store.certificate(name)
        before = _version(certificate, version)
        after = replace(
            before,
            tags=wanted.get("tags", before.tags),
            enabled=wanted.get("attributes", {}).get("enabled", before.enabled),
            updated=seconds_now(),
        )
        versions = tuple(after if one is before else one for one in certificate.versions)
        certificate = replace(certificate, versions=versions)
        vault.store.certificates[name.lower()] = certificate
    return Answer(200, render.certificate_bundle(vault.url, certificate, after))


def get_policy(vault: Vault, _: Request, name: str) -> Answer:
    """The policy that the next version will follow."""
    return Answer(200, render.policy(vault.url, vault.store.certificate(name)))


def update_policy(vault: Vault, request: Request, name: str) -> Answer:
    """Change parts of the policy."""
    with vault.store.lock:
        certificate = vault.store.certificate(name)
        certificate = replace(certificate, policy=complete(request.json(), certificate.policy))
        vault.store.certificates[name.lower()] = certificate
    return Answer(200, render.policy(vault.url, certificate))


def delete(vault: Vault, _: Request, name: str) -> Answer:
    """All versions, the operation and the secret; they can be recovered until they are purged."""
    with vault.store.lock:
        deleted = Deleted(vault.store.certificate(name), seconds_now(), time.time() + vault.pace.deleting)
        del vault.store.certificates[name.lower()]
        vault.store.deleted_certificates[name.lower()] = deleted
    return Answer(200, _deleted_bundle(vault, deleted))


def get_deleted(vault: Vault, _: Request, name: str) -> Answer:
    """A deleted certificate; none as long as it is being deleted."""
    deleted = vault.store.deleted_certificates.get(name.lower())
    if deleted is None or deleted.in_progress:
        raise deleted_not_found("Certificate", name)
    return Answer(200, _deleted_bundle(vault, deleted))


def list_deleted(vault: Vault, request: Request) -> Answer:
    """Deleted certificates; those that never were merged only with `includePending`."""
    return page(
        request,
        [
            render.listed_certificate(vault.url, deleted.content) | render.deletion(vault.url, "certificates", deleted)
            for deleted in list(vault.store.deleted_certificates.values())
            if not deleted.in_progress
            if deleted.content.complete or _includes_pending(request)
        ],
    )


def purge(vault: Vault, _: Request, name: str) -> Answer:
    """Delete for good."""
    with vault.store.lock:
        _deleted(vault, name)
        del vault.store.deleted_certificates[name.lower()]
    return Answer(204)


def recover(vault: Vault, _: Request, name: str) -> Answer:
    """Undo a deletion."""
    with vault.store.lock:
        certificate = _deleted(vault, name).content
        del vault.store.deleted_certificates[name.lower()]
        vault.store.certificates[name.lower()] = certificate
    return Answer(200, render.certificate_bundle(vault.url, certificate, certificate.current))


def _version(certificate: Certificate, wanted: str) -> CertificateVersion:
    if not wanted:
        return certificate.current
    for version in certificate.versions:
        if version.id == wanted:
            return version
    raise certificate_not_found(certificate.name, wanted)


def _includes_pending(request: Request) -> bool:
    return request.query.get("includePending", "").lower() == "true"


def _deleted(vault: Vault, name: str) -> Deleted[Certificate]:
    found = vault.store.deleted_certificates.get(name.lower())
    if found is None:
        raise deleted_not_found("Certificate", name)
    if found.in_progress:
        raise being_deleted("Certificate", name)
    return found


def _deleted_bundle(vault: Vault, deleted: Deleted[Certificate]) -> render.Json:
    bundle = render.certificate_bundle(vault.url, deleted.content, deleted.content.current)
    return bundle | render.deletion(vault.url, "certificates", deleted)
