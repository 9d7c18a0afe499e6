"""Why a Secret must not be written, and the way out."""

from collections.abc import Collection, Sequence

from shared.domain.ownership import BY_HAND, in_the_way, names, strangers
from shared.domain.places import SecretSeen
from shared.domain.secret_part import OPAQUE, TLS
from shared.inventory import Place

WRITABLE = (OPAQUE, TLS)
"""Other types mean something to Kubernetes: a controller puts a service account's token into one of them."""

LETTING_GO = {
    "kustomize-controller": "Remove it from Git, with kustomize.toolkit.fluxcd.io/prune: disabled first",
    "helm-controller": "Remove it from the chart, with helm.sh/resource-policy: keep first",
    "helm": "Remove it from the chart, with helm.sh/resource-policy: keep first",
}
"""How to make a manager forget a Secret without deleting it."""


def secret_refusal(certificate: str, place: Place, seen: SecretSeen, adopted: Collection[str]) -> str | None:
    """Say why the Secret must not be written; None where it may be.

    `adopted`: the field managers from whom it was taken over before, which happens once.
    """
    tried = f"cannot write Secret {place.relay.workload.namespace}/{place.serves.secret} at {place} for {certificate}"
    if seen.type not in WRITABLE:
        return (
            f"{tried}: its type is {seen.type}, and only {' and '.join(WRITABLE)} are written. Delete it, if nobody "
            f"else needs it: it is recreated on the next run; or {elsewhere(place)}."
        )
    if seen.controllers:
        owner = seen.controllers[0]
        return (
            f"{tried}: it belongs to {owner} by an ownerReference, which cannot be adopted. "
            f"Stop {owner} from making it and delete it, or {elsewhere(place)}."
        )
    if back := [owner for owner in names(strangers(seen)) if owner in adopted]:
        return (
            f"{tried}: it belongs to {back[0]}, which took it back after it was adopted. {letting_go(back[0])}, "
            f"then delete the Secret: it is made anew on the next tick."
        )
    if owners := in_the_way(seen, place.relay.adopt):
        return f"{tried}: it belongs to {' and '.join(owners)}. {way_out(owners, seen, place)}"
    if seen.immutable:
        return f"{tried}: it is immutable. Delete it; it is made anew on the next tick."
    return None


def way_out(owners: Sequence[str], seen: SecretSeen, place: Place) -> str:
    """Say how these strangers can be made to let go; adopting works for one of them, if the Secret can be changed."""
    one = next((owner for owner in owners if not in_the_way(seen, owner)), None)
    if one is None or seen.immutable:
        return f"Stop {' and '.join(owners)} from managing it and delete it, or {elsewhere(place)}."
    return (
        f"{letting_go(one)}, then set adopt: {one} for relay {place.relay.name} in the inventory; "
        f"or {elsewhere(place)}."
    )


def letting_go(owner: str) -> str:
    if owner.startswith(BY_HAND):
        return "It was made by hand: see who else needs it"
    return LETTING_GO.get(owner, f"Stop {owner} from managing it")


def elsewhere(place: Place) -> str:
    return f"name another Secret for relay {place.relay.name}"
