"""Which pauses are about an object, and which objects a pause is about."""

from shared.domain.object_ref import ObjectRef, certificate_ref, client_ref
from shared.domain.pauses import object_scopes, place_scopes
from shared.inventory import Inventory
from shared.inventory.clients import Client
from shared.inventory.relays import Certificate


def issuing_scopes(certificate: Certificate) -> tuple[ObjectRef, ...]:
    """Return every scope whose pause keeps the certificate from being issued."""
    return *object_scopes(certificate_ref(certificate.name)), ObjectRef("issuer", certificate.issuer)


def client_scopes(client: Client, inventory: Inventory) -> frozenset[ObjectRef]:
    """Return every scope whose pause affects the client, or one of its places."""
    target = client_ref(client.name)
    at_places = (scope for place in inventory.client_places(client) for scope in place_scopes(target, place))
    return frozenset((*object_scopes(target), *at_places))


def held_by(scope: ObjectRef, inventory: Inventory) -> list[ObjectRef]:
    """Return the managed certificates and clients that a pause of `scope` affects, in the order in which a tick takes
    them."""
    certificates = [
        certificate_ref(name)
        for name, certificate in inventory.certificates.items()
        if certificate.mode == "manage"
        and (
            scope in issuing_scopes(certificate)
            or any(scope in place_scopes(certificate_ref(name), place) for place in inventory.places(name))
        )
    ]
    clients = [
        client_ref(client.name)
        for client in inventory.clients_probes_last()
        if client.mode == "manage" and scope in client_scopes(client, inventory)
    ]
    return certificates + clients
