"""Who owns a Secret's fields, whose claims may be dropped, and when a Secret is not ours to write."""

from collections.abc import Collection, Iterable, Sequence

from shared.domain.serving.place_observation import FieldOwner, SecretSnapshot
from shared.domain.serving.tls_secret import OPAQUE, TLS
from shared.inventory import Place

OUR_MANAGERS = "relaykeeper/"

BY_HAND = "kubectl"
"""Field managers of people at a terminal (`kubectl-edit`, `kubectl-patch`); Flux draws the same line."""

WRITABLE = (OPAQUE, TLS)
"""Other types mean something to Kubernetes: a controller puts a service account's token into one of them."""

RELEASE_ADVICE = {
    "kustomize-controller": "Remove it from Git, with kustomize.toolkit.fluxcd.io/prune: disabled first",
    "helm-controller": "Remove it from the chart, with helm.sh/resource-policy: keep first",
    "helm": "Remove it from the chart, with helm.sh/resource-policy: keep first",
}
"""How to make a manager forget a Secret without deleting it."""


def foreign_managers(snapshot: SecretSnapshot) -> tuple[FieldOwner, ...]:
    """Return who else owns keys of the Secret. People who edited a Secret of ours by hand are left out.

    A Secret that we never wrote belongs to its maker, also to a person who used `kubectl create`.
    """
    owners = all_managers(snapshot)
    ours = any(map(is_our_manager, owners)) or any(
        annotation.startswith(OUR_MANAGERS) for annotation in snapshot.annotations
    )
    return tuple(owner for owner in owners if not is_our_manager(owner) and not (ours and is_manual_edit(owner)))


def blocking_managers(snapshot: SecretSnapshot, adopt: str | None) -> list[str]:
    """Name the managers that must give up the Secret before we may write; with `adopt` manual edits do not count."""
    others = foreign_managers(snapshot)
    if not any(owner.name == adopt for owner in others):
        return manager_names(others)
    return manager_names(owner for owner in others if owner.name != adopt and not is_manual_edit(owner))


def managers_to_drop(snapshot: SecretSnapshot, fields: Collection[str], adopt: str | None) -> list[str]:
    """Name the field managers whose claims, all of them, are dropped before we write these files and annotations.

    These are people who edited any of them; and the manager to be adopted, with everybody's manual edits. Other fields
    that they owned keep their values, without an owner.
    """
    if any(owner.name == adopt for owner in foreign_managers(snapshot)):
        return manager_names(owner for owner in all_managers(snapshot) if owner.name == adopt or is_manual_edit(owner))
    claims = {**snapshot.owners, **snapshot.annotators}
    return manager_names(owner for field in fields for owner in claims.get(field, ()) if is_manual_edit(owner))


def all_managers(snapshot: SecretSnapshot) -> tuple[FieldOwner, ...]:
    return tuple(dict.fromkeys(owner for owners in snapshot.owners.values() for owner in owners))


def manager_names(owners: Iterable[FieldOwner]) -> list[str]:
    return sorted({owner.name for owner in owners})


def is_our_manager(owner: FieldOwner) -> bool:
    return owner.applied and owner.name.startswith(OUR_MANAGERS)


def is_manual_edit(owner: FieldOwner) -> bool:
    return not owner.applied and owner.name.startswith(BY_HAND)


def secret_refusal(certificate: str, place: Place, snapshot: SecretSnapshot, adopted: Collection[str]) -> str | None:
    """Say why the Secret must not be written; None where it may be.

    `adopted`: the field managers from whom it was taken over before, which happens once.
    """
    name = f"{place.relay.workload.namespace}/{place.relay.serving(certificate).secret}"
    tried = f"cannot write Secret {name} at {place} for {certificate}"
    if (refused := object_refusal(tried, place, snapshot)) is not None:
        return refused
    if back := [owner for owner in manager_names(foreign_managers(snapshot)) if owner in adopted]:
        return (
            f"{tried}: it belongs to {back[0]}, which took it back after it was adopted. {release_advice(back[0])}, "
            f"then delete the Secret: it is recreated on the next run."
        )
    if owners := blocking_managers(snapshot, place.relay.adopt):
        return f"{tried}: it belongs to {' and '.join(owners)}. {ownership_remedy(owners, snapshot, place)}"
    if snapshot.immutable:
        return f"{tried}: it is immutable. Delete it; it is recreated on the next run."
    return None


def clients_secret_refusal(client: str, place: Place, snapshot: SecretSnapshot) -> str | None:
    """Say why the clients' Secret must not be written; None where it may be.

    It is never adopted: the vault may not have the passwords that it holds.
    """
    name = f"{place.relay.workload.namespace}/{place.relay.clients.secret}"
    tried = f"cannot write Secret {name} at {place} for client {client}"
    if (refused := object_refusal(tried, place, snapshot)) is not None:
        return refused
    if owners := blocking_managers(snapshot, None):
        return (
            f"{tried}: it belongs to {' and '.join(owners)}. Name another Secret under clients of {place.relay.name}."
        )
    return f"{tried}: it is immutable. Name another Secret." if snapshot.immutable else None


def object_refusal(tried: str, place: Place, snapshot: SecretSnapshot) -> str | None:
    """Say why a Secret is nobody's to write but its controller's; None where it is not so."""
    if snapshot.type not in WRITABLE:
        return (
            f"{tried}: its type is {snapshot.type}, and only {' and '.join(WRITABLE)} are written. "
            f"Delete it, if nobody else needs it: it is recreated on the next run; or {use_other_secret(place)}."
        )
    if snapshot.controllers:
        owner = snapshot.controllers[0]
        return (
            f"{tried}: it belongs to {owner} by an ownerReference, which cannot be adopted. "
            f"Stop {owner} from making it and delete it, or {use_other_secret(place)}."
        )
    return None


def ownership_remedy(owners: Sequence[str], snapshot: SecretSnapshot, place: Place) -> str:
    """Say how these managers can be made to give it up; one can be adopted, if the Secret can be changed."""
    one = next((owner for owner in owners if not blocking_managers(snapshot, owner)), None)
    if one is None or snapshot.immutable:
        return f"Stop {' and '.join(owners)} from managing it and delete it, or {use_other_secret(place)}."
    return (
        f"{release_advice(one)}, then set adopt: {one} for relay {place.relay.name} in the inventory; "
        f"or {use_other_secret(place)}."
    )


def release_advice(owner: str) -> str:
    if owner.startswith(BY_HAND):
        return "It was made by hand: see who else needs it"
    return RELEASE_ADVICE.get(owner, f"Stop {owner} from managing it")


def use_other_secret(place: Place) -> str:
    return f"name another Secret for relay {place.relay.name}"
