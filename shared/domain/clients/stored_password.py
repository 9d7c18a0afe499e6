"""A client's password as its vault keeps it, and the tags that say which of them we made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.domain.clients.password import Password
from shared.domain.object_ref import Version
from shared.inventory.names import DNS_LABEL, fits

CLIENT_TAG = "relaykeeper-client"
"""Names, on a version that we made, the client by its ID in the inventory."""

MANAGER_TAG, MANAGER = "managed-by", "relaykeeper"

USE_TAG, FOR_PROBE = "relaykeeper-use", "probe"
"""Says, on a version that we made or that a person marked, that it is a probe client's and nobody else uses it."""


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """A version of a client's secret in its vault, with the password itself: for the moment of use, never kept or
    shown."""

    version: Version
    password: Password
    begins: datetime
    """UTC; when it becomes valid, where that was set, else when it was stored."""
    expires: datetime | None
    """UTC; None where no end was set. Key Vault reads an expired secret like any other."""
    made_for: str | None
    """The ID of the client that our tags name; None on a version that Relaykeeper did not make."""
    for_probe: bool = False
    """It is marked as a probe client's: only such a one may be replaced, and used for a login day by day."""


def tags_of_password(client: str, *, for_probe: bool) -> dict[str, str]:
    """Return the tags of a password that we make for a client, by its ID; nothing in them comes from the password."""
    return {MANAGER_TAG: MANAGER, CLIENT_TAG: client, **({USE_TAG: FOR_PROBE} if for_probe else {})}


def is_for_probe(tags: Mapping[str, str]) -> bool:
    """Say whether a version with these tags is marked as a probe client's."""
    return tags.get(USE_TAG) == FOR_PROBE


def made_for(tags: Mapping[str, str]) -> str | None:
    """Return the client for which we made a version with these tags; None if they are not all ours."""
    client = tags.get(CLIENT_TAG, "")
    return client if tags.get(MANAGER_TAG) == MANAGER and fits(DNS_LABEL, client) else None
