"""What one look at the fleet found: each certificate, each vault, each relay, and what could not be read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography import x509

from shared.domain.assessment import Assessment
from shared.domain.certificates.certificate import Leaf, leaf_of
from shared.domain.certificates.chain import UNREADABLE
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.client_assessment import ClientAssessment
from shared.domain.client_observation import AnyClientPlaceObservation
from shared.domain.clients.login_journal import LoginJournal
from shared.domain.clients.plaintext import PlaintextResult
from shared.domain.pauses import Pause
from shared.domain.serving.cluster_policy import PolicyProbe
from shared.domain.serving.open_relay import OpenRelayResult
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, SecretSnapshot
from shared.domain.serving.probe import ProbeResult
from shared.domain.serving.secret_ownership import secret_refusal
from shared.domain.timers import TimerState
from shared.inventory import Place


@dataclass(frozen=True, slots=True)
class FleetReport:
    """Everything that was observed.

    `entries`: what each vault holds. `read_errors`: why other sources than the certificates' own could not be read.
    `open_relay_results`: how each place that must refuse mail without a login answered such mail. `pauses`: those in
    force. `policies`: which policy refused a forbidden change, by cluster. `clients` are those of the inventory, then
    those that only a cluster lists; `client_places`: what was seen at each place of a relay that has clients.
    `logins`: the login journal of each such relay. `plaintext_results`: what each such place said before TLS.
    `timers`: when Relaykeeper's own timers fired last.
    """

    certificates: tuple[Assessment, ...] = ()
    entries: Mapping[str, tuple[VaultEntry, ...]] = field(default_factory=dict)
    read_errors: Mapping[str, str] = field(default_factory=dict)
    open_relay_results: Mapping[Place, tuple[OpenRelayResult, ...]] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
    policies: Mapping[str, tuple[PolicyProbe, ...]] = field(default_factory=dict)
    clients: tuple[ClientAssessment, ...] = ()
    client_places: Mapping[Place, AnyClientPlaceObservation] = field(default_factory=dict)
    logins: Mapping[str, LoginJournal] = field(default_factory=dict)
    plaintext_results: Mapping[Place, tuple[PlaintextResult, ...]] = field(default_factory=dict)
    timers: tuple[TimerState, ...] = ()

    @property
    def clusters_offline(self) -> frozenset[str]:
        """The clusters that could not be reached and are expected to be offline now."""
        return frozenset(
            place.cluster
            for assessed in self.certificates
            for place, there in assessed.observation.places.items()
            if isinstance(there, ExpectedOffline)
        )


def secret_refusal_at(
    certificate: str, place: Place, secret: SecretSnapshot | None, fleet: Iterable[Assessment]
) -> str | None:
    """Say why a worker would not write the Secret of a certificate at a place; None where it would.

    The journals of all certificates in the Secret say from which managers it was adopted.
    """
    name = place.relay.serving(certificate).secret
    if secret is None or name is None:
        return None
    in_secret = {serves.certificate for serves in place.relay.serves if serves.secret == name}
    journals = [each.observation.journal for each in fleet if each.certificate.name in in_secret]
    adopted = {journal.at(str(place)).adopted for journal in journals}
    return secret_refusal(certificate, place, secret, frozenset(manager for manager in adopted if manager is not None))


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
