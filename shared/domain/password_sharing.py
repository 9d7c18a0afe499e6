"""Which clients have the same password: each could log in as the other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.domain.client_observation import ClientObservation
from shared.domain.clients.client_secret import same_name
from shared.inventory.clients import Client

PasswordSharingReason = Literal["PasswordShared", "PasswordEqualElsewhere"]


@dataclass(frozen=True, slots=True)
class SharedPassword:
    """That the newest passwords of `clients` (IDs) are equal to one client's: nothing of the password is in it."""

    reason: PasswordSharingReason
    message: str
    clients: tuple[str, ...]


def shared_passwords(observations: Iterable[ClientObservation]) -> Mapping[str, tuple[SharedPassword, ...]]:
    """Return, by ID, which clients of one look share their password with others, in the same vault or another one."""
    by_fingerprint: dict[bytes, list[Client]] = {}
    for each in observations:
        if each.stored is not None and each.stored.fingerprint:
            by_fingerprint.setdefault(each.stored.fingerprint, []).append(each.client)
    equal = [clients for clients in by_fingerprint.values() if len(clients) > 1]
    found = {client.name: shared_with(client, clients) for clients in equal for client in clients}
    return {name: shared for name, shared in found.items() if shared}


def shared_with(client: Client, equal: Sequence[Client]) -> tuple[SharedPassword, ...]:
    """Return what is wrong with a client whose password all of these have; its own secret is not another's."""
    others = [each for each in equal if not is_same_secret(each, client)]
    here = tuple(each.name for each in others if each.vault == client.vault)
    elsewhere = tuple(each.name for each in others if each.vault != client.vault)
    advice = "Give each client a password of its own"
    found = []
    if here:
        message = f"the password is also that of {' and '.join(here)}, in the same vault. {advice}"
        found.append(SharedPassword("PasswordShared", message, here))
    if elsewhere:
        message = f"the password is also that of {' and '.join(elsewhere)}, in another vault. {advice}"
        found.append(SharedPassword("PasswordEqualElsewhere", message, elsewhere))
    return tuple(found)


def is_same_secret(client: Client, other: Client) -> bool:
    """Say whether two clients read one secret; Key Vault ignores the case of its name."""
    return client.vault == other.vault and same_name(client.secret, other.secret)
