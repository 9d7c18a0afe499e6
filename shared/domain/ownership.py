"""Whose a Secret is.

Judged from the object that was read: apply reports no conflict for equal values or disjoint keys.
"""

from collections.abc import Collection, Iterable

from shared.domain.places import FieldOwner, SecretSeen

OURS = "relaykeeper/"
BY_HAND = "kubectl"
"""Field managers of people at a terminal (`kubectl-edit`, `kubectl-patch`); Flux draws the same line."""


def strangers(seen: SecretSeen) -> tuple[FieldOwner, ...]:
    """Return who else owns keys of the Secret; nobody where it is ours, whatever a person changed in it by hand.

    A Secret that we never wrote belongs to whoever made it, a person's `kubectl create` included.
    """
    owners = everybody(seen)
    ours = any(map(is_ours, owners)) or any(annotation.startswith(OURS) for annotation in seen.annotations)
    return tuple(owner for owner in owners if not is_ours(owner) and not (ours and is_hand(owner)))


def in_the_way(seen: SecretSeen, adopt: str | None) -> list[str]:
    """Name the strangers who must let go before we may write. With `adopt` goes what people changed by hand."""
    others = strangers(seen)
    if not any(owner.name == adopt for owner in others):
        return names(others)
    return names(owner for owner in others if owner.name != adopt and not is_hand(owner))


def claims_to_drop(seen: SecretSeen, fields: Collection[str], adopt: str | None) -> list[str]:
    """Name the field managers whose claims are dropped before we write these files and annotations: all their claims.

    People who edited any of them go; so does whoever is to be adopted, and everybody's edits with it. What they own
    besides stays as it is, and is nobody's.
    """
    if any(owner.name == adopt for owner in strangers(seen)):
        return names(owner for owner in everybody(seen) if owner.name == adopt or is_hand(owner))
    claims = {**seen.owners, **seen.annotators}
    return names(owner for field in fields for owner in claims.get(field, ()) if is_hand(owner))


def everybody(seen: SecretSeen) -> tuple[FieldOwner, ...]:
    return tuple(dict.fromkeys(owner for owners in seen.owners.values() for owner in owners))


def names(owners: Iterable[FieldOwner]) -> list[str]:
    return sorted({owner.name for owner in owners})


def is_ours(owner: FieldOwner) -> bool:
    return owner.applied and owner.name.startswith(OURS)


def is_hand(owner: FieldOwner) -> bool:
    return not owner.applied and owner.name.startswith(BY_HAND)
