"""Whose a Secret is.

Judged from the object that was read: apply reports no conflict for equal values or disjoint keys.
"""

from collections.abc import Collection

from shared.domain.places import FieldOwner, SecretSeen
from shared.domain.secret_part import annotation_of

OURS = "relaykeeper/"
BY_HAND = "kubectl"
"""Field managers of people at a terminal (`kubectl-edit`, `kubectl-patch`); Flux draws the same line."""


def foreign_owner(seen: SecretSeen) -> str | None:
    """Name who else the Secret belongs to; None where it is ours, whatever a person changed in it by hand.

    A Secret that we never wrote belongs to whoever made it, a person's `kubectl create` included.
    """
    if seen.controllers:
        return seen.controllers[0]
    written_by_us = any(annotation.startswith(OURS) for annotation in seen.annotations)
    for owners in seen.owners.values():
        for owner in owners:
            if not is_ours(owner) and not (written_by_us and is_hand(owner)):
                return owner.name
    return None


def hands_on(seen: SecretSeen, files: Collection[str]) -> tuple[str, ...]:
    """Return the field managers of people who edited our files; their claim is dropped before we mend."""
    return tuple(sorted({o.name for file in files for o in seen.owners.get(file, ()) if is_hand(o)}))


def is_ours(owner: FieldOwner) -> bool:
    return owner.applied and owner.name.startswith(OURS)


def is_hand(owner: FieldOwner) -> bool:
    return not owner.applied and owner.name.startswith(BY_HAND)


def secret_refusal(place: str, secret: str, seen: SecretSeen, certificate: str) -> str | None:
    """Say why the Secret `namespace/name` must not be written, and the way out; None where it may be."""
    if (owner := foreign_owner(seen)) is not None:
        return (
            f"cannot write Secret {secret} at {place} for {certificate}: it belongs to {owner}. "
            f"Stop {owner} from managing it and delete it, or name another Secret for relay {place.split('@')[0]}."
        )
    if seen.immutable and annotation_of(certificate) in seen.annotations:
        return f"cannot write Secret {secret} at {place}: it is immutable. Delete it; it is made anew on the next tick."
    return None
