"""Questions to resolvers: the inventory's, else the system's."""

from collections.abc import Sequence

import dns.exception
import dns.name
import dns.resolver
from dns.nameserver import Do53Nameserver
from dns.rdatatype import RdataType
from dns.rrset import RRset

from shared.domain.inventory import Endpoint, Zone
from shared.errors import PermanentError, TransientError

TIMEOUT, LIFETIME = 2.0, 6.0
"""Seconds for one resolver, and for one question in all."""


def look_up(name: str, kind: RdataType, resolvers: Sequence[Endpoint]) -> RRset | None:
    """Return the records of a kind at a name, None if there are none. Raises TransientError if nobody can say."""
    try:
        return resolver(resolvers).resolve(dns.name.from_text(name), kind, raise_on_no_answer=False).rrset
    except dns.resolver.NXDOMAIN:
        return None
    except (OSError, dns.exception.DNSException) as error:
        raise TransientError(
            f"cannot look up {kind.name} {name} at {whom(resolvers)}: {error}. Where resolvers cannot be reached or "
            "answer otherwise than the world, give the zone's name_servers (or resolvers) in the inventory."
        ) from error


def resolver(resolvers: Sequence[Endpoint]) -> dns.resolver.Resolver:
    chosen = dns.resolver.Resolver(configure=not resolvers)
    if resolvers:
        chosen.nameservers = [Do53Nameserver(server.address, server.port) for server in resolvers]
    chosen.timeout, chosen.lifetime = TIMEOUT, LIFETIME
    return chosen


def whom(resolvers: Sequence[Endpoint]) -> str:
    return ", ".join(map(str, resolvers)) or "the system's resolvers"


def look_up_cname(name: str, resolvers: Sequence[Endpoint]) -> str | None:
    """Return where a name points by CNAME, None if it does not."""
    record = look_up(name, RdataType.CNAME, resolvers)
    return None if record is None else record[0].target.to_text(omit_final_dot=True).lower()


def authoritative_servers(zone: Zone) -> tuple[Endpoint, ...]:
    """Return every server that must hold the zone's records: the inventory's, else those of its NS records.

    A server without any address is left out: nobody can ask it.
    """
    if zone.name_servers:
        return zone.name_servers
    records = look_up(zone.name, RdataType.NS, zone.resolvers)
    if records is None:
        raise PermanentError(
            f"zone {zone.name} has no NS records at {whom(zone.resolvers)}. Delegate it, or give its name_servers."
        )
    names = sorted(record.target.to_text() for record in records)
    return tuple(dict.fromkeys(server for name in names for server in addresses(name, zone.resolvers)))


def addresses(name: str, resolvers: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """Return a server's IPv4 addresses, its IPv6 addresses only if it has no other: few serverless hosts reach them."""
    records = look_up(name, RdataType.A, resolvers) or look_up(name, RdataType.AAAA, resolvers) or ()
    return tuple(Endpoint(record.address) for record in sorted(records))
