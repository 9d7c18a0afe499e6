"""Where the TXT value for a name must be published: CNAMEs of `_acme-challenge.<name>` lead there."""

from collections.abc import Callable, Mapping

import dns.exception
import dns.name

from shared.adapters.dns.questions import NoAnswer, cname_at
from shared.adapters.dns.resolving import look_up_cname
from shared.domain.inventory import Zone
from shared.domain.inventory.zones import covering
from shared.domain.issuance import TxtValue
from shared.errors import PermanentError, TransientError

MOST_HOPS = 8
"""CNAMEs in a row; resolvers give up at about as many."""


def locate(name: str, value: str, zones: Mapping[str, Zone]) -> TxtValue:
    """Return where `value` for the authorization of `name` belongs. Raises PermanentError if that is in no zone."""
    challenge = f"_acme-challenge.{name.removeprefix('*.')}"
    try:
        dns.name.from_text(challenge)
    except dns.exception.DNSException as error:
        raise PermanentError(f"cannot prove control of {name}: {challenge} is not a DNS name: {error}") from error
    place = follow(challenge, lambda alias: cname_of(alias, zones))
    zone = covering(place, dict.fromkeys(zones, ()))
    if zone is not None:
        return TxtValue(zone, place, value)
    raise PermanentError(out_of_reach(challenge, place, zones))


def follow(name: str, cname: Callable[[str], str | None]) -> str:
    """Return the name at the end of the CNAMEs."""
    passed = [name]
    while (target := cname(passed[-1])) is not None:
        if target in passed or len(passed) > MOST_HOPS:
            raise PermanentError(f"the CNAMEs of {name} lead nowhere: {' -> '.join([*passed, target])}. Mend them.")
        passed.append(target)
    return passed[-1]


def cname_of(name: str, zones: Mapping[str, Zone]) -> str | None:
    """Ask a zone's own name servers if the inventory gives them, else resolvers.

    Raises TransientError if nobody can say: a value published where no CNAME leads to it would never be seen.
    """
    own = covering(name, dict.fromkeys(zones, ()))
    if own is not None and zones[own].name_servers:
        return cname_at_servers(name, zones[own])
    related = covering(name, {zone.name: zone.delegated_from for zone in zones.values()})
    return look_up_cname(name, zones[related].resolvers if related else ())


def cname_at_servers(name: str, zone: Zone) -> str | None:
    silent = []
    for server in zone.name_servers:
        try:
            return cname_at(server, name)
        except NoAnswer as error:
            silent.append(f"{server}: {error}")
    raise TransientError(f"cannot look up CNAME {name} at the name servers of zone {zone.name}: {'; '.join(silent)}")


def out_of_reach(challenge: str, place: str, zones: Mapping[str, Zone]) -> str:
    ours = ", ".join(sorted(zones)) or "none"
    if place == challenge:
        return (
            f"{challenge} has no CNAME and lies in no zone of the inventory ({ours}): create a CNAME into one of them, "
            "or add its zone."
        )
    return (
        f"{challenge} is a CNAME of {place}, which lies in no zone of the inventory ({ours}): mend it, or add the zone."
    )
