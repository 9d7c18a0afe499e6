"""What is wrong with a certificate as a whole: told at each place that serves it, where there is one."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared.domain.alerting.alert import Alert, AlertName, Condition
from shared.domain.alerting.at_places import at_place
from shared.domain.alerting.ending import ends, expiry_alerts
from shared.domain.alerting.life import Urgency, lateness, stage, urgency
from shared.domain.alerting.observed import Watched, fronts_of
from shared.domain.alerting.of_waiting import NO_TIME, has_waited_long, waiting
from shared.domain.alerting.patience import A_NODE_UPGRADE, TICK
from shared.domain.alerting.spot import Spot, spot_at
from shared.domain.fronts import front_questions
from shared.domain.places import PlaceSeen
from shared.domain.quarantine import quarantined


def of_certificate(watched: Watched, now: datetime) -> Iterator[Condition]:
    """Yield everything that is wrong with a certificate, wherever it is served."""
    if not watched.seen.places:
        yield from unserved(watched, now)
    for place, there in watched.seen.places.items():
        spot = spot_at(watched, place, there, now)
        yield from written_down(spot, seen=isinstance(there, PlaceSeen))
        if isinstance(there, PlaceSeen):
            yield from at_place(spot, there)
    yield from at_fronts(watched, now)


def unserved(watched: Watched, now: datetime) -> Iterator[Condition]:
    """A certificate that no relay serves is watched where it is stored."""
    for leaf in watched.stored_leaves:
        if (how := stage(lateness(leaf, now))) is not None:
            message = f"the stored version {ends(leaf, now)}"
            for name, patience in expiry_alerts(leaf, now):
                yield Condition(alert(watched, name, message, how, watched.itself, now), patience)
    how = urgency(watched.stored_leaves, now)
    if (waits := waiting(watched, None, now)) is not None:
        yield Condition(alert(watched, "RenewalWaiting", waits.message, how, watched.journal, now), waits.patience)
    if watched.failure is not None:
        failing = alert(
            watched,
            "RenewalFailing",
            f"the last attempt to renew it failed: {watched.failure}",
            how,
            watched.journal,
            now,
        )
        yield Condition(failing, time_to_fail(watched, now))


def time_to_fail(watched: Watched, now: datetime) -> timedelta:
    """Return how long a failure may last: no longer where it is a wait that has lasted too long already."""
    return NO_TIME if has_waited_long(watched, None, now) else A_NODE_UPGRADE


def alert(watched: Watched, name: AlertName, message: str, how: Urgency, relies_on: str, now: datetime) -> Alert:
    certificate = watched.certificate.name
    message = f"{certificate}: {message}"
    return Alert(name=name, urgency=how, message=message, since=now, certificate=certificate, relies_on=(relies_on,))


def written_down(spot: Spot, *, seen: bool) -> Iterator[Condition]:
    """What the journal says: why the last attempt failed, here if the place was `seen`; what it waits for, and what is
    in quarantine.

    Only the next tick tries a place again, and writes down that it went well.
    """
    journal, stored = spot.watched.journal_now, spot.watched.seen.stored
    at_the_place, failure = journal.at(str(spot.place)).error if seen else None, spot.watched.failure
    if (error := failure or at_the_place) is not None:
        patience = TICK if failure is None else time_to_fail(spot.watched, spot.now)
        message = f"the last attempt to {'deliver' if failure is None else 'renew'} it failed: {error}"
        yield spot.condition("RenewalFailing", message, patience, relies_on=(spot.watched.journal,))
    if (waits := waiting(spot.watched, spot.place, spot.now)) is not None:
        yield spot.condition("RenewalWaiting", waits.message, waits.patience, relies_on=(spot.watched.journal,))
    if stored is not None and (entry := quarantined(journal, spot.place, stored.version)) is not None:
        since = f"since {entry.place} failed" if entry.place else f"since {entry.at:%Y-%m-%d %H:%M} UTC"
        message = f"version {entry.version} is in quarantine {since}: {entry.reason}"
        yield spot.condition("VersionQuarantined", message, relies_on=(spot.watched.itself, spot.watched.journal))


def at_fronts(watched: Watched, now: datetime) -> Iterator[Condition]:
    """Public names behind which something else is served than in any of the relay's clusters."""
    relays = {place.relay.name: place.relay for place in watched.seen.places}
    for relay in relays.values():
        for front in [question.pod for question in front_questions(watched.certificate, relay)]:
            if (fault := watched.seen.fronts.get(front)) is not None:
                differs = Alert(
                    name="FrontDiffers",
                    urgency=urgency(watched.stored_leaves, now),
                    message=f"{watched.certificate.name} at {front}: {fault}",
                    since=now,
                    service=relay.name,
                    certificate=watched.certificate.name,
                    subject=front,
                    relies_on=(watched.itself, fronts_of(watched.certificate.name)),
                )
                yield Condition(differs, A_NODE_UPGRADE)
