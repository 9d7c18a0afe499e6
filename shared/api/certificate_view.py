"""A certificate: wanted, stored and served, side by side."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from shared.api.place_view import PlaceView, place_view
from shared.api.views import PauseView, RequestView, View
from shared.domain.assessment import Assessment
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.issuing.due import Due, Fresh, RenewalReason, Waiting
from shared.domain.issuing.issuance import Issuance
from shared.domain.object_ref import ObjectRef, certificate_ref
from shared.domain.pause_scopes import issuing_scopes
from shared.domain.pauses import place_scopes, within
from shared.domain.readiness import certificate_readiness
from shared.domain.requests import state_of
from shared.domain.serving.place_state import QuarantineReason
from shared.workflows.plan import FleetView


class WantedView(View):
    """The desired state, from the inventory."""

    vault: str
    """The inventory's name for the vault that holds it."""
    issuer: str
    """The inventory's name for who signs it; `self-signed` is built in."""
    dns_names: tuple[str, ...]
    """As A-labels."""
    key: Literal["ec-256", "ec-384", "rsa-2048", "rsa-3072", "rsa-4096"]
    """`ec-256`, `ec-384`: the NIST curves P-256 and P-384; `rsa-2048`, `rsa-3072`, `rsa-4096`: RSA of so many bits."""
    uses: tuple[Literal["server", "client"], ...]
    """Extended key usage: `server` or `client` authentication, or both."""
    mode: Literal["manage", "observe"]
    """`manage`: it is issued and delivered. `observe`: it is observed and alerts are raised; nothing is changed."""


class StoredView(View):
    """The newest enabled version in the vault."""

    version: str
    thumbprint: str
    """SHA-256 of the leaf's DER, lower-case hex."""
    serial: str
    """Lower-case hex."""
    dns_names: tuple[str, ...]
    """Sorted, in lower case."""
    key: str
    """As in `wanted`, or another algorithm's name."""
    not_before: datetime
    """When it becomes valid."""
    expires: datetime
    """When it stops being valid."""


class BackoffView(View):
    """The authority is not asked again before `until`, unless a renewal says `ignore_backoff`."""

    attempts: int
    """How many have failed in a row, not counting failures that a person must fix."""
    until: datetime
    error: str
    """Why the last one failed."""


class OrderView(View):
    """An issuance in progress."""

    reason: str
    """Why it is issued."""
    since: datetime
    """When it began; after failures, when the authority may be asked again."""
    url: str | None
    """The order at the authority; null before there is one, and for `self-signed`."""
    txt_records: tuple[str, ...]
    """Full names of the TXT records that have our values now."""


class QuarantineView(View):
    """A version that is not delivered, until it is released or a newer one is issued."""

    version: str
    relay: str | None
    """The relay to which it is not delivered; null: it is delivered to none."""
    place: str
    """`relay@cluster` where it was not served; empty if a person rolled it back."""
    reason: QuarantineReason
    """`ReplicaNotReady`, `ReplicaServesOther`, `ReplicaDoesNotServe`: what a replica there did instead of serving it.
    `RolledBackByRequest`: a person rolled it back."""
    message: str
    at: datetime
    """Since when."""


class VerdictView(View):
    """Whether a new version is to be issued."""

    verdict: Literal["fresh", "due", "waiting", "refused", "unknown"]
    """`fresh`: the stored version is good. `due`: the next tick issues a new one. `waiting`: due, but not ordered
    before `until`, after failures or during a pause. `refused`: it belongs to another tool, and is not changed.
    `unknown`: its vault, or its newest version, could not be read."""
    reason: RenewalReason | Literal["OwnedByAnotherTool", "NotRead"]
    """`NotDue`: the stored version will do. `NeverIssued`: there is none. Due because of its names (`DueByNames`), its
    key (`DueByKeyType`), its issuer (`DueByIssuer`), its end (`DueByExpiry`), its age (`DueByLifetime`) or a request
    (`DueByRequest`). `HeldByBackoff`: after failures. `HeldByPause`: a person paused it. `OwnedByAnotherTool`: it has
    another tool's tag. `NotRead`: its vault, or its newest version, could not be read."""
    message: str
    until: datetime | None
    """The end of waiting; null unless it is `waiting`."""


