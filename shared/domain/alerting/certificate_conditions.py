"""What is wrong with a certificate: reported at each place that serves it, where there is one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.domain.alerting.alert import (
    AT_ONCE,
    NEXT_TICK,
    NODE_UPGRADE,
    Alert,
    AlertName,
    Condition,
    Urgency,
    describe_expiry,
    expiry_alerts,
    lateness,
    longest_wait,
    stage,
    urgency,
)
from shared.domain.alerting.place_conditions import PlaceContext, place_conditions, place_context
from shared.domain.assessment import Assessment
from shared.domain.journal import ISSUANCE
from shared.domain.object_ref import certificate_ref
from shared.domain.observation import Observation
from shared.domain.pause_scopes import issuing_scopes
from shared.domain.pauses import place_scopes, within
from shared.domain.quarantine import quarantine_of
from shared.domain.serving.place_observation import PlaceObservation
from shared.domain.serving.probe_plan import public_endpoint_probes
from shared.domain.sources import endpoints_source
from shared.inventory import Place


def certificate_conditions(assessment: Assessment, fleet: tuple[Assessment, ...], now: datetime) -> Iterator[Condition]:
    """Yield everything that is wrong with a certificate, wherever it is served."""
    observation = assessment.observation
    if not observation.places:
        yield from unserved_conditions(observation, now)
    for place, there in observation.places.items():
        context = place_context(assessment, fleet, place, there, now)
        yield from journal_conditions(context, observed=isinstance(there, PlaceObservation))
        if isinstance(there, PlaceObservation):
            yield from place_conditions(context, there)
    yield from endpoint_conditions(observation, now)


def unserved_conditions(observation: Observation, now: datetime) -> Iterator[Condition]:
    """A certificate that no relay serves is watched in its vault and its journal."""
    for leaf in observation.stored_leaves:
        if (how := stage(lateness(leaf, now))) is not None:
            message = f"the stored version {describe_expiry(leaf, now)}"
            for name, pending_for in expiry_alerts(leaf, now):
                alert = certificate_alert(observation, name, message, how, now, (observation.source,))
                yield Condition(alert, pending_for)
    how, depends_on = urgency(observation.stored_leaves, now), (observation.journal_source,)
    if (wait := current_wait(observation, None, now)) is not None:
        alert = certificate_alert(observation, "RenewalWaiting", wait.message, how, now, depends_on)
        yield Condition(alert, wait.pending_for)
    if observation.failure is not None:
        message = f"the last attempt to renew it failed: {observation.failure}"
        alert = certificate_alert(observation, "RenewalFailing", message, how, now, depends_on)
        yield Condition(alert, failure_pending_for(observation, now))


def certificate_alert(
    observation: Observation,
    name: AlertName,
    message: str,
    how: Urgency,
    now: datetime,
    depends_on: tuple[str, ...],
    relay: str = "",
    endpoint: str = "",
) -> Alert:
    """Return an alert about a certificate as a whole, or at a public endpoint of a relay."""
    certificate = observation.certificate.name
    return Alert(
        name=name,
        urgency=how,
        message=f"{certificate} at {endpoint}: {message}" if endpoint else f"{certificate}: {message}",
        since=now,
        object=certificate_ref(certificate),
        relay=relay,
        detail=endpoint,
        depends_on=depends_on,
    )


def journal_conditions(context: PlaceContext, *, observed: bool) -> Iterator[Condition]:
    """What the journal says of a place: why the last attempt failed, what it waits for, what is in quarantine.

    A failed delivery counts only where the place was `observed`. Only the next tick tries again, and records success.
    """
    observation = context.assessment.observation
    journal, stored, depends_on = (
        observation.active_journal,
        observation.stored,
        (observation.journal_source,),
    )
    delivery_error, failure = journal.at(str(context.place)).error if observed else None, observation.failure
    if (error := failure or delivery_error) is not None:
        pending_for = NEXT_TICK if failure is None else failure_pending_for(observation, context.now)
        message = f"the last attempt to {'deliver' if failure is None else 'renew'} it failed: {error}"
        yield context.condition("RenewalFailing", message, pending_for, depends_on=depends_on)
    if (wait := current_wait(observation, context.place, context.now)) is not None:
        yield context.condition("RenewalWaiting", wait.message, wait.pending_for, depends_on=depends_on)
    if stored is not None and (entry := quarantine_of(journal, context.place, stored.version)) is not None:
        since = f"since {entry.place} failed" if entry.place else f"since {entry.at:%Y-%m-%d %H:%M} UTC"
        message = f"version {entry.version} is in quarantine {since}: {entry.message}"
        yield context.condition(
            "VersionQuarantined", message, reason=entry.reason, depends_on=(observation.source, *depends_on)
        )


def failure_pending_for(observation: Observation, now: datetime) -> timedelta:
    """Return how long a failure may last: no longer where it ends a wait that has lasted too long already."""
    return AT_ONCE if has_waited_long(observation, None, now) else NODE_UPGRADE


class LongWait(NamedTuple):
    """A renewal that waits, which is no failure, so that no other alert reports it."""

    message: str
    pending_for: timedelta | None


def current_wait(observation: Observation, place: Place | None, now: datetime) -> LongWait | None:
    """Return how long the issuance, or the delivery to `place`, has waited for what; None if it does not.

    Once it counts as a failure RenewalFailing starts, and this alert only continues: the wait is not over. A pause
    excuses it.
    """
    attempt = observation.active_journal.attempt
    since = attempt.waiting_since
    if since is None or attempt.waiting_on not in (ISSUANCE, str(place)):
        return None
    reason = (attempt.waiting_for or observation.failure or "it was not looked at since").removesuffix(".")
    what = "issued" if attempt.waiting_on == ISSUANCE else "served here"
    message = f"the new version is not {what}, and waits since {since:%Y-%m-%d %H:%M} UTC: {reason}"
    excused = observation.failure is not None or is_paused(observation, place)
    starts = not excused and has_waited_long(observation, place, now)
    return LongWait(message, AT_ONCE if starts else None)


def has_waited_long(observation: Observation, place: Place | None, now: datetime) -> bool:
    """Say whether the issuance, or the delivery to `place`, has waited for longer than a healthy one."""
    journal, attempt = observation.active_journal, observation.active_journal.attempt
    if attempt.waiting_since is None:
        return False
    pick_up = place.relay.pick_up if place is not None and attempt.waiting_on != ISSUANCE else None
    return now - attempt.waiting_since >= longest_wait(pick_up, requested=journal.requested_by is not None)


def is_paused(observation: Observation, place: Place | None) -> bool:
    """Say whether a person paused what is waited for."""
    pauses = observation.pauses
    if observation.active_journal.attempt.waiting_on == ISSUANCE:
        return bool(within(pauses, issuing_scopes(observation.certificate)))
    return place is not None and bool(
        within(pauses, place_scopes(certificate_ref(observation.certificate.name), place))
    )


def endpoint_conditions(observation: Observation, now: datetime) -> Iterator[Condition]:
    """Public endpoints that serve something else than any of the relay's clusters."""
    how = urgency(observation.stored_leaves, now)
    depends_on = (observation.source, endpoints_source(observation.certificate.name))
    relays = {place.relay.name: place.relay for place in observation.places}
    for relay in relays.values():
        for endpoint in [question.pod for question in public_endpoint_probes(observation.certificate, relay)]:
            if (fault := observation.public_endpoints.get(endpoint)) is not None:
                alert = certificate_alert(
                    observation, "PublicEndpointDiffers", fault, how, now, depends_on, relay.name, endpoint
                )
                yield Condition(alert, NODE_UPGRADE)
