"""The contents of one vault, in memory, as its operator stored them at first, and their lists in pages.

Names are compared without regard to case, as Key Vault does.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from infra.local.standins.vault.bundles import secret_value
from infra.local.standins.vault.errors import (
    bad_parameter,
    being_deleted,
    certificate_not_found,
    deleted_but_recoverable,
    name_taken,
)
from infra.local.standins.vault.keys import seconds_now
from infra.local.standins.vault.objects import Certificate, CertificateVersion, Deleted, Secret, SecretVersion
from infra.local.standins.web import Answer, InputError, Request


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


def stocked(vault: str, secrets: Mapping[str, str]) -> Store:
    """Return a store with those of the secrets, `VAULT/NAME` each, that are this vault's."""
    store = Store()
    for place, value in secrets.items():
        owner, _, name = place.partition("/")
        if owner == vault:
            now = seconds_now()
            version = SecretVersion(uuid.uuid4().hex, value, None, now, now, enabled=True, tags=None)
            store.secrets[name.lower()] = Secret(name, (version,))
    return store


LARGEST_PAGE = 25


@dataclass(slots=True)
class Pace:
    """How many seconds the vault takes to sign a certificate itself (in Azure 1 to 12), and to delete something."""

    signing: float = 0.2
    deleting: float = 0.0


@dataclass(frozen=True, slots=True)
class Vault:
    """A vault's name and URL, and what it holds."""

    name: str
    url: str
    store: Store = field(default_factory=Store)
    pace: Pace = field(default_factory=Pace)

    def set_pace(self, request: Request) -> Answer:
        """`POST /_pace {"signing": SECONDS, "deleting": SECONDS}`, either or both, for what comes."""
        for name, seconds in request.json().items():
            if name not in ("signing", "deleting") or not isinstance(seconds, int | float):
                raise InputError('Say {"signing": SECONDS, "deleting": SECONDS}.')
            setattr(self.pace, name, seconds)
        return Answer(204)


def page(request: Request, items: Sequence[Any]) -> Answer:
    """The part of a list that was asked for: `maxresults` items, and a link to the next ones.

    A full page has a link, so that an empty one may stand behind it.
    """
    try:
        size = int(request.query.get("maxresults", LARGEST_PAGE))
        start = int(request.query.get("$skiptoken", 0))
    except ValueError as error:
        raise bad_parameter(f"maxresults and $skiptoken must be numbers: {error}") from error
    if not 1 <= size <= LARGEST_PAGE:
        raise bad_parameter(f"maxresults must be between 1 and {LARGEST_PAGE}, not {size}")
    end = start + size
    more = f"{request.origin}{request.path}?{urlencode({**request.query, '$skiptoken': end})}"
    return Answer(200, {"value": items[start:end], "nextLink": more if end <= len(items) else None})
