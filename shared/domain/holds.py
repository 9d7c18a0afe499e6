"""What keeps us from changing a place now: a pause, a freeze, a window, replicas that are unhealthy already."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography import x509

from shared.domain.certificates.chain import UNREADABLE
from shared.domain.object_ref import ALL, ObjectRef
from shared.domain.pauses import Pause, longest, place_scopes, within
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation
from shared.domain.serving.place_state import PlaceState
from shared.inventory import Freeze, Place

URGENT = 0.2
"""With less than this fraction of its lifetime left, what is served is replaced outside the relay's window too."""

HoldReason = Literal["HeldByPause", "HeldByFreeze", "HeldByWindow", "HeldBySettle"]


@dataclass(frozen=True, slots=True)
class Hold:
    """Secrets do not change and pods do not roll before `until` (UTC). `by` has the pause, freeze, window or settle."""

    reason: HoldReason
    message: str
    until: datetime
    by: ObjectRef


def was_unhealthy_before(observation: PlaceObservation, state: PlaceState, now: datetime) -> bool:
    """Say whether the place was unhealthy before this delivery while some replicas serve the version proven here.

    Then the new version waits, unless what is served is urgent to replace.
    """
    verified, progress = state.verified, state.progress
    if verified is None or progress is None or verified.version == progress.version or is_urgent(observation, now):
        return False
    return not progress.healthy_before and any(
        result.thumbprint == verified.thumbprint for result in observation.probe_results
    )


def hold_of(
    target: ObjectRef, place: Place, observation: PlaceObservation, pauses: Iterable[Pause], now: datetime
) -> Hold | None:
    """Return what holds a place back: a person's pause or a freeze always, a window unless it is urgent."""
    hold = planned_hold(target, place, pauses, now)
    return None if hold is not None and hold.reason == "HeldByWindow" and is_urgent(observation, now) else hold


def planned_hold(target: ObjectRef, place: Place, pauses: Iterable[Pause], now: datetime) -> Hold | None:
    """Return what holds a place back from what is not urgent: a pause, a freeze, the relay's window."""
    if (paused := pause_hold(target, place, pauses)) is not None:
        return paused
    relay = ObjectRef("relay", place.relay.name)
    if (freeze := longest(freeze for freeze in place.freezes if now < freeze.until)) is not None:
        message = f"held until {freeze.until:%Y-%m-%d %H:%M %Z} (freeze: {freeze.reason})"
        return Hold("HeldByFreeze", message, freeze.until, frozen_object(place, freeze))
    window = place.relay.window
    if window is None or window.covers(now):
        return None
    opens = window.opens_after(now).astimezone(window.zone)
    return Hold("HeldByWindow", f"held until {opens:%Y-%m-%d %H:%M %Z} (window {window})", opens, relay)


def pause_hold(target: ObjectRef, place: Place, pauses: Iterable[Pause]) -> Hold | None:
    """Return the hold of the pause that keeps the place as it is for longest."""
    if (pause := longest(within(pauses, place_scopes(target, place)))) is None:
        return None
    message = f"held until {pause.until:%Y-%m-%d %H:%M %Z} ({pause.reason})"
    return Hold("HeldByPause", message, pause.until, pause.scope)


def settle_after(proofs: Iterable[datetime], place: Place, now: datetime) -> Hold | None:
    """Return the hold of a place whose relay was proven elsewhere at these moments, until the last has settled."""
    since = max(proofs, default=None)
    if since is None or now >= (until := since + place.relay.settle):
        return None
    message = f"held until {until:%H:%M:%S} UTC (settle)"
    return Hold("HeldBySettle", message, until, ObjectRef("relay", place.relay.name))


def frozen_object(place: Place, freeze: Freeze) -> ObjectRef:
    """Return what the inventory freezes: the relay, the cluster, or everything."""
    if freeze in place.relay.freeze:
        return ObjectRef("relay", place.relay.name)
    return ObjectRef("cluster", place.cluster) if freeze in place.site.freeze else ALL


def is_urgent(observation: PlaceObservation, now: datetime) -> bool:
    """Say whether nothing is served, or something with less than URGENT of its lifetime left."""
    if not any(result.thumbprint for result in observation.probe_results):
        return all(result.inconclusive is None for result in observation.probe_results)
    return any(
        remaining_lifetime(result.chain[0], now) < URGENT for result in observation.probe_results if result.chain
    )


def remaining_lifetime(leaf: bytes, now: datetime) -> float:
    """Return the fraction of its lifetime that a presented leaf (DER) has left; 0 where that cannot be read."""
    try:
        certificate = x509.load_der_x509_certificate(leaf)
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except UNREADABLE:
        return 0.0
    return max((ends - now) / (ends - begins), 0.0) if begins < ends else 0.0


def expected_offline(place: Place, pauses: Iterable[Pause], now: datetime) -> ExpectedOffline | None:
    """Return why the place's cluster may be out of reach without that being a failure; None where it may not."""
    site = place.site
    if (pause := longest(within(pauses, [ObjectRef("cluster", place.cluster)]))) is not None:
        return ExpectedOffline("ClusterPaused", f"{pause.reason}, until {pause.until:%Y-%m-%d %H:%M %Z}")
    if site.suspended is not None and now < site.suspended.until:
        message = f"suspended until {site.suspended.until:%Y-%m-%d %H:%M %Z} ({site.suspended.reason})"
        return ExpectedOffline("ClusterSuspended", message)
    if site.asleep is not None and site.asleep.covers(now):
        wakes = site.asleep.ends_after(now).astimezone(site.asleep.zone)
        return ExpectedOffline("ClusterAsleep", f"asleep until {wakes:%Y-%m-%d %H:%M %Z}")
    return None
