"""Can the names of each certificate be issued: zones that cover them, and the limits of authorities and of X.509."""

from collections.abc import Iterator

from shared.inventory.addresses import SELF_SIGNED
from shared.inventory.names import certificate_dns_name, valid
from shared.inventory.raw import Finding, Tree, entries, items, known, mapping, texts
from shared.inventory.zones import covering

_MOST_NAMES = 100
_LONGEST_COMMON_NAME = 64


def too_many_or_too_long(tree: Tree) -> Iterator[Finding]:
    """More names than an ACME authority takes; no name that fits into the CN (RFC 5280, ub-common-name)."""
    for name, certificate in entries(tree, "certificates"):
        path = ("certificates", name, "dns_names")
        dns_names = [item for _, item in items(certificate.get("dns_names"))]
        if len(dns_names) > _MOST_NAMES and certificate.get("issuer") != SELF_SIGNED:
            yield Finding(path, f"has {len(dns_names)} names; an ACME authority takes at most {_MOST_NAMES}")
        if dns_names and all(_too_long(item) for item in dns_names):
            message = f"every name is longer than the CN, {_LONGEST_COMMON_NAME} characters; add one that fits into it"
            yield Finding(path, message)


def uncovered(tree: Tree) -> Iterator[Finding]:
    """DNS names of ACME certificates that no zone covers."""
    issuers, zones = known(tree, "issuers"), known(tree, "zones")
    if issuers is None or zones is None:
        return
    suffixes = {
        zone: [name for _, name in texts(mapping(entry).get("delegated_from"))] for zone, entry in zones.items()
    }
    for name, certificate in entries(tree, "certificates"):
        issuer = certificate.get("issuer")
        if not isinstance(issuer, str) or issuer == SELF_SIGNED or issuer not in issuers:
            continue
        for position, dns_name in texts(certificate.get("dns_names")):
            if valid(certificate_dns_name, dns_name) and covering(dns_name, suffixes) is None:
                message = (
                    f"no zone covers {dns_name}; add its zone, or list it under delegated_from of the zone that its "
                    f"_acme-challenge leads to. Zones: {', '.join(zones) or 'none'}"
                )
                yield Finding(("certificates", name, "dns_names", position), message)


def ambiguous(tree: Tree) -> Iterator[Finding]:
    """A suffix that two zones claim."""
    owners = dict.fromkeys(mapping(tree.get("zones")), "")
    for zone, entry in entries(tree, "zones"):
        for position, suffix in texts(entry.get("delegated_from")):
            owner = owners.setdefault(suffix, zone)
            if owner != zone:
                claim = f"zone {owner} lists it too" if owner else "it is a zone of its own"
                yield Finding(("zones", zone, "delegated_from", position), f"{suffix} is covered already: {claim}")


def _too_long(dns_name: object) -> bool:
    if not isinstance(dns_name, str) or not valid(certificate_dns_name, dns_name):
        return False
    return len(dns_name) > _LONGEST_COMMON_NAME
