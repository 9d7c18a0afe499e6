"""Secrets: `/secrets/...`, with those behind certificates, which can be read here and nothing else.

https://learn.microsoft.com/rest/api/keyvault/secrets
"""

import time
import uuid
from dataclasses import replace

from infra.local.standins.vault import render
from infra.local.standins.vault.errors import (
    bad_parameter,
    being_deleted,
    deleted_not_found,
    managed_by_key_vault,
    secret_disabled,
    secret_not_found,
)
from infra.local.standins.vault.keys import seconds_now
from infra.local.standins.vault.objects import Deleted, Secret, SecretVersion
from infra.local.standins.vault.store import Vault, managed_secret, page
from infra.local.standins.web import Answer, Request


def get(vault: Vault, _: Request, name: str, version: str = "") -> Answer:
    """The value of the newest version, or of the one named. That of a certificate's first version is disabled until
    there is one."""
    certificate = vault.store.certificates.get(name.lower())
    if certificate and not certificate.complete:
        raise secret_disabled()
    secret = _secret(vault, name)
    found = _version(secret, version)
    if not found.enabled:
        raise secret_disabled()
    return Answer(200, render.secret_bundle(vault.url, secret, found))


def set_(vault: Vault, request: Request, name: str) -> Answer:
    """A new version."""
    wanted = request.json()
    if not isinstance(wanted.get("value"), str):
        raise bad_parameter("Property value is required and must be text.")
    attributes = wanted.get("attributes", {})
    now = seconds_now()
    version = SecretVersion(
        id=uuid.uuid4().hex,
        value=wanted["value"],
        content_type=wanted.get("contentType"),
        created=now,
        updated=now,
        enabled=attributes.get("enabled", True),
        tags=wanted.get("tags"),
        not_before=attributes.get("nbf"),
        expires=attributes.get("exp"),
    )
    with vault.store.lock:
        vault.store.check_free(name)
        before = vault.store.secret(name)
        if before and before.managed:
            raise managed_by_key_vault("set")
        secret = Secret(name, (*(before.versions if before else ()), version))
        vault.store.secrets[name.lower()] = secret
    return Answer(200, render.secret_bundle(vault.url, secret, version))


def update(vault: Vault, request: Request, name: str, version: str = "") -> Answer:
    """Attributes, content type and tags of a version; what is not said stays, and so does the value."""
    wanted = request.json()
    attributes = wanted.get("attributes", {})
    with vault.store.lock:
        secret = _secret(vault, name)
        if secret.managed:
            raise managed_by_key_vault("update")
        before = _version(secret, version)
        after = replace(
            before,
            updated=seconds_now(),
            content_type=wanted.get("contentType", before.content_type),
            tags=wanted.get("tags", before.tags),
            enabled=attributes.get("enabled", before.enabled),
            not_before=attributes.get("nbf", before.not_before),
            expires=attributes.get("exp", before.expires),
        )
        versions = tuple(after if one is before else one for one in secret.versions)
        vault.store.secrets[name.lower()] = Secret(secret.name, versions)
    return Answer(200, render.secret_item(vault.url, secret, after))


def list_all(vault: Vault, request: Request) -> Answer:
    """The newest versions, without values."""
    managed = [managed_secret(certificate) for certificate in list(vault.store.certificates.values())]
    return page(
        request,
        [
            render.listed_secret(vault.url, secret)
            for secret in [*list(vault.store.secrets.values()), *managed]
            if secret.versions
        ],
    )


def list_versions(vault: Vault, request: Request, name: str) -> Answer:
    """The versions of one secret, without values."""
    secret = _secret(vault, name)
    return page(request, [render.secret_item(vault.url, secret, version) for version in secret.versions])


def delete(vault: Vault, _: Request, name: str) -> Answer:
    """All versions; they can be recovered until they are purged."""
    with vault.store.lock:
        secret = _secret(vault, name)
        if secret.managed:
            raise managed_by_key_vault("delete")
        deleted = Deleted(secret, seconds_now(), time.time() + vault.pace.deleting)
        del vault.store.secrets[name.lower()]
        vault.store.deleted_secrets[name.lower()] = deleted
    return Answer(200, _deleted_item(vault, deleted))


def get_deleted(vault: Vault, _: Request, name: str) -> Answer:
    """A deleted secret, without its value; none as long as it is being deleted."""
    deleted = vault.store.deleted_secrets.get(name.lower())
    if deleted is None or deleted.in_progress:
        raise deleted_not_found("Secret", name)
    return Answer(200, _deleted_item(vault, deleted))


def list_deleted(vault: Vault, request: Request) -> Answer:
    """Deleted secrets, but for those that went with their certificates."""
    deleted = [one for one in list(vault.store.deleted_secrets.values()) if not one.in_progress]
    return page(request, [_deleted_item(vault, one) for one in deleted])


def purge(vault: Vault, _: Request, name: str) -> Answer:
    """Delete for good."""
    with vault.store.lock:
        _deleted(vault, name)
        del vault.store.deleted_secrets[name.lower()]
    return Answer(204)


def recover(vault: Vault, _: Request, name: str) -> Answer:
    """Undo a deletion."""
    with vault.store.lock:
        secret = _deleted(vault, name).content
        del vault.store.deleted_secrets[name.lower()]
        vault.store.secrets[name.lower()] = secret
    return Answer(200, render.secret_item(vault.url, secret, secret.versions[-1]))


def _secret(vault: Vault, name: str) -> Secret:
    secret = vault.store.secret(name)
    if secret is None or not secret.versions:
        raise secret_not_found(name)
    return secret


def _version(secret: Secret, wanted: str) -> SecretVersion:
    if not wanted:
        return secret.versions[-1]
    for version in secret.versions:
        if version.id == wanted:
            return version
    raise secret_not_found(secret.name, wanted)


def _deleted(vault: Vault, name: str) -> Deleted[Secret]:
    found = vault.store.deleted_secrets.get(name.lower())
    if found is None:
        raise deleted_not_found("Secret", name)
    if found.in_progress:
        raise being_deleted("Secret", name)
    return found


def _deleted_item(vault: Vault, deleted: Deleted[Secret]) -> render.Json:
    item = render.listed_secret(vault.url, deleted.content)
    return item | render.deletion(vault.url, "secrets", deleted)
