"""The sections of `status` about a certificate: wanted, stored, issued, and served at each place and replica."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from relaykeeper.looking.tables import SHORT, relays_of
from relaykeeper.moments import day_left, minute, minute_away
from shared.api.certificate_view import CertificateView, OrderView, QuarantineView
from shared.api.place_view import HeldView, PlaceView, ReplicaView
from shared.text import counted

PRINT = 12
"""Characters of a thumbprint, as the app's own sentences have it."""


def certificate_sections(certificate: CertificateView, at: datetime) -> Mapping[str, Iterable[str]]:
    return {
        "WANTED": wanted_lines(certificate),
        "STORED": stored_lines(certificate, at),
        "ISSUING": issuing_lines(certificate, at),
        "SERVED": served_lines(certificate, at),
        "PUBLIC": (f"{address}: {fault}" for address, fault in certificate.public_endpoints.items()),
        "QUARANTINE": (quarantine_line(each, at) for each in certificate.quarantine),
    }


def wanted_lines(certificate: CertificateView) -> Iterator[str]:
    wanted = certificate.wanted
    yield ", ".join(wanted.dns_names)
    yield (
        f"{wanted.key} for {' and '.join(wanted.uses)}, signed by {wanted.issuer}, in vault {wanted.vault}, "
        f"mode {wanted.mode}"
    )
    if certificate.places:
        yield f"served by relay {', '.join(relays_of(certificate.places))}"


def stored_lines(certificate: CertificateView, at: datetime) -> Iterator[str]:
    stored = certificate.stored
    if stored is None:
        yield "nothing is known to be in the vault"
        return
    yield f"version {stored.version}"
    yield f"valid {minute(stored.not_before)} to {minute(stored.expires)}, expires {day_left(stored.expires, at)}"
    yield f"thumbprint {stored.thumbprint}"
    yield f"serial {stored.serial}, {stored.key}"
    if set(stored.dns_names) != set(certificate.wanted.dns_names):
        yield f"its names are not those wanted: {', '.join(stored.dns_names)}"


def issuing_lines(certificate: CertificateView, at: datetime) -> Iterator[str]:
    yield f"{certificate.verdict.verdict}: {certificate.verdict.message}"
    if certificate.order is not None:
        yield from order_lines(certificate.order, at)
    if (backoff := certificate.backoff) is not None:
        verb = "is not asked before" if backoff.until > at else "may be asked again since"
        yield f"the authority {verb} {minute_away(backoff.until, at)}, after {counted(backoff.attempts, 'failure')}"
        yield f"  the last: {backoff.error}"
    if certificate.last_error is not None:
        yield f"the last attempt failed: {certificate.last_error}"
    if certificate.waits_for is not None:
        since = f" since {minute_away(certificate.waits_since, at)}" if certificate.waits_since is not None else ""
        yield f"it waits{since}: {certificate.waits_for}"


def order_lines(order: OrderView, at: datetime) -> Iterator[str]:
    yield f"an order is in progress since {minute_away(order.since, at)}: {order.reason}"
    if order.url is not None:
        yield f"  {order.url}"
    yield from (f"  TXT record {name}" for name in order.txt_records)


def served_lines(certificate: CertificateView, at: datetime) -> Iterator[str]:
    if not certificate.places:
        yield "no relay serves it"
    for place in certificate.places:
        yield from place_lines(place, certificate, at)


def place_lines(place: PlaceView, certificate: CertificateView, at: datetime) -> Iterator[str]:
    newest = certificate.stored.version if certificate.stored is not None else None
    yield f"{place.place}: {what_it_should_serve(place, newest)}"
    if place.message:
        yield f"  {place.message}"
    if place.rollout is not None and not place.rollout.done:
        yield f"  rollout of {place.rollout.replicas} replicas: {place.rollout.message}"
    yield from (f"  {replica_line(each, at)}" for each in place.replicas)
    if place.held is not None:
        yield f"  {held_line(place.held, at)}"
    if place.last_error is not None and place.last_error != place.message:
        yield f"  the last delivery failed: {place.last_error}"


def what_it_should_serve(place: PlaceView, newest: str | None) -> str:
    if place.state != "observed":
        last = f"version {place.verified_version[:SHORT]}" if place.verified_version else "nothing"
        return f"{place.state.replace('_', ' ')}; last seen to serve {last}"
    if place.wanted is None:
        return "which version it should serve is not known"
    which = "the newest" if place.wanted == newest else "an earlier one"
    seen = "seen served by every replica before" if place.verified_version == place.wanted else "not verified yet"
    return f"should serve version {place.wanted[:SHORT]}, {which}; {seen}"


def replica_line(replica: ReplicaView, at: datetime) -> str:
    ready = "" if replica.ready is not False else ", pod not Ready"
    if replica.ok:
        return f"{replica.replica}: ok{ready}, {leaf_words(replica, at)}"
    return f"{replica.replica}: WRONG{ready}: {replica.message} ({leaf_words(replica, at)})"


def leaf_words(replica: ReplicaView, at: datetime) -> str:
    if replica.thumbprint is None:
        return "no certificate seen"
    expires = f", expires {day_left(replica.expires, at)}" if replica.expires is not None else ""
    return f"leaf {replica.thumbprint[:PRINT]}{expires}"


def held_line(held: HeldView, at: datetime) -> str:
    return f"held until {minute_away(held.until, at)} ({held.reason}): {held.message}"


def quarantine_line(quarantine: QuarantineView, at: datetime) -> str:
    where = f"to relay {quarantine.relay}" if quarantine.relay else "anywhere"
    return (
        f"version {quarantine.version[:SHORT]} is not delivered {where} since {minute_away(quarantine.at, at)} "
        f"({quarantine.reason}): {quarantine.message}"
    )


def places_of_relay(relay: str, certificates: Iterable[CertificateView], at: datetime) -> Iterator[str]:
    """Tell what the places of a relay serve of each certificate."""
    for certificate in certificates:
        verdict = "ready" if certificate.ready else f"NOT READY: {certificate.message}"
        yield f"certificate/{certificate.name}: {verdict}"
        for place in certificate.places:
            if place.place.partition("@")[0] == relay:
                yield from (f"  {line}" for line in place_lines(place, certificate, at))
