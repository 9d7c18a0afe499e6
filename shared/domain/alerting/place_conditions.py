"""What is wrong at a place, from what its replicas serve, or because it could not be observed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.alerting.alert import (
    AT_ONCE,
    NEXT_WATCH,
    NODE_UPGRADE,
    Alert,
    AlertName,
    Condition,
    Urgency,
    describe_expiry,
    expiry_alerts,
    lateness,
    lateness_of,
    longest_hold,
    longest_rollout,
    stage,
    urgency,
)
from shared.domain.assessment import Assessment
from shared.domain.certificates.certificate import Leaf
from shared.domain.holds import Hold
from shared.domain.object_ref import ObjectRef, certificate_ref
from shared.domain.report import FleetReport, presented, secret_refusal_at, served_leaves
from shared.domain.serving.delivery import PlaceReason
from shared.domain.serving.place_observation import (
    AnyPlaceObservation,
    PlaceObservation,
    Unreachable,
    UnreachableReason,
)
from shared.domain.serving.probe import ProbeResult
from shared.domain.serving.served import (
    describe_no_answer,
    describe_not_ready,
    describe_wrong_answer,
    expected_replicas,
    remedy_for,
    serves_other,
    turned_away,
    turned_away_remedy,
)
from shared.domain.sources import place_source, served_source
from shared.domain.status import NEVER_OBSERVED, CertificateStatus, FleetStatus, count_answering
from shared.inventory import Place


@dataclass(frozen=True, slots=True)
class PlaceContext:
    """One certificate of the `fleet` at one place at `now`; `served` are the leaves that its replicas serve."""

    assessment: Assessment
    fleet: tuple[Assessment, ...]
    place: Place
    served: tuple[Leaf, ...]
    now: datetime

    @property
    def urgency(self) -> Urgency:
        """How urgent any fault here is: by what is served, or by what is stored if nothing is."""
        return urgency(self.served or self.assessment.observation.stored_leaves, self.now)

    @property
    def served_source(self) -> str:
        return served_source(self.assessment.certificate, self.place)

    @property
    def rollout_time(self) -> timedelta:
        """How long a new version may take to arrive here."""
        return longest_rollout(self.place, tuple(self.assessment.observation.places), self.place.relay.pick_up)

    def condition(
        self,
        name: AlertName,
        message: str,
        pending_for: timedelta | None = AT_ONCE,
        how: Urgency | None = None,
        reason: str = "",
        depends_on: tuple[str, ...] = (),
    ) -> Condition:
        """Return a condition that only another look at this place, and at `depends_on`, can end."""
        certificate = self.assessment.certificate
        alert = Alert(
            name=name,
            urgency=how or self.urgency,
            message=f"{certificate.name} at {self.place}: {message}",
            since=self.now,
            object=certificate_ref(certificate.name),
            relay=self.place.relay.name,
            cluster=self.place.cluster,
            reason=reason,
            depends_on=(place_source(certificate, self.place), *depends_on),
        )
        return Condition(alert, pending_for)


def place_context(
    assessment: Assessment, fleet: tuple[Assessment, ...], place: Place, there: AnyPlaceObservation, now: datetime
) -> PlaceContext:
    served = served_leaves(there) if isinstance(there, PlaceObservation) else ()
    return PlaceContext(assessment, fleet, place, served, now)


def place_conditions(context: PlaceContext, there: PlaceObservation) -> Iterator[Condition]:
    """Yield everything that is wrong at a place that was observed."""
    yield from expiring(context, there)
    yield from missing_replicas(context, there)
    yield from broken_chain(context, there)
    held = context.assessment.places[context.place].hold
    yield from missing_names(context, held)
    yield from other_version(context, there, held)


def expiring(context: PlaceContext, there: PlaceObservation) -> Iterator[Condition]:
    """The served certificate that expires first."""
    leaf = min(context.served, key=lambda leaf: leaf.not_after, default=None)
    if leaf is None or (how := stage(lateness(leaf, context.now))) is None:
        return
    pod = next(answer.probe.pod for answer, shown in presented(there.probe_results) if shown == leaf)
    message = f"{pod} serves a certificate that {describe_expiry(leaf, context.now)}"
    for name, pending_for in expiry_alerts(leaf, context.now):
        yield context.condition(name, message, pending_for, how, depends_on=(context.served_source,))


def missing_replicas(context: PlaceContext, there: PlaceObservation) -> Iterator[Condition]:
    """Replicas that serve no certificate. Where none does the relay is unreachable, whatever was stored for it."""
    wanted, answering = expected_replicas(there), count_answering(context.place, there)
    why = f"{describe_not_ready(there) or describe_no_answer(there)}{known_cause(context, there)}"
    reason = no_certificate_reason(context, there)
    if answering == 0 < wanted:
        pending_for = context.rollout_time if waiting_for_first_version(context) else NEXT_WATCH
        message = f"no replica presents a certificate: {why}"
        yield context.condition("RelayUnreachable", message, pending_for, "critical", reason)
    if answering < wanted:
        message = f"only {answering} of {wanted} replicas present a certificate: {why}"
        yield context.condition("ServedByTooFewReplicas", message, NODE_UPGRADE if answering else None, reason=reason)


def no_certificate_reason(context: PlaceContext, there: PlaceObservation) -> PlaceReason:
    """Return why replicas present no certificate: what their Secret lacks, if it lacks anything."""
    if (lacks := context.assessment.places[context.place].lacks) is not None:
        return lacks.reason
    return "ReplicaNotReady" if describe_not_ready(there) is not None else "ReplicaDoesNotServe"


def waiting_for_first_version(context: PlaceContext) -> bool:
    """Say whether nothing was ever served at a place: its pods wait for the first version, which is on its way."""
    observation = context.assessment.observation
    never = observation.journal.at(str(context.place)).verified is None
    return observation.certificate.mode == "manage" and not observation.read_errors and never


def known_cause(context: PlaceContext, there: PlaceObservation) -> str:
    """Return the known causes as sentences, each after a full stop: what the Secret lacks, and why we may not write it
    or why the last delivery failed."""
    lacks, relay = context.assessment.places[context.place].lacks, context.place.relay
    name = f"{relay.workload.namespace}/{relay.serving(context.assessment.certificate.name).secret}"
    lacks_sentence = "" if lacks is None else f"{lacks.message[0].upper()}{lacks.message[1:]} ({name})"
    causes = [lacks_sentence, why_not_ours(context, there) or last_delivery_error(context)]
    return "".join(f". {cause.removesuffix('.')}" for cause in causes if cause)


def why_not_ours(context: PlaceContext, there: PlaceObservation) -> str | None:
    """Say why the Secret that the place's replicas read must not be written; None where it may."""
    return secret_refusal_at(context.assessment.certificate.name, context.place, there.secret, context.fleet)


