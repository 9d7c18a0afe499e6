"""Offer mail without logging in, where the inventory says that it is refused."""

from collections.abc import Iterable

from shared.domain.alerting.observed import Watched
from shared.domain.inventory import Place
from shared.domain.places import PlaceSeen
from shared.domain.unauthenticated import Offer, offers_to_make
from shared.ports import Ports


def offer_mail(watched: Iterable[Watched], ports: Ports) -> dict[Place, tuple[Offer, ...]]:
    """Return what came of it at each place that was seen: once, however many certificates are served there."""
    seen = {
        str(place): (place, there)
        for each in watched
        for place, there in each.seen.places.items()
        if isinstance(there, PlaceSeen)
    }
    return {
        place: ports.relays.offer(offers_to_make(there), recipient, place.relay.unauthenticated_sender or recipient)
        for place, there in seen.values()
        if (recipient := place.relay.refuses_unauthenticated) is not None
    }
