"""Offer mail without logging in, where the inventory says that it is refused."""

from collections.abc import Iterable
from dataclasses import replace

from shared.domain.places import PlaceSeen
from shared.domain.report import CertificateReport, FleetReport, open_relay_source
from shared.domain.unauthenticated import Offer, offers_to_make
from shared.errors import PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Place
from shared.ports import Ports


def with_offers(observations: FleetReport, ports: Ports) -> FleetReport:
    """Add what came of it at each place that was seen: once, however many certificates are served there."""
    offers: dict[Place, tuple[Offer, ...]] = {}
    blind = dict(observations.read_errors)
    for place, there in places_seen(observations.certificates).values():
        if (recipient := place.relay.refuses_unauthenticated) is not None:
            try:
                with guard(f"offering mail to {place}"):
                    sender = place.relay.unauthenticated_sender or recipient
                    offers[place] = ports.relays.offer(offers_to_make(there), recipient, sender)
            except (TransientError, PermanentError) as failure:
                blind[open_relay_source(place)] = str(failure)
    return replace(observations, offers=offers, read_errors=blind)


def places_seen(watched: Iterable[CertificateReport]) -> dict[str, tuple[Place, PlaceSeen]]:
    """Return each place that was seen, by its name."""
    return {
        str(place): (place, there)
        for each in watched
        for place, there in each.observation.places.items()
        if isinstance(there, PlaceSeen)
    }