def last_delivery_error(context: PlaceContext) -> str:
    error = context.assessment.observation.active_journal.at(str(context.place)).error
    return f"The last attempt to deliver failed: {error}" if error is not None else ""


def broken_chain(context: PlaceContext, there: PlaceObservation) -> Iterator[Condition]:
    """A chain that clients do not accept, unless its leaf expired, which is an alert of its own."""
    faulty = (
        answer for answer, leaf in presented(there.probe_results) if answer.chain_fault and context.now < leaf.not_after
    )
    if (answer := next(faulty, None)) is not None:
        message = f"{answer.probe.pod} on port {answer.probe.port}: {answer.chain_fault}"
        yield context.condition(
            "ChainBroken", message, depends_on=(context.served_source, context.assessment.observation.source)
        )


def missing_names(context: PlaceContext, held: Hold | None) -> Iterator[Condition]:
    """Wanted names that a served certificate does not have, unless a version that has them is held."""
    assessment = context.assessment
    wanted, coming = frozenset(assessment.certificate.dns_names), assessment.observation.desired(context.place)
    if absent := sorted({name for leaf in context.served for name in wanted - leaf.names}):
        on_hold = held is not None and coming is not None and coming.leaf.names.issuperset(absent)
        message = f"what is served is not for {', '.join(absent)}"
        pending_for = None if on_hold else context.rollout_time
        yield context.condition("NamesMissing", message, pending_for, depends_on=(context.served_source,))


