"""Questions to resolvers: the inventory's, else the system's."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.resolver
from dns.message import AUTHORITY
from dns.nameserver import Do53Nameserver
from dns.rdataclass import IN
from dns.rdatatype import RdataType
from dns.rrset import RRset

from shared.adapters.dns.questions import Delegated, is_cut, servers_in, short, target_in, zone_told
from shared.errors import PermanentError, TransientError
from shared.inventory import Endpoint, Zone

TIMEOUT, LIFETIME = 2.0, 6.0
"""Seconds for one resolver, and for one question in all."""


class Unhelpful(dns.exception.FormError):
    """A server was asked as a resolver and neither looked the name up nor has authority for it."""

    def __init__(self, zone: dns.name.Name | None) -> None:
        elsewhere = "" if zone is None else f", refers to zone {short(zone)}"
        super().__init__(f"neither recursive nor authoritative{elsewhere}")  # type: ignore[no-untyped-call]


class CheckedNameserver(Do53Nameserver):
    """A resolver; the next one is asked where its answer is a mere referral, which else would count as no record."""

    def query(self, *args: Any, **options: Any) -> dns.message.Message:
        response = super().query(*args, **options)
        if response.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN) and not response.flags & dns.flags.AA:
            told = None if response.answer else zone_told(response)
            referred = told is not None and response.get_rrset(AUTHORITY, told, IN, RdataType.SOA) is None
            if referred or not response.flags & dns.flags.RA:
                raise Unhelpful(told)
        return response


class Found(NamedTuple):
    """The records at the end of a name's CNAMEs, None if there are none, and the message that they came in."""

    records: RRset | None
    message: dns.message.Message


def look_up(name: str, kind: RdataType, resolvers: Sequence[Endpoint]) -> Found:
    """Return the records of a kind at a name. Raises TransientError if nobody can say."""
    full = dns.name.from_text(name)
    try:
        answer = resolver(resolvers).resolve(full, kind, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN as error:
        return Found(None, error.response(full))  # type: ignore[no-untyped-call]
    except (OSError, dns.exception.DNSException) as error:
        raise TransientError(
            f"cannot look up {kind.name} {name} at {whom(resolvers)}: {error}. Where resolvers cannot be reached or "
            "answer otherwise than the world, give the zone's name_servers (or resolvers) in the inventory."
        ) from error
    return Found(answer.rrset, answer.response)


def resolver(resolvers: Sequence[Endpoint]) -> dns.resolver.Resolver:
    """Return a resolver that asks these servers, else the system's."""
    chosen = dns.resolver.Resolver(configure=not resolvers)
    servers = resolvers or [Endpoint(str(address)) for address in chosen.nameservers]
    chosen.nameservers = [CheckedNameserver(server.address, server.port) for server in servers]
    chosen.timeout, chosen.lifetime = TIMEOUT, LIFETIME
    return chosen


def whom(resolvers: Sequence[Endpoint]) -> str:
    return ", ".join(map(str, resolvers)) or "the system's resolvers"


def look_up_cname(name: str, resolvers: Sequence[Endpoint], zone: str | None) -> str | None:
    """Return where a name points by CNAME, None if it does not. Raises Delegated if it lies in a zone below `zone`."""
    message = look_up(name, RdataType.CNAME, resolvers).message
    told = None if message.answer else zone_told(message)
    if zone is not None and told is not None and is_cut(told, name, zone):
        cut = told.to_text(omit_final_dot=True)
        raise Delegated(cut, servers_in(look_up(cut, RdataType.NS, resolvers).message, told))
    return target_in(message, name)


def authoritative_servers(zone: Zone) -> tuple[Endpoint, ...]:
    """Return every server that must hold the zone's records: the inventory's, else those of its NS records.

    A server without any address is left out: nobody can ask it.
    """
    if zone.name_servers:
        return zone.name_servers
    records = look_up(zone.name, RdataType.NS, zone.resolvers).records
    if records is None:
        raise PermanentError(
            f"zone {zone.name} has no NS records at {whom(zone.resolvers)}. Delegate it, or give its name_servers."
        )
    names = sorted(record.target.to_text() for record in records)
    return tuple(dict.fromkeys(server for name in names for server in addresses(name, zone.resolvers)))


def addresses(name: str, resolvers: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """Return a server's IPv4 addresses, its IPv6 addresses only if it has no other: few serverless hosts reach them."""
    records = look_up(name, RdataType.A, resolvers).records or look_up(name, RdataType.AAAA, resolvers).records or ()
    return tuple(Endpoint(record.address) for record in sorted(records))
