"""Names by which a relay knows clients that the inventory does not have: files in its Secret, objects of a class."""

from shared.domain.client_observation import AnyClientPlaceObservation, ClientPlaceObservation
from shared.domain.serving.place_observation import ProviderObject
from shared.inventory import Inventory, Place


def undeclared_objects(
    place: Place, there: AnyClientPlaceObservation, inventory: Inventory
) -> tuple[ProviderObject, ...]:
    """Return the secrets that the place's SecretProviderClass lists, that are not ignored and are no client's there."""
    source = place.relay.clients.source
    if source is None or not isinstance(there, ClientPlaceObservation):
        return ()
    known = {name.lower() for name in source.ignore}
    known |= {client.secret.lower() for client in inventory.clients_of(place.relay.name)}
    listed = {each.name.lower(): each for each in reversed(there.listed or ()) if each.kind == "secret"}
    return tuple(each for name, each in reversed(listed.items()) if name not in known)


def undeclared_files(place: Place, there: AnyClientPlaceObservation, inventory: Inventory) -> tuple[str, ...]:
    """Return the files in the place's clients' Secret that are no client's there, by name."""
    if not isinstance(there, ClientPlaceObservation) or there.secret is None:
        return ()
    users = {client.user for client in inventory.clients_of(place.relay.name)}
    return tuple(sorted(file for file in there.secret.digests if file not in users))
