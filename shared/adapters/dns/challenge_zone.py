"""Where the TXT value for a name must be published: CNAMEs of `_acme-challenge.<name>` lead there."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import dns.exception
import dns.name

from shared.adapters.dns.name_servers import Delegated, NoAnswer, cname_at, look_up_cname
from shared.domain.issuing.issuance import TxtValue
from shared.errors import PermanentError, TransientError
from shared.inventory import Zone
from shared.inventory.systems import challenge_name, enclosing

MOST_HOPS = 8
"""CNAMEs in a row; resolvers give up at about as many."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A CNAME that a name has, of its own or by a wildcard such as `*.example.net`."""

    target: str
    by_wildcard: bool = False


def locate(name: str, value: str, zones: Mapping[str, Zone]) -> TxtValue:
    """Return where `value` for the authorization of `name` belongs. Raises PermanentError if that is in no zone."""
    challenge = challenge_name(name)
    try:
        dns.name.from_text(challenge)
        place, by_wildcard = follow(challenge, zones)
    except dns.exception.DNSException as error:
        raise PermanentError(f"cannot prove control of {name}: {challenge} is not a DNS name: {error}") from error
    except Delegated as error:
        raise PermanentError(f"cannot prove control of {name}: {error}.") from error
    zone = enclosing(place, dict.fromkeys(zones, ()))
    if zone is not None:
        return TxtValue(zone, place, value)
    raise PermanentError(no_zone_for(challenge, place, zones, by_wildcard=by_wildcard))


def follow(name: str, zones: Mapping[str, Zone]) -> tuple[str, bool]:
    """Return the name at the end of the CNAMEs, and whether a wildcard's led there.

    A wildcard's CNAME ends where a record is published at the name itself (RFC 4592, section 4.3.1). So in a zone of
    ours it leads nowhere; elsewhere an authority follows it, and we must.
    """
    passed, by_wildcard = [name], False
    while (alias := alias_of(passed[-1], zones)) is not None:
        if alias.by_wildcard and enclosing(passed[-1], dict.fromkeys(zones, ())) is not None:
            break
        if alias.target in passed or len(passed) > MOST_HOPS:
            way = " -> ".join([*passed, alias.target])
            raise PermanentError(f"the CNAMEs of {name} lead nowhere: {way}. Correct them.")
        passed.append(alias.target)
        by_wildcard |= alias.by_wildcard
    return passed[-1], by_wildcard


def alias_of(name: str, zones: Mapping[str, Zone]) -> Alias | None:
    """Ask a zone's own name servers if the inventory gives them, else resolvers.

    Raises TransientError if no server can say: where no CNAME leads, a value would never be found. Raises Delegated if
    the name lies in a zone below one of ours.
    """
    own = enclosing(name, dict.fromkeys(zones, ()))
    if own is not None and zones[own].name_servers:
        return alias_at_servers(name, zones[own])
    related = enclosing(name, {zone.name: zone.delegated_from for zone in zones.values()})
    resolvers = zones[related].resolvers if related else ()
    return find_alias(name, lambda asked: look_up_cname(asked, resolvers, own))


def alias_at_servers(name: str, zone: Zone) -> Alias | None:
    said = []
    for server in zone.name_servers:
        try:
            return find_alias(name, partial(cname_at, server, zone=zone.name))
        except Delegated:
            raise
        except NoAnswer as error:
            said.append(f"{server}: {error}")
    raise TransientError(f"cannot look up CNAME {name} at the name servers of zone {zone.name}: {'; '.join(said)}")


def find_alias(name: str, cname: Callable[[str], str | None]) -> Alias | None:
    """Return a name's CNAME, and whose it is: a random name beside it and one below it have a wildcard's too.

    The one below shows a CNAME of the name's own that equals the wildcard's: a wildcard matches nothing below a name
    that exists (RFC 4592, section 2.2.1).
    """
    target = cname(name)
    if target is None:
        return None
    others = random_names(dns.name.from_text(name))
    return Alias(target, by_wildcard=bool(others) and all(cname(other) == target for other in others))


def random_names(name: dns.name.Name) -> list[str]:
    """Return a random name beside this one and another below it, as far as they are not too long."""
    label = secrets.token_hex(6).encode()
    names = []
    for labels in ((label, *name.labels[1:]), (label, *name.labels)):
        try:
            names.append(dns.name.Name(labels).to_text(omit_final_dot=True))
        except dns.name.NameTooLong:
            continue
    return names


def no_zone_for(challenge: str, place: str, zones: Mapping[str, Zone], *, by_wildcard: bool) -> str:
    ours = ", ".join(sorted(zones)) or "none"
    if place == challenge or by_wildcard:
        led = f" (a wildcard's leads to {place})" if by_wildcard else ""
        return (
            f"{challenge} has no CNAME of its own{led} and lies in no zone of the inventory ({ours}): create a CNAME "
            "into one of them, or add its zone."
        )
    return (
        f"{challenge} is a CNAME of {place}, which lies in no zone of the inventory ({ours}): correct the CNAME, or "
        "add the zone."
    )
