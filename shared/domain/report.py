"""What one look at the fleet found: each certificate, each vault, each relay, and what could not be read.

A *source* is one thing that was read, by name: "vault dev", "journal prod", "prod at mail@ss-prod-00". `read_errors`
says why a source could not be read. An alert's `depends_on` names the sources that must be read before it can be over.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography import x509

from shared.domain.certificates.certificate import Leaf, leaf_of
from shared.domain.certificates.chain import UNREADABLE
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.journal import Journal
from shared.domain.observation import Observation
from shared.domain.pauses import Pause
from shared.domain.serving.cluster_policy import PolicyProbe
from shared.domain.serving.open_relay import OpenRelayResult
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, Unreachable
from shared.domain.serving.probe import ProbeResult
from shared.inventory import Certificate, Place


@dataclass(frozen=True, slots=True)
class CertificateReport:
    """A certificate as it was observed.

    `read_errors` may name its vault, its journal, its public endpoints, or the certificate as a whole: then nothing of
    it is known although its vault can be read.
    """

    certificate: Certificate
    observation: Observation
    read_errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The source of its newest version; in `read_errors`, of the certificate as a whole."""
        return certificate_source(self.certificate.name)

    @property
    def journal_source(self) -> str:
        return f"journal {self.certificate.name}"

    @property
    def version_error(self) -> str | None:
        """Why its newest version is not known; None where it is."""
        return self.read_errors.get(vault_source(self.certificate.vault), self.read_errors.get(self.source))

    @property
    def stored_leaves(self) -> tuple[Leaf, ...]:
        return () if self.observation.stored is None else (self.observation.stored.leaf,)

    @property
    def active_journal(self) -> Journal:
        """Its journal; an empty one in mode `observe`, where nobody continues what an earlier journal says."""
        return self.observation.journal if self.certificate.mode == "manage" else Journal()

    @property
    def failure(self) -> str | None:
        """Why the last attempt to issue or observe it failed, from its journal."""
        journal = self.active_journal
        return journal.backoff.error if journal.backoff is not None else journal.attempt.error

    def as_unread(self, reason: str) -> "CertificateReport":
        """Return the report as if nothing of the certificate had been read, for this reason."""
        places = {place: Unreachable(reason) for place in self.observation.places}
        errors = {**self.read_errors, self.source: reason}
        return CertificateReport(self.certificate, Observation(Journal(), None, places), errors)


@dataclass(frozen=True, slots=True)
class FleetReport:
    """Everything that was observed.

    `entries`: what each vault holds. `read_errors`: why other sources than the certificates' own could not be read.
    `open_relay_results`: how each place that must refuse mail without a login answered such mail. `pauses`: those in
    force. `policies`: which policy refused a forbidden change, by cluster.
    """

    certificates: tuple[CertificateReport, ...] = ()
    entries: Mapping[str, tuple[VaultEntry, ...]] = field(default_factory=dict)
    read_errors: Mapping[str, str] = field(default_factory=dict)
    open_relay_results: Mapping[Place, tuple[OpenRelayResult, ...]] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
    policies: Mapping[str, tuple[PolicyProbe, ...]] = field(default_factory=dict)

    @property
    def clusters_offline(self) -> frozenset[str]:
        """The clusters that could not be reached and are expected to be offline now."""
        return frozenset(
            place.cluster
            for report in self.certificates
            for place, there in report.observation.places.items()
            if isinstance(there, ExpectedOffline)
        )


def vault_source(name: str) -> str:
    return f"vault {name}"


def certificate_source(name: str) -> str:
    return f"certificate {name}"


def endpoints_source(certificate: str) -> str:
    """The public endpoints that serve a certificate."""
    return f"public endpoints of {certificate}"


def open_relay_source(place: Place) -> str:
    """The check whether a place accepts mail without a login."""
    return f"unauthenticated mail at {place}"


def policy_source(cluster: str) -> str:
    """A cluster's admission policy."""
    return f"policy of {cluster}"


def place_source(certificate: Certificate, place: Place) -> str:
    """The observation of a certificate at a place."""
    return f"{certificate.name} at {place}"


def served_source(certificate: Certificate, place: Place) -> str:
    """What is served at a place under a certificate's names."""
    return f"{certificate.name} served at {place}"


def suspended(place: Place, now: datetime) -> bool:
    """Say whether the place's cluster is suspended: it is not expected to come back by itself."""
    return place.site.suspended is not None and now < place.site.suspended.until


def served_leaves(there: PlaceObservation) -> tuple[Leaf, ...]:
    """Return each readable leaf that is served at a place, once."""
    return tuple(dict.fromkeys(leaf for _, leaf in presented(there.probe_results)))


def presented(answers: Iterable[ProbeResult]) -> Iterator[tuple[ProbeResult, Leaf]]:
    """Yield each answer that has a readable leaf, with it."""
    for answer in answers:
        if answer.chain and (leaf := read_leaf(answer.chain[0])) is not None:
            yield answer, leaf


@lru_cache(maxsize=1024)
def read_leaf(der: bytes) -> Leaf | None:
    """Return what a leaf says of itself; None where it cannot be read. Cached: one look needs each leaf many times."""
    try:
        return leaf_of(x509.load_der_x509_certificate(der))
    except UNREADABLE:
        return None
