"""Which pauses are about a certificate, and which certificates a pause is about."""

from shared.domain.object_ref import ObjectRef, certificate_ref
from shared.domain.pauses import object_scopes, place_scopes
from shared.inventory import Inventory
from shared.inventory.relays import Certificate


def issuing_scopes(certificate: Certificate) -> tuple[ObjectRef, ...]:
    """Return every scope whose pause keeps the certificate from being issued."""
    return *object_scopes(certificate_ref(certificate.name)), ObjectRef("issuer", certificate.issuer)


def certificates_held_by(scope: ObjectRef, inventory: Inventory) -> list[ObjectRef]:
    """Return the managed certificates that a pause of `scope` affects, in the inventory's order."""
    return [
        certificate_ref(name)
        for name, certificate in inventory.certificates.items()
        if certificate.mode == "manage"
        and (
            scope in issuing_scopes(certificate)
            or any(scope in place_scopes(certificate_ref(name), place) for place in inventory.places(name))
        )
    ]
