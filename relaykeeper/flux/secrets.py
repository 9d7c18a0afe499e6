"""Whether each listed name has its secret: the names, states and dates that a vault lists, and no password.

One listed name without its secret keeps every pod of a relay from starting: the Secrets Store CSI driver mounts all of
its objects or none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.clients.client_secret import ClientSecretReason, judge_client_secret
from shared.inventory import Inventory, SecretReference
from shared.inventory.relays import Relay
from shared.ports import Vaults

type SecretState = ClientSecretReason | Literal["VaultUnknown"]


@dataclass(frozen=True, slots=True)
class ListedName:
    """A name in a list of a relay, and the secret that must hold its password; None if its vault is unknown."""

    user: str
    relay: str
    secret: SecretReference | None
    client: str | None
    """The client of the inventory that it is, if any."""


@dataclass(frozen=True, slots=True)
class SecretVerdict:
    """What a vault lists of the secret of a name; `message` says it, and what to do."""

    name: ListedName
    reason: SecretState
    message: str

    @property
    def usable(self) -> bool:
        return self.reason == "SecretUsable"

    def document(self) -> Mapping[str, object]:
        """Return it as `--json` shows it."""
        return {
            "user": self.name.user,
            "relay": self.name.relay,
            "client": self.name.client,
            "secret": None if self.name.secret is None else str(self.name.secret),
            "usable": self.usable,
            "reason": self.reason,
            "message": self.message,
        }

    def __str__(self) -> str:
        return f"{self.name.secret or f'?/{self.name.user}'}: {self.message}"


def listed_secrets(relay: Relay, names: Iterable[str], inventory: Inventory) -> Iterator[ListedName]:
    """Yield each name with its secret: its client's, or, if the inventory has none, the secret called like the name."""
    clients = {client.user: client for client in inventory.clients_of(relay.name)}
    vault = inventory.clients_vault(relay)
    for name in names:
        client = clients.get(name)
        if client is not None:
            yield ListedName(name, relay.name, SecretReference(client.vault, client.secret), client.name)
        else:
            yield ListedName(name, relay.name, SecretReference(vault, name) if vault else None, None)


def judge_secrets(listed: Iterable[ListedName], vaults: Vaults, now: datetime) -> list[SecretVerdict]:
    """Return a verdict for each name and vault, once, in their order; asks each vault once."""
    once: dict[tuple[str, SecretReference | str], ListedName] = {}
    for name in listed:
        once.setdefault((name.user, name.secret or name.relay), name)
    asked = dict.fromkeys(name.secret.vault for name in once.values() if name.secret is not None)
    entries = {vault: vaults.entries(vault) for vault in asked}
    return [judge(name, entries, now) for name in once.values()]


def judge(name: ListedName, entries: Mapping[str, Sequence[VaultEntry]], now: datetime) -> SecretVerdict:
    whose = f"user {name.user} of relay {name.relay}"
    if name.client is None:
        whose += ", which the inventory does not have"
    if name.secret is None:
        message = f"{whose}: its vault is not known. Name it in relays.{name.relay}.clients.vault"
        return SecretVerdict(name, "VaultUnknown", message)
    found = judge_client_secret(name.secret.name, entries[name.secret.vault], now)
    advice = ", or take the name out of the list" if found.reason == "SecretUnavailable" else ""
    return SecretVerdict(name, found.reason, f"{whose}: {found.message}{advice}")
