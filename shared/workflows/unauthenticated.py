"""Offer mail without logging in, where the inventory says that it is refused."""

from collections.abc import Iterable
from dataclasses import replace

from shared.domain.alerting.observed import Observations, Watched, mail_at
from shared.domain.places import PlaceSeen
from shared.domain.unauthenticated import Offer, offers_to_make
from shared.errors import PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Place
from shared.ports import Ports


def with_offers(observations: Observations, ports: Ports) -> Observations:
    """Add what came of it at each place that was seen: once, however many certificates are served there."""
    offers: dict[Place, tuple[Offer, ...]] = {}
    blind = dict(observations.blind)
    for place, there in places_seen(observations.watched).values():
        if (recipient := place.relay.refuses_unauthenticated) is not None:
            try:
                with guard(f"offering mail to {place}"):
                    sender = place.relay.unauthenticated_sender or recipient
                    offers[place] = ports.relays.offer(offers_to_make(there), recipient, sender)
            except (TransientError, PermanentError) as failure:
                blind[mail_at(place)] = str(failure)
    return replace(observations, offers=offers, blind=blind)


def places_seen(watched: Iterable[Watched]) -> dict[str, tuple[Place, PlaceSeen]]:
    """Return each place that was seen, by its name."""
    return {
        str(place): (place, there)
        for each in watched
        for place, there in each.seen.places.items()
        if isinstance(there, PlaceSeen)
    }
