"""Whose password a version is, by its mark: a probe client's, or one that a client may have in use."""

from dataclasses import dataclass
from typing import Literal

from shared.domain.clients.stored_password import FOR_PROBE, USE_TAG
from shared.domain.object_ref import Version
from shared.inventory.clients import Client

PasswordUseReason = Literal["ProbeNotMarked", "MarkedForProbe"]


@dataclass(frozen=True, slots=True)
class PasswordUseFault:
    """Why the mark on a version does not go with its client; `message` says what to do."""

    reason: PasswordUseReason
    message: str


def password_use_fault(
    client: Client, version: Version, *, probe_of: str | None, for_probe: bool
) -> PasswordUseFault | None:
    """Say what is wrong if an unmarked version is the password of the probe client of a relay (`probe_of`), or a marked
    one that of an ordinary client; None where the mark goes with the client."""
    if probe_of is not None and not for_probe:
        return PasswordUseFault("ProbeNotMarked", not_marked(client, version, probe_of))
    if probe_of is None and for_probe:
        return PasswordUseFault("MarkedForProbe", marked(client, version))
    return None


def not_marked(client: Client, version: Version, probe_of: str) -> str:
    return (
        f"relay {probe_of} names it as probe_client, but version {version[:8]} of its password is not marked as a "
        "probe client's: it may be in use, so it is neither replaced nor used for a login. Name another client, with a "
        "new user and a new secret; or, if nobody uses it, mark it: "
        f"{set_tags(client, version, f'{USE_TAG}={FOR_PROBE}')} (this replaces its other tags)"
    )


def marked(client: Client, version: Version) -> str:
    return (
        f"version {version[:8]} of its password is marked as a probe client's (tag {USE_TAG}), which may be replaced "
        "at any time, so no relay gets it. Store another version; or, if the mark is wrong, remove it: "
        f"{set_tags(client, version, "''")} (this removes its other tags too)"
    )


def set_tags(client: Client, version: Version, tags: str) -> str:
    """Return the command of Azure's CLI; the address of a vault is what the inventory has as its `url`."""
    where = f"URL-OF-VAULT-{client.vault}/secrets/{client.secret}/{version}"
    return f"`az keyvault secret set-attributes --id {where} --tags {tags}`"
