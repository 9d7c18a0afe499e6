"""Where a relay's name leads, as a client finds out, in limited time."""

import ipaddress
from collections.abc import Sequence

import dns.exception
import dns.message
import dns.name
import dns.resolver
from dns.nameserver import Do53Nameserver
from dns.rdatatype import RdataType

from shared.adapters.smtp.connection import Deadline, SessionError, server_text
from shared.inventory import Endpoint

TIMEOUT, LIFETIME = 2.0, 5.0
"""Seconds for one try, and for one question in all."""

MOST_CNAMES = 8
"""Followed where a server answers with a CNAME alone, as one that is not recursive does."""

MOST_ADDRESSES = 4


def addresses(host: str, resolver: Endpoint | None, deadline: Deadline) -> Sequence[str]:
    """Return the addresses of a host in the order to try them: IPv4, or else IPv6; those of an address are itself.

    `resolver` is asked, or the system's (of /etc/resolv.conf: getaddrinfo has no time-out). Raises SessionError.
    """
    if is_address(host):
        return [host]
    try:
        asked = asking(resolver, deadline)
        found = look_up(host, RdataType.A, asked) or look_up(host, RdataType.AAAA, asked)
    except dns.exception.DNSException as error:
        raise SessionError(f"{host} does not resolve at {whom(resolver)}: {words(error, host)}", early=True) from error
    if not found:
        raise SessionError(f"{host} does not resolve at {whom(resolver)}: no address", early=True)
    return found[:MOST_ADDRESSES]


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def asking(resolver: Endpoint | None, deadline: Deadline) -> dns.resolver.Resolver:
    asked = dns.resolver.Resolver(configure=resolver is None)
    if resolver is not None:
        asked.nameservers = [Do53Nameserver(resolver.address, resolver.port)]
    asked.timeout, asked.lifetime = TIMEOUT, min(LIFETIME, deadline.left())
    return asked


def look_up(host: str, kind: RdataType, asked: dns.resolver.Resolver) -> list[str]:
    name = dns.name.from_text(host)
    for _ in range(MOST_CNAMES):
        answer = asked.resolve(name, kind, raise_on_no_answer=False)
        if answer.rrset is not None:
            return [record.address for record in answer.rrset]
        if answer.canonical_name == name:
            return []
        name = answer.canonical_name
    raise dns.message.ChainTooLong


def whom(resolver: Endpoint | None) -> str:
    return "the system's resolvers" if resolver is None else str(resolver)


def words(error: dns.exception.DNSException, host: str) -> str:
    match error:
        case dns.resolver.NXDOMAIN():
            target = error.canonical_name
            gone = target != dns.name.from_text(host)
            return f"NXDOMAIN for {server_text(target.to_text(omit_final_dot=True))}, its CNAME" if gone else "NXDOMAIN"
        case dns.resolver.LifetimeTimeout():
            return f"no answer within {error.kwargs['timeout']:.2g} s"
        case dns.resolver.NoNameservers():
            *_, (*_, last, _) = error.kwargs["errors"]
            return server_text(str(last))
    return server_text(str(error))
