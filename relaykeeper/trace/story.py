"""Walk from a leaf back to the person or the timer behind it, by the app's history (docs/api.md, Read)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relaykeeper.app.api import Api
from relaykeeper.app.kinds import CERTIFICATES
from relaykeeper.app.reading import read_list
from relaykeeper.looking.records import as_record, read_records
from relaykeeper.looking.tables import views_of
from relaykeeper.moments import rfc3339
from relaykeeper.trace.leaf import SeenLeaf
from shared.api.audit import RecordView
from shared.api.certificate_view import CertificateView
from shared.errors import PermanentError, TransientError

BEFORE_ISSUE = timedelta(days=8)
"""How long before a leaf is valid its order, or the request for it, may have been made: a request is open for seven
days at most, and authorities backdate by an hour."""

BROUGHT = ("secret", "rollout", "served", "not served", "rollback", "quarantine")
"""Events by which a version comes to a place."""


@dataclass(frozen=True, slots=True)
class ServedAt:
    """A replica that serves the leaf now, for one certificate of the inventory."""

    certificate: str
    place: str
    replica: str


@dataclass(slots=True)
class Story:
    """What is known of a leaf. Records are None where there is none; `not_read` says why something is not known.

    `merge`: how it came into the vault. `order`: the order it came from. `request`: what a person asked for. `brought`:
    the last record of each kind at each place. `named`: certificates of the inventory for the same name.
    """

    seen: SeenLeaf
    merge: RecordView | None = None
    order: RecordView | None = None
    request: RecordView | None = None
    brought: tuple[RecordView, ...] = ()
    certificate: CertificateView | None = None
    served_at: tuple[ServedAt, ...] = ()
    named: tuple[CertificateView, ...] = ()
    not_read: dict[str, str] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """The app knows the leaf: from its history, from a vault, or from a replica that serves it."""
        return self.merge is not None or bool(self.brought or self.served_at) or self.certificate is not None

    @property
    def version(self) -> str:
        """The version in the vault; empty if it is not known."""
        if self.certificate is not None and is_stored(self.seen, self.certificate) and self.certificate.stored:
            return self.certificate.stored.version
        return next((each.version for each in self.records if each.version), "")

    @property
    def target(self) -> str:
        """`certificate/NAME` whose version it is; empty if it is not known."""
        if self.records:
            return self.records[0].target
        return f"certificate/{self.certificate.name}" if self.certificate is not None else ""

    @property
    def records(self) -> tuple[RecordView, ...]:
        return (*([self.merge] if self.merge is not None else []), *self.brought)

    @property
    def traced(self) -> bool:
        """It is known who is behind it, and why."""
        return self.merge is not None


def tell_story(api: Api, seen: SeenLeaf) -> Story:
    """Return all that the app knows of a leaf. Raises what Api.get does if the history cannot be read; what else cannot
    be read is in `not_read`."""
    story = Story(seen)
    since = seen.leaf.not_before - BEFORE_ISSUE
    about = records(api, since, thumbprint=seen.leaf.thumbprint)
    story.merge = first(about, lambda each: each.event == "merge")
    story.brought = last_of_each_kind(each for each in about if each.event in BROUGHT)
    if story.merge is not None:
        story.order, story.request = origin(api, since, story.merge)
    try:
        certificates = views_of(CERTIFICATES, read_list(api, CERTIFICATES))
    except (TransientError, PermanentError) as failure:
        story.not_read["certificates"] = str(failure)
        return story
    story.served_at = tuple(where_served(seen, certificates))
    story.certificate = whose(story, certificates)
    story.named = tuple(each for each in certificates if is_for_name(seen, each))
    return story


def records(api: Api, since: datetime, **filters: str) -> list[RecordView]:
    """Return the records that match, the oldest first, without lines that cannot be read: they match every filter."""
    found = map(as_record, read_records(api, since=rfc3339(since), limit="1000", **filters))
    return [each for each in found if each.event != "unreadable"]


def origin(api: Api, since: datetime, merge: RecordView) -> tuple[RecordView | None, RecordView | None]:
    """Return the record of the order, which an earlier tick may have placed, and that of the request."""
    order = None
    if merge.order:
        about = records(api, since, target=merge.target)
        order = first(about, lambda each: each.event == "order" and each.order == merge.order)
    caused = records(api, since, correlation=merge.correlation) if merge.correlation else []
    request = first(caused, lambda each: each.event == "request" and bool(each.request) and each.target == merge.target)
    return order, request


def first(found: Iterable[RecordView], fits: Callable[[RecordView], bool]) -> RecordView | None:
    return next(filter(fits, found), None)


def last_of_each_kind(found: Iterable[RecordView]) -> tuple[RecordView, ...]:
    """Return the last record of each event at each place, the newest first."""
    last: dict[tuple[str, str], RecordView] = {}
    for each in found:
        last.pop((each.event, each.place), None)
        last[each.event, each.place] = each
    return tuple(reversed(last.values()))


def where_served(seen: SeenLeaf, certificates: Iterable[CertificateView]) -> Iterator[ServedAt]:
    for certificate in certificates:
        for place in certificate.places:
            for replica in place.replicas:
                if replica.thumbprint == seen.leaf.thumbprint:
                    yield ServedAt(certificate.name, place.place, replica.replica)


def whose(story: Story, certificates: Sequence[CertificateView]) -> CertificateView | None:
    """Return the certificate whose version the leaf is: by the history, else by what the vault has."""
    by_history = {f"certificate/{each.name}": each for each in certificates}.get(story.target)
    return by_history or next((each for each in certificates if is_stored(story.seen, each)), None)


def is_stored(seen: SeenLeaf, certificate: CertificateView) -> bool:
    return certificate.stored is not None and certificate.stored.thumbprint == seen.leaf.thumbprint


def is_for_name(seen: SeenLeaf, certificate: CertificateView) -> bool:
    """Say whether a certificate is for the name that was asked for, or else for one of the leaf's."""
    asked = {seen.name} if seen.name is not None else seen.leaf.names
    return any(covers(wanted, name) for wanted in certificate.wanted.dns_names for name in asked)


def covers(pattern: str, name: str) -> bool:
    """Say whether a name of a certificate is for a host (RFC 6125, section 6.4.3: `*` stands for one label)."""
    beginning, dot, rest = pattern.partition(".")
    return pattern == name or (beginning == "*" and dot + rest == "." + name.partition(".")[2])
