"""What one watch saw."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509

from shared.domain.certificates import Leaf
from shared.domain.chain import UNREADABLE
from shared.domain.cluster_policy import PolicyProbe
from shared.domain.entries import Entry
from shared.domain.journal import Journal
from shared.domain.leaf import leaf_of
from shared.domain.pauses import Pause
from shared.domain.places import Answer, PlaceSeen, Resting, Unreachable
from shared.domain.seen import Seen
from shared.domain.unauthenticated import Offer
from shared.inventory import Certificate, Place


@dataclass(frozen=True, slots=True)
class Watched:
    """A certificate as it was seen; `blind` says why its vault or journal (`vault dev`, `journal x`) was not read.

    Where it is the certificate that cannot be looked at (`certificate x`), though its vault can be read, nothing of it
    is known.
    """

    certificate: Certificate
    seen: Seen
    blind: Mapping[str, str] = field(default_factory=dict)

    @property
    def vault(self) -> str:
        """Name its vault as `relies_on` does."""
        return vault_of(self.certificate.vault)

    @property
    def journal(self) -> str:
        """Name its journal as `relies_on` does."""
        return f"journal {self.certificate.name}"

    @property
    def itself(self) -> str:
        """Name its newest version as `relies_on` does, and in `blind` the certificate as a whole."""
        return certificate_of(self.certificate.name)

    @property
    def unread(self) -> str | None:
        """Why its newest version is not known; None where it is."""
        return self.blind.get(self.vault, self.blind.get(self.itself))

    def not_seen(self, reason: str) -> "Watched":
        """Return it as if nothing of it had been seen, for this reason."""
        there = {place: Unreachable(reason) for place in self.seen.places}
        return Watched(self.certificate, Seen(Journal(), None, there), {**self.blind, self.itself: reason})

    @property
    def stored_leaves(self) -> tuple[Leaf, ...]:
        return () if self.seen.stored is None else (self.seen.stored.leaf,)

    @property
    def failure(self) -> str | None:
        """Why it could not be issued or looked at, as its journal has it: in the authority's or the cluster's words."""
        journal = self.journal_now
        return journal.backoff.error if journal.backoff is not None else journal.error

    @property
    def journal_now(self) -> Journal:
        """Its journal; an empty one where it is only observed, as nobody goes on with what was written before."""
        return self.seen.journal if self.certificate.mode == "manage" else Journal()


@dataclass(frozen=True, slots=True)
class Observations:
    """Everything that was seen; `blind` says of what else could not be read why not, by its name (`vault dev`).

    `offers`: what came of offering mail without a login, at each place that was seen and must refuse it.
    `pauses`: those that were in force. `policies`: what refused a forbidden change in each cluster that was seen.
    """

    watched: tuple[Watched, ...] = ()
    entries: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    blind: Mapping[str, str] = field(default_factory=dict)
    offers: Mapping[Place, tuple[Offer, ...]] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
    policies: Mapping[str, tuple[PolicyProbe, ...]] = field(default_factory=dict)

    @property
    def resting(self) -> frozenset[str]:
        """Name the clusters that are out of reach as they should be."""
        return frozenset(
            place.cluster
            for watched in self.watched
            for place, there in watched.seen.places.items()
            if isinstance(there, Resting)
        )


def vault_of(name: str) -> str:
    """Name a vault as `blind` and `relies_on` do."""
    return f"vault {name}"


def certificate_of(name: str) -> str:
    """Name a certificate as `blind` and `relies_on` do."""
    return f"certificate {name}"


def fronts_of(certificate: str) -> str:
    """Name the public names where a certificate is served as `blind` and `relies_on` do."""
    return f"fronts of {certificate}"


def mail_at(place: Place) -> str:
    """Name what a place does with unauthenticated mail as `relies_on` does."""
    return f"unauthenticated mail at {place}"


def policy_of(cluster: str) -> str:
    """Name a cluster's admission policy as `blind` and `relies_on` do."""
    return f"policy of {cluster}"


def seen_at(certificate: Certificate, place: Place) -> str:
    """Name the look at a certificate at a place as `relies_on` does."""
    return f"{certificate.name} at {place}"


def served_at(certificate: Certificate, place: Place) -> str:
    """Name what is presented where a certificate is to be served as `relies_on` does."""
    return f"{certificate.name} served at {place}"


def suspended(place: Place, now: datetime) -> bool:
    return place.site.suspended is not None and now < place.site.suspended.until


def served_leaves(there: PlaceSeen) -> tuple[Leaf, ...]:
    """Return each leaf that was presented at a place, once; one that cannot be read says nothing of its life."""
    return tuple(dict.fromkeys(leaf for _, leaf in presented(there.answers)))


def presented(answers: Iterable[Answer]) -> Iterator[tuple[Answer, Leaf]]:
    for answer in answers:
        try:
            if answer.chain:
                yield answer, leaf_of(x509.load_der_x509_certificate(answer.chain[0]))
        except UNREADABLE:
            continue
