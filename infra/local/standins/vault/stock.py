"""What a vault holds from its start on, as if its operator had stored it."""

import uuid
from collections.abc import Mapping

from infra.local.standins.vault.keys import seconds_now
from infra.local.standins.vault.objects import Secret, SecretVersion
from infra.local.standins.vault.store import Store


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
