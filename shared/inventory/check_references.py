"""Checks that names lead somewhere: vaults, issuers, clusters, certificates, relays, zones, routes for alerts."""

from collections.abc import Iterator

from shared.inventory.alerts import Filter, Heartbeat, Route
from shared.inventory.clients import Client, Owner, RelayClients
from shared.inventory.entries import Entries, EntryProblem
from shared.inventory.fields import SecretReference
from shared.inventory.relays import Certificate, Relay, Serves
from shared.inventory.systems import SELF_SIGNED, AcmeIssuer, Cluster, Zone, covering
from shared.suggestions import advice
from shared.yaml_tree import Path

SIGNED = "webhook"
SEVERITIES = ("warning", "critical")
OWN_SERVICE = "relaykeeper"
"""The label `service` of alerts that concern no relay."""

_MOST_NAMES = 100
_LONGEST_COMMON_NAME = 64


def unknown_references(entries: Entries) -> Iterator[EntryProblem]:
    """References to something that the inventory does not hold."""
    for path, name, section in _references(entries):
        names = entries.names(section)
        if names is None:
            continue
        if section == "issuers":
            names = [SELF_SIGNED, *names]
        if name not in names:
            yield EntryProblem(path, f"no {section.removesuffix('s')} is called {name}; {advice(name, names)}")


def _references(entries: Entries) -> Iterator[tuple[Path, str, str]]:
    """Yield each reference: its path, the name that it gives, and the section that must hold that name."""
    for model, key, section in (
        (Certificate, "vault", "vaults"),
        (Certificate, "issuer", "issuers"),
        (Relay, "clusters", "clusters"),
        (Serves, "certificate", "certificates"),
        (Client, "vault", "vaults"),
        (Client, "relays", "relays"),
        (RelayClients, "vault", "vaults"),
        (Relay, "probe_client", "clients"),
    ):
        yield from ((path, name, section) for path, name in entries.values(model, key))
    yield from ((path, secret.vault, "vaults") for path, secret in secret_references(entries))
    yield from ((path, str(path[-1]), "vaults") for path, _ in entries.each(Filter))
    for path, route in entries.each(Route, "match"):
        for label in ("cluster", "certificate"):
            if label in route.match:
                yield (*path, "match", label), route.match[label], f"{label}s"


def secret_references(entries: Entries) -> Iterator[tuple[Path, SecretReference]]:
    """Yield path and value of each VAULT/SECRET."""
    for model, key in (
        (AcmeIssuer, "account_key"),
        (Cluster, "kubeconfig"),
        (Heartbeat, "ping"),
        (Route, "signing_key"),
        (Route, "urls"),
    ):
        yield from entries.values(model, key)


def reserved_issuer(entries: Entries) -> Iterator[EntryProblem]:
    """An issuer with the name of the built-in one."""
    if SELF_SIGNED in (entries.names("issuers") or ()):
        yield EntryProblem(("issuers", SELF_SIGNED), f"{SELF_SIGNED} is built in; give this issuer another name")


def name_limits(entries: Entries) -> Iterator[EntryProblem]:
    """More names than an ACME authority takes; no name that fits into the CN (RFC 5280, ub-common-name)."""
    for path, certificate in entries.each(Certificate, "issuer", "dns_names"):
        number = len(certificate.dns_names)
        if number > _MOST_NAMES and certificate.issuer != SELF_SIGNED:
            message = f"has {number} names; an ACME authority takes at most {_MOST_NAMES}"
            yield EntryProblem((*path, "dns_names"), message)
        if min(map(len, certificate.dns_names)) > _LONGEST_COMMON_NAME:
            message = f"every name is longer than the CN, {_LONGEST_COMMON_NAME} characters; add one that fits into it"
            yield EntryProblem((*path, "dns_names"), message)


def names_without_zone(entries: Entries) -> Iterator[EntryProblem]:
    """DNS names of ACME certificates that no zone covers."""
    issuers, zones = entries.names("issuers"), entries.names("zones")
    if issuers is None or zones is None or not entries.all_known(Zone, "delegated_from"):
        return
    suffixes: dict[str, tuple[str, ...]] = dict.fromkeys(zones, ())
    suffixes |= {str(path[-1]): zone.delegated_from for path, zone in entries.each(Zone)}
    for path, certificate in entries.each(Certificate, "issuer", "dns_names"):
        if certificate.issuer == SELF_SIGNED or certificate.issuer not in issuers:
            continue
        for position, dns_name in enumerate(certificate.dns_names):
            if covering(dns_name, suffixes) is None:
                message = (
                    f"no zone covers {dns_name}; add its zone, or list it under delegated_from of the zone that its "
                    f"_acme-challenge leads to. Zones: {', '.join(zones) or 'none'}"
                )
                yield EntryProblem((*path, "dns_names", position), message)


def unknown_routes(entries: Entries) -> Iterator[EntryProblem]:
    """A heartbeat or a client's owner with a route that does not exist."""
    routes = entries.names("alerts", "routes")
    for model, key in ((Heartbeat, "routes"), (Owner, "route")):
        for path, name in entries.values(model, key):
            if routes is not None and name not in routes:
                yield EntryProblem(path, f"no route is called {name}; {advice(name, routes)}")


def unknown_labels(entries: Entries) -> Iterator[EntryProblem]:
    """A label's value that no alert has, with which the route would stay silent."""
    relays = entries.names("relays")
    allowed = {"severity": SEVERITIES} | ({} if relays is None else {"service": (OWN_SERVICE, *relays)})
    for path, route in entries.each(Route, "match"):
        for label, value in route.match.items():
            if value not in allowed.get(label, (value,)):
                message = f"no alert has the {label} {value}; {advice(value, allowed[label])}"
                yield EntryProblem((*path, "match", label), message)


def signing_key_errors(entries: Entries) -> Iterator[EntryProblem]:
    """A webhook without a key, or a key for a kind that takes no signature."""
    for path, route in entries.each(Route, "kind", "signing_key"):
        if route.kind == SIGNED and route.signing_key is None:
            message = "is missing; what we send to a webhook is signed, so that nobody can forge it"
            yield EntryProblem((*path, "signing_key"), message)
        if route.kind != SIGNED and route.signing_key is not None:
            message = f"is for a {SIGNED}; a URL of {route.kind} is its secret already. Leave it out"
            yield EntryProblem((*path, "signing_key"), message)


def multiple_urls(entries: Entries) -> Iterator[EntryProblem]:
    """Several URLs in one route to people: while one fails, the readers of the others would be told at each watch."""
    for path, route in entries.each(Route, "kind", "urls"):
        if route.kind != "alertmanager" and len(route.urls) > 1:
            message = f"has {len(route.urls)} URLs; give each its own route, so that each fails alone"
            yield EntryProblem((*path, "urls"), message)


def clusters_without_route(entries: Entries) -> Iterator[EntryProblem]:
    """Clusters with relays whose alerts go to no route, if there are routes at all."""
    chosen = [route.match.get("cluster") for _, route in entries.each(Route)]
    if not chosen or None in chosen or not entries.all_known(Route, "match"):
        return
    for path, cluster in entries.values(Relay, "clusters"):
        if cluster not in chosen:
            message = f"{cluster} has relays and no route for alerts; add one, or one without match: cluster"
            yield EntryProblem(path, message)


REFERENCE_CHECKS = (
    unknown_references,
    reserved_issuer,
    name_limits,
    names_without_zone,
    unknown_routes,
    unknown_labels,
    signing_key_errors,
    multiple_urls,
    clusters_without_route,
)
