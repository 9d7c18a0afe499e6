"""What is wrong at a place, from what its replicas serve."""

from collections.abc import Iterator

from shared.domain.alerting.alert import AlertName, Condition
from shared.domain.alerting.life import EXPIRED, lateness, long_time, stage
from shared.domain.alerting.observed import presented
from shared.domain.alerting.patience import A_BLINK, A_NODE_UPGRADE, in_line
from shared.domain.alerting.spot import NO_TIME, Spot
from shared.domain.place_work import place_work
from shared.domain.places import PlaceSeen
from shared.domain.restraint import Held
from shared.domain.served import shows_another, way_out, why_silent, why_stale, why_unready


def at_place(spot: Spot, there: PlaceSeen) -> Iterator[Condition]:
    """Yield everything that is wrong at a place that was looked at."""
    yield from running_out(spot, there)
    yield from missing_replicas(spot, there)
    yield from broken_chain(spot, there)
    yield from missing_names(spot)
    yield from another_version(spot, there)


def running_out(spot: Spot, there: PlaceSeen) -> Iterator[Condition]:
    """The certificate that expires first of those that are served."""
    leaf = min(spot.served, key=lambda leaf: leaf.not_after, default=None)
    if leaf is None or (how := stage(lateness(leaf, spot.now))) is None:
        return
    who = next(answer.question.pod for answer, shown in presented(there.answers) if shown == leaf)
    name, verb = ending(lateness(leaf, spot.now))
    yield spot.condition(name, f"{who} serves a certificate that {verb} {leaf.not_after:%Y-%m-%d %H:%M} UTC", how=how)


def ending(late: float) -> tuple[AlertName, str]:
    return ("CertificateExpired", "expired") if late >= EXPIRED else ("CertificateExpiring", "expires")


def missing_replicas(spot: Spot, there: PlaceSeen) -> Iterator[Condition]:
    """Replicas that present nothing: a relay of which none does serves nobody, whatever was stored for it."""
    wanted = there.rollout.replicas if there.rollout is not None else len(there.pods)
    answering, why = answering_replicas(spot, there), why_unready(there) or why_silent(there)
    if answering == 0 < wanted:
        yield spot.condition("RelayUnreachable", f"no replica presents a certificate: {why}", A_BLINK, "critical")
    elif answering < wanted:
        message = f"only {answering} of {wanted} replicas present a certificate: {why}"
        yield spot.condition("ServedByTooFewReplicas", message, A_NODE_UPGRADE)


def answering_replicas(spot: Spot, there: PlaceSeen) -> int:
    """Count those that answered every question; behind a Service, which hides who answers, those that are Ready."""
    silent = {answer.question.pod for answer in there.answers if answer.thumbprint is None}
    answering = {answer.question.pod for answer in there.answers} - silent
    return len(answering) if spot.place.relay.service is None else sum(pod.ready for pod in there.pods if answering)


def broken_chain(spot: Spot, there: PlaceSeen) -> Iterator[Condition]:
    """A chain that clients do not accept, other than because its leaf expired, which is an alert of its own."""
    faulty = (answer for answer, leaf in presented(there.answers) if answer.fault and spot.now < leaf.not_after)
    if (answer := next(faulty, None)) is not None:
        yield spot.condition("ChainBroken", f"{answer.question.pod} on port {answer.question.port}: {answer.fault}")


def missing_names(spot: Spot) -> Iterator[Condition]:
    """Names that are wanted and that something that is served has not."""
    wanted = frozenset(spot.watched.certificate.dns_names)
    if lacking := sorted({name for leaf in spot.served for name in wanted - leaf.names}):
        patience = in_line(spot.place, tuple(spot.watched.seen.places))
        yield spot.condition("NamesMissing", f"what is served is not for {', '.join(lacking)}", patience)


def another_version(spot: Spot, there: PlaceSeen) -> Iterator[Condition]:
    """Replicas that serve something else than what the place is to serve, or are kept from being given it."""
    seen, vault = spot.watched.seen, (spot.watched.vault,)
    wanted = seen.wanted(spot.place)
    if wanted is None:
        return
    kept, thumbprint = place_work(spot.watched.certificate, spot.place, seen, spot.now), wanted.leaf.thumbprint
    if isinstance(kept, Held):
        patience = min((long_time(leaf) for leaf in spot.served), default=NO_TIME)
        yield spot.condition("HeldTooLong", kept.reason, patience, relies_on=vault)
    elif shows_another(thumbprint, there):
        patience = in_line(spot.place, tuple(seen.places))
        stale, way = why_stale(thumbprint, there), way_out(thumbprint, spot.place, there)
        message = f"{stale}, where version {wanted.version} is wanted. {way}"
        yield spot.condition("ServedDiffersFromStored", message, patience, relies_on=vault)
