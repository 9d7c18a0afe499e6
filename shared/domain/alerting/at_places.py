"""What is wrong at a place, from what its replicas serve."""

from collections.abc import Iterator

from shared.domain.alerting.alert import Condition
from shared.domain.alerting.ending import ends, expiry_alerts
from shared.domain.alerting.life import lateness, long_time, stage
from shared.domain.alerting.observed import presented
from shared.domain.alerting.patience import A_BLINK, A_NODE_UPGRADE, in_line
from shared.domain.alerting.spot import NO_TIME, Spot
from shared.domain.place_work import lacking, place_work
from shared.domain.places import PlaceSeen
from shared.domain.restraint import Held
from shared.domain.secret_refusal import secret_refusal
from shared.domain.served import (
    askable,
    expected,
    shows_another,
    turned_away,
    way_out,
    why_silent,
    why_stale,
    why_unready,
)


def at_place(spot: Spot, there: PlaceSeen) -> Iterator[Condition]:
    """Yield everything that is wrong at a place that was looked at."""
    yield from running_out(spot, there)
    yield from missing_replicas(spot, there)
    yield from broken_chain(spot, there)
    kept = place_work(spot.watched.certificate, spot.place, spot.watched.seen, spot.now)
    held = kept if isinstance(kept, Held) else None
    yield from missing_names(spot, held)
    yield from another_version(spot, there, held)


def running_out(spot: Spot, there: PlaceSeen) -> Iterator[Condition]:
    """The certificate that expires first of those that are served."""
    leaf = min(spot.served, key=lambda leaf: leaf.not_after, default=None)
    if leaf is None or (how := stage(lateness(leaf, spot.now))) is None:
        return
    who = next(answer.question.pod for answer, shown in presented(there.answers) if shown == leaf)
    message = f"{who} serves a certificate that {ends(leaf, spot.now)}"
    for name, patience in expiry_alerts(leaf, spot.now):
        yield spot.condition(name, message, patience, how, relies_on=(spot.served_there,))


def missing_replicas(spot: Spot, there: PlaceSeen) -> Iterator[Condition]:
    """Replicas that present nothing: a relay of which none does serves nobody, whatever was stored for it."""
    wanted, answering = expected(there), answering_replicas(spot, there)
    why = f"{why_unready(there) or why_silent(there)}{known_cause(spot, there)}"
    if answering == 0 < wanted:
        patience = in_line(spot.place, tuple(spot.watched.seen.places)) if awaits_its_first(spot) else A_BLINK
        yield spot.condition("RelayUnreachable", f"no replica presents a certificate: {why}", patience, "critical")
    if answering < wanted:
        message = f"only {answering} of {wanted} replicas present a certificate: {why}"
        yield spot.condition("ServedByTooFewReplicas", message, A_NODE_UPGRADE if answering else None)


def known_cause(spot: Spot, there: PlaceSeen) -> str:
    """Return, as sentences to follow what the replicas do, what is known to be the cause: what the Secret lacks, and
    whose it is, or why the last delivery failed."""
    wanted, certificate = spot.watched.seen.wanted(spot.place), spot.watched.certificate
    lacks = lacking(certificate, wanted, spot.place, there.secret) if wanted is not None else None
    name = f"{spot.place.relay.workload.namespace}/{spot.place.serves.secret}"
    lacking_words = "" if lacks is None else f"{lacks[0].upper()}{lacks[1:]} ({name})"
    causes = [lacking_words, not_ours(spot, there) or last_failure(spot)]
    return "".join(f". {cause.removesuffix('.')}" for cause in causes if cause)


def not_ours(spot: Spot, there: PlaceSeen) -> str | None:
    """Say why the Secret that a place's replicas are given must not be written, as it is seen now."""
    if spot.place.relay.sync == "none" or there.secret is None:
        return None
    adopted = spot.watched.journal_now.at(str(spot.place)).adopted
    return secret_refusal(
        spot.watched.certificate.name, spot.place, there.secret, () if adopted is None else (adopted,)
    )


def last_failure(spot: Spot) -> str:
    error = spot.watched.journal_now.at(str(spot.place)).error
    return f"The last attempt to deliver failed: {error}" if error is not None else ""


def awaits_its_first(spot: Spot) -> bool:
    """Say whether nothing was ever served at a place: its pods wait for the first version, which is on its way."""
    watched, record = spot.watched, spot.watched.seen.journal.at(str(spot.place))
    return watched.certificate.mode == "manage" and not watched.blind and record.proof is None


def answering_replicas(spot: Spot, there: PlaceSeen) -> int:
    """Count those that answered every question; behind a Service, which hides who answers, those that are Ready.

    A replica that turns us away counts: nobody knows better, and WatchBlind says so.
    """
    away = turned_away(there.answers)
    silent = {a.question.pod for a in askable(there.answers) if a.thumbprint is None and a not in away}
    answering = {answer.question.pod for answer in there.answers} - silent
    return len(answering) if spot.place.relay.service is None else sum(pod.ready for pod in there.pods if answering)


def broken_chain(spot: Spot, there: PlaceSeen) -> Iterator[Condition]:
    """A chain that clients do not accept, other than because its leaf expired, which is an alert of its own."""
    faulty = (answer for answer, leaf in presented(there.answers) if answer.fault and spot.now < leaf.not_after)
    if (answer := next(faulty, None)) is not None:
        message = f"{answer.question.pod} on port {answer.question.port}: {answer.fault}"
        yield spot.condition("ChainBroken", message, relies_on=(spot.served_there, spot.watched.itself))


def missing_names(spot: Spot, held: Held | None) -> Iterator[Condition]:
    """Names that are wanted and that something that is served has not, unless what has them is held."""
    wanted, coming = frozenset(spot.watched.certificate.dns_names), spot.watched.seen.wanted(spot.place)
    if absent := sorted({name for leaf in spot.served for name in wanted - leaf.names}):
        waits = held is not None and coming is not None and coming.leaf.names.issuperset(absent)
        patience = None if waits else in_line(spot.place, tuple(spot.watched.seen.places))
        message = f"what is served is not for {', '.join(absent)}"
        yield spot.condition("NamesMissing", message, patience, relies_on=(spot.served_there,))


def another_version(spot: Spot, there: PlaceSeen, held: Held | None) -> Iterator[Condition]:
    """Replicas that serve something else than what the place is to serve, or are kept from being given it."""
    wanted, relies_on = spot.watched.seen.wanted(spot.place), (spot.served_there, spot.watched.itself)
    if held is not None:
        leaves = spot.served or spot.watched.stored_leaves
        patience = min((long_time(leaf) for leaf in leaves), default=NO_TIME)
        yield spot.condition("HeldTooLong", held.reason, patience, relies_on=relies_on)
    if wanted is not None and shows_another(wanted.leaf.thumbprint, there):
        stale, way = why_stale(wanted.leaf.thumbprint, there), way_out(wanted.leaf.thumbprint, spot.place, there)
        if (lacks := lacking(spot.watched.certificate, wanted, spot.place, there.secret)) is not None:
            why = (not_ours(spot, there) or last_failure(spot)).removesuffix(".")
            way = f"It was not given it: {lacks}. {why or 'GET /api/plan says what keeps the next tick from that'}"
        message = f"{stale}, where version {wanted.version} is wanted. {way}"
        given_time = None if held is not None else in_line(spot.place, tuple(spot.watched.seen.places))
        yield spot.condition("ServedDiffersFromStored", message, given_time, relies_on=relies_on)
