"""A vault with clients' passwords under test, fake or real, and what people do there besides."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from azure.keyvault.secrets import SecretClient

from shared.domain.object_ref import Version
from shared.inventory import SecretReference
from shared.ports import Clock, Vaults
from tests.contract.vault.places import PATIENCE, VAULT, Subject
from tests.fakes.keyvault import FakeVault

Moment = Literal["before", "after"]


class People(Protocol):
    """What people do with a secret of the vault."""

    def store(self, name: str, value: str, not_before: datetime | None, expires: datetime | None) -> Version: ...

    def versions(self, name: str) -> list[Version]: ...

    def disable(self, name: str, version: Version) -> None: ...

    def tag(self, name: str, version: Version, tags: dict[str, str]) -> None: ...

    def delete(self, name: str) -> None: ...

    def recover(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class PeopleAtFake:
    """Implements People on the fake."""

    vault: FakeVault

    def store(self, name: str, value: str, not_before: datetime | None, expires: datetime | None) -> Version:
        return self.vault.store(VAULT, name, value, not_before=not_before, expires=expires).version

    def versions(self, name: str) -> list[Version]:
        return [one.version for one in self.vault.secrets[VAULT, name]]

    def disable(self, name: str, version: Version) -> None:
        self.vault.disable(VAULT, name, version)

    def tag(self, name: str, version: Version, tags: dict[str, str]) -> None:
        self.vault.tag(VAULT, name, tags, version)

    def delete(self, name: str) -> None:
        self.vault.delete(VAULT, name)

    def recover(self, name: str) -> None:
        self.vault.recover(VAULT, name)


@dataclass(frozen=True, slots=True)
class PeopleAtVault:
    """Implements People with the unmodified SDK."""

    client: SecretClient

    def store(self, name: str, value: str, not_before: datetime | None, expires: datetime | None) -> Version:
        made = self.client.set_secret(name, value, not_before=not_before, expires_on=expires)
        return Version(made.properties.version or "")

    def versions(self, name: str) -> list[Version]:
        return [Version(one.version or "") for one in self.client.list_properties_of_secret_versions(name)]

    def disable(self, name: str, version: Version) -> None:
        self.client.update_secret_properties(name, version, enabled=False)

    def tag(self, name: str, version: Version, tags: dict[str, str]) -> None:
        self.client.update_secret_properties(name, version, tags=tags)

    def delete(self, name: str) -> None:
        self.client.begin_delete_secret(name).wait(PATIENCE.total_seconds())

    def recover(self, name: str) -> None:
        self.client.begin_recover_deleted_secret(name).wait(PATIENCE.total_seconds())


@dataclass(slots=True)
class PasswordVault:
    """The port, its clock, and who else uses the same vault: people, and `officer`, who may make certificates there.
    `break_next_store` breaks the connection before or after the next password is stored, where a test can do that;
    `secrets` are the names that tests used."""

    port: Vaults
    clock: Clock
    people: People
    officer: Subject
    break_next_store: Callable[[Moment], None] | None
    secrets: list[str] = field(default_factory=list)

    def ref(self) -> SecretReference:
        """Return a new name."""
        self.secrets.append(f"contract-{uuid.uuid4().hex[:12]}")
        return SecretReference(VAULT, self.secrets[-1])

    def store(
        self,
        ref: SecretReference,
        value: str,
        not_before: datetime | None = None,
        expires: datetime | None = None,
    ) -> Version:
        return self.people.store(ref.name, value, not_before, expires)
