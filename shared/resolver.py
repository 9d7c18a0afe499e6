"""Names looked up by dnspython in limited time: at given resolvers, else at the system's (/etc/resolv.conf).

getaddrinfo has no time-out.
"""

from collections.abc import Sequence

import dns.message
import dns.name
import dns.resolver
from dns.nameserver import Do53Nameserver
from dns.rdatatype import RdataType

from shared.endpoint import Endpoint

TRY_TIMEOUT = 2.0
"""Seconds for one question to one server."""

MOST_CNAMES = 8
"""Followed where a server answers with a CNAME alone, as one that is not recursive does."""


def make_resolver(
    servers: Sequence[Endpoint], lifetime: float, kind: type[Do53Nameserver] = Do53Nameserver
) -> dns.resolver.Resolver:
    """Return a resolver that asks these servers, else the system's, each as a `kind` of name server.

    `lifetime`: seconds for one question, all tries included. Raises DNSException where the system names no resolver.
    """
    resolver = dns.resolver.Resolver(configure=not servers)
    resolver.nameservers = [kind(server.address, server.port) for server in servers] or [
        kind(str(address)) for address in resolver.nameservers
    ]
    resolver.timeout, resolver.lifetime = TRY_TIMEOUT, lifetime
    return resolver


def resolver_names(servers: Sequence[Endpoint]) -> str:
    return ", ".join(map(str, servers)) or "the system's resolvers"


def host_addresses(host: str, resolver: dns.resolver.Resolver) -> list[str]:
    """Return a host's IPv4 addresses, or its IPv6 addresses where it has no other: few serverless hosts reach them.

    Empty where it has none. Raises DNSException.
    """
    return address_records(host, RdataType.A, resolver) or address_records(host, RdataType.AAAA, resolver)


def address_records(host: str, kind: RdataType, resolver: dns.resolver.Resolver) -> list[str]:
    """Return the addresses of one kind, at the end of the name's CNAMEs. Raises DNSException."""
    name = dns.name.from_text(host)
    for _ in range(MOST_CNAMES):
        answer = resolver.resolve(name, kind, raise_on_no_answer=False)
        if answer.rrset is not None:
            return [record.address for record in answer.rrset]
        if answer.canonical_name == name:
            return []
        name = answer.canonical_name
    raise dns.message.ChainTooLong