class CertificateView(View):
    """A certificate of the inventory: wanted, stored and served. If `errors` names the journal, members that come from
    it are empty or null."""

    name: str
    """In the inventory and in Key Vault."""
    ready: bool
    """The newest version is as it is wanted, every place was seen to serve it, and nothing has failed. That the
    certificate is due by its age changes nothing until its renewal fails. A place that is `offline_expected` counts as
    it was recorded last."""
    message: str
    """Why it is not ready, what it waits for, or what comes next, as one sentence: the first of several, and how many
    there are besides."""
    labels: Mapping[str, str]
    """From the inventory."""
    wanted: WantedView
    stored: StoredView | None
    """Null if there is none yet, or `errors` names the vault or the certificate."""
    verdict: VerdictView
    next_attempt: datetime | None
    """When work in progress continues; null if there is none: then the next tick looks."""
    waits_for: str | None
    """What that work waits for; null if it does not wait, or failed."""
    waits_since: datetime | None
    """Since when it has waited for something of that kind, even if the text changed meanwhile or a backoff came; null
    if it does not wait."""
    last_error: str | None
    """Why the last attempt ended early, unless `backoff` or a place has the reason; null if it did not."""
    backoff: BackoffView | None
    """Null if the authority may be asked at once."""
    order: OrderView | None
    """Null if no issuance is in progress."""
    places: tuple[PlaceView, ...]
    """Where it is served, in the order of delivery; empty if no relay serves it."""
    quarantine: tuple[QuarantineView, ...]
    public_endpoints: Mapping[str, str]
    """What is wrong at a relay's public addresses, by address; empty if nothing is."""
    pauses: tuple[PauseView, ...]
    """Those in force for it, its issuer, or one of its places."""
    requests: tuple[RequestView, ...]
    """Open requests for it, the oldest first."""
    errors: Mapping[str, str]
    """What could not be read (`vault NAME`, `journal NAME`, `requests`, or `certificate NAME`: nothing of it is known),
    and why; empty if everything could."""


def certificate_view(assessment: Assessment, surveyed: FleetView) -> CertificateView:
    certificate, observation, journal = assessment.certificate, assessment.observation, assessment.observation.journal
    requests = [each for each in surveyed.requests if each.target == certificate_ref(certificate.name)]
    readiness = certificate_readiness(assessment)
    return CertificateView(
        name=certificate.name,
        ready=readiness.ready,
        message=readiness.message,
        labels=dict(certificate.labels),
        wanted=WantedView.model_validate(certificate),
        stored=stored_view(observation.stored) if observation.stored is not None else None,
        verdict=verdict_view(assessment),
        next_attempt=journal.attempt.next_attempt,
        waits_for=journal.attempt.waiting_for,
        waits_since=journal.attempt.waiting_since,
        last_error=journal.attempt.error,
        backoff=BackoffView.model_validate(journal.backoff) if journal.backoff is not None else None,
        order=order_view(journal.issuance) if journal.issuance is not None else None,
        places=tuple(place_view(place, assessment) for place in observation.places),
        quarantine=tuple(map(QuarantineView.model_validate, journal.quarantine)),
        public_endpoints=dict(observation.public_endpoints),
        pauses=tuple(map(PauseView.of, within(surveyed.observations.pauses, scopes_of(assessment)))),
        requests=tuple(RequestView.of(each, state_of(each, journal.issuance is not None)) for each in requests),
        errors={**assessment.observation.read_errors, **surveyed.read_errors},
    )


def stored_view(stored: StoredVersion) -> StoredView:
    leaf = stored.leaf
    return StoredView(
        version=stored.version,
        thumbprint=leaf.thumbprint,
        serial=leaf.serial,
        dns_names=tuple(sorted(leaf.names)),
        key=leaf.key,
        not_before=leaf.not_before,
        expires=leaf.not_after,
    )


def verdict_view(assessment: Assessment) -> VerdictView:
    """Return the verdict that a renewal would come to."""
    if (error := assessment.observation.version_error) is not None:
        return VerdictView(verdict="unknown", reason="NotRead", message=error, until=None)
    if assessment.refusal is not None:
        return VerdictView(verdict="refused", reason="OwnedByAnotherTool", message=assessment.refusal, until=None)
    match assessment.verdict:
        case Fresh(reason=reason, message=message):
            return VerdictView(verdict="fresh", reason=reason, message=message, until=None)
        case Due(reason=reason, message=message):
            return VerdictView(verdict="due", reason=reason, message=message, until=None)
        case Waiting(reason=reason, message=message, until=until):
            return VerdictView(verdict="waiting", reason=reason, message=message, until=until)


def order_view(issuance: Issuance) -> OrderView:
    records = tuple(value.name for value in issuance.published)
    return OrderView(reason=issuance.reason, since=issuance.since, url=issuance.order, txt_records=records)


def scopes_of(assessment: Assessment) -> Iterator[ObjectRef]:
    """Yield every scope whose pause affects the certificate, or one of its places."""
    target = certificate_ref(assessment.certificate.name)
    yield from issuing_scopes(assessment.certificate)
    for place in assessment.observation.places:
        yield from place_scopes(target, place)
