"""Key vaults in a dict: their secrets, clients' passwords among them, beside their certificates."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.clients.password import Password
from shared.domain.clients.stored_password import StoredPassword, is_for_probe, made_for, tags_of_password
from shared.domain.object_ref import Version
from shared.errors import PermanentError, Unreadable
from shared.inventory import SecretReference
from tests.fakes.vault_certificates import FakeCertificates, Name

RETENTION = timedelta(days=90)
"""How long a deleted secret holds its name."""


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """A version of a secret."""

    version: Version
    value: str = field(repr=False)
    created: datetime
    tags: Mapping[str, str]
    not_before: datetime | None = None
    expires: datetime | None = None
    enabled: bool = True

    @property
    def begins(self) -> datetime:
        return self.not_before or self.created


class FakeVault(FakeCertificates):
    """Implements ports.Vaults. `secrets` has each secret's versions, oldest first; `deleted_secrets` those that hold
    their names only, and the time of their deletion.

    A secret that is disabled is answered as Key Vault does.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.secrets: dict[Name, list[StoredSecret]] = {}
        self.deleted_secrets: dict[Name, tuple[list[StoredSecret], datetime]] = {}

    def secret(self, ref: SecretReference) -> str | None:
        with self.faults.around("secret"):
            held = self._newest(ref)
            if held is not None and not held.enabled:
                raise PermanentError(f"cannot read secret {ref.name}: it is disabled: enable it or store a new version")
            return None if held is None else held.value

    def put_secret(self, ref: SecretReference, value: str) -> None:
        with self.faults.around("put_secret"):
            self._check_not_deleted(ref)
            self.store(ref.vault, ref.name, value, tags={"managed-by": "relaykeeper"})

    def password(self, ref: SecretReference, version: Version | None = None) -> StoredPassword | None:
        with self.faults.around("password"):
            if (ref.vault, ref.name) in self.versions:
                raise Unreadable(f"cannot read the password in secret {ref.name}: it holds the key of a certificate")
            versions = self.secrets.get((ref.vault, ref.name), [])
            held = next((one for one in reversed(versions) if version in (None, one.version)), None)
            if held is not None and not held.enabled and version is None:
                raise Unreadable(f"cannot read the password in secret {ref.name}: its newest version is disabled")
            return stored_password(ref, held) if held is not None and held.enabled else None

    def make_password(
        self,
        ref: SecretReference,
        client: str,
        password: Password,
        expires: datetime | None,
        *,
        for_probe: bool = False,
    ) -> Version:
        with self.faults.around("make_password"):
            self._check_not_deleted(ref)
            if (ref.vault, ref.name) in self.versions:
                raise PermanentError(
                    f"cannot store a password in secret {ref.name}: refused. It holds the key of a certificate: name "
                    "another secret in the inventory"
                )
            tags = tags_of_password(client, for_probe=for_probe)
            return self.store(ref.vault, ref.name, password.reveal_for_auth(), tags=tags, expires=expires).version

    def entries(self, vault: str) -> tuple[VaultEntry, ...]:
        with self.faults.around("entries"):
            newest = {name: held[-1] for (where, name), held in self.secrets.items() if where == vault}
            secrets = [secret_entry(name, held) for name, held in newest.items() if held.enabled]
            return (*self.certificate_entries(vault), *secrets)

    def store(self, vault: str, name: str, value: str, **about: Any) -> StoredSecret:
        """Store a version, as a person would; `about` are fields of it."""
        made = StoredSecret(Version(uuid.uuid4().hex), value, self.clock.now(), **{"tags": {}, **about})
        self.secrets.setdefault((vault, name), []).append(made)
        return made

    def disable(self, vault: str, name: str, version: Version | None = None) -> None:
        """Disable a version of a secret, the newest unless named, as a person would."""
        self._change(vault, name, version, enabled=False)

    def tag(self, vault: str, name: str, tags: Mapping[str, str], version: Version | None = None) -> None:
        """Replace the tags of a version of a secret, the newest unless named, as a person would."""
        self._change(vault, name, version, tags=tags)

    def _change(self, vault: str, name: str, version: Version | None, **attributes: Any) -> None:
        versions = self.secrets[vault, name]
        [number] = [n for n, one in enumerate(versions) if one.version == (version or versions[-1].version)]
        versions[number] = replace(versions[number], **attributes)

    def delete(self, vault: str, name: str) -> None:
        """Delete a secret, as a person would; it can be recovered."""
        self.deleted_secrets[vault, name] = (self.secrets.pop((vault, name)), self.clock.now())

    def recover(self, vault: str, name: str) -> None:
        """Undo a deletion, as a person would."""
        self.secrets[vault, name], _ = self.deleted_secrets.pop((vault, name))

    def _newest(self, ref: SecretReference) -> StoredSecret | None:
        versions = self.secrets.get((ref.vault, ref.name))
        return versions[-1] if versions else None

    def _check_not_deleted(self, ref: SecretReference) -> None:
        if found := self.deleted_secrets.get((ref.vault, ref.name)):
            _, deleted = found
            raise PermanentError(
                f"cannot store secret {ref.name}: a deleted secret holds the name until "
                f"{deleted + RETENTION:%Y-%m-%d} (UTC). Recover it with `az keyvault secret recover --id "
                f"https://{ref.vault}.vault.example.net/deletedsecrets/{ref.name}`: its old password would be valid "
                "again, so store a new one right after."
            )


def stored_password(ref: SecretReference, held: StoredSecret) -> StoredPassword:
    try:
        password = Password(held.value)
    except ValueError:
        raise Unreadable(f"cannot read the password in secret {ref.name}: no login can carry what it holds") from None
    return StoredPassword(
        held.version, password, held.begins, held.expires, made_for(held.tags), for_probe=is_for_probe(held.tags)
    )


def secret_entry(name: str, held: StoredSecret) -> VaultEntry:
    return VaultEntry("secret", name, held.begins, held.expires, held.tags)