def other_version(context: PlaceContext, there: PlaceObservation, held: Hold | None) -> Iterator[Condition]:
    """Replicas that serve another version than the wanted one, or a wanted version that is held back too long."""
    assessment, place = context.assessment, context.place
    wanted, depends_on = assessment.observation.desired(place), (context.served_source, assessment.observation.source)
    if held is not None:
        leaves = context.served or assessment.observation.stored_leaves
        longest = min((longest_hold(leaf) for leaf in leaves), default=AT_ONCE)
        yield context.condition("HeldTooLong", held.message, longest, reason=held.reason, depends_on=depends_on)
    if wanted is not None and serves_other(wanted.leaf.thumbprint, there):
        stale, remedy = (
            describe_wrong_answer(wanted.leaf.thumbprint, there),
            remedy_for(wanted.leaf.thumbprint, place, there),
        )
        reason: PlaceReason = "ReplicaServesOther"
        if (lacks := assessment.places[place].lacks) is not None:
            reason = lacks.reason
            why = (why_not_ours(context, there) or last_delivery_error(context)).removesuffix(".")
            why = why or "relaykeeper plan says what keeps the next tick from that"
            remedy = f"It was not given it: {lacks.message}. {why}"
        message = f"{stale}, where version {wanted.version} is wanted. {remedy}"
        pending_for = None if held is not None else context.rollout_time
        yield context.condition("ServedDiffersFromStored", message, pending_for, reason=reason, depends_on=depends_on)


def unreachable_conditions(report: FleetReport, last: FleetStatus, now: datetime) -> Iterator[Condition]:
    """Yield an alert for each place that was not observed, or that turned us away; `last` is the status before."""
    for each in report.certificates:
        for place, there in each.observation.places.items():
            context = place_context(each, report.certificates, place, there, now)
            if isinstance(there, Unreachable):
                yield unreachable_condition(context, there.reason, there.message, last, NEXT_WATCH)
            elif isinstance(there, PlaceObservation) and (away := turned_away(there.probe_results)):
                message = describe_turned_away(place, away[0])
                yield unreachable_condition(context, "ReplicaInconclusive", message, last, NODE_UPGRADE)


def unreachable_condition(
    context: PlaceContext,
    reason: UnreachableReason | PlaceReason,
    message: str,
    last: FleetStatus,
    pending_for: timedelta,
) -> Condition:
    """Return the alert for a place, as urgent as what it served when it was last observed.

    It is about the relay, so that all certificates of a place share it, and it ends when the place is observed.
    """
    certificate = last.certificates.get(context.assessment.certificate.name, CertificateStatus())
    replicas = certificate.places.get(str(context.place), NEVER_OBSERVED).replicas.values()
    how, served = None, ""
    if (leaf := min(replicas, key=lambda leaf: leaf.not_after, default=None)) is not None:
        how = stage(lateness_of(leaf.due, leaf.not_after, context.now))
        served = f". When last seen it served a certificate that ends {leaf.not_after:%Y-%m-%d %H:%M} UTC"
    relay = ObjectRef("relay", context.place.relay.name)
    condition = context.condition("WatchBlind", f"{message}{served}", pending_for, how, reason)
    return replace(condition, alert=replace(condition.alert, object=relay, depends_on=()))


def describe_turned_away(place: Place, answer: ProbeResult) -> str:
    namespace = place.relay.workload.namespace
    advice = turned_away_remedy(answer, f"kubectl --context {place.cluster} -n {namespace}")
    return f"{answer.probe.pod} on port {answer.probe.port}: {answer.failure}. {advice}"
