"""What name servers say: one authoritative server, past every cache; or resolvers, the inventory's or the system's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.resolver
from dns.message import AUTHORITY
from dns.nameserver import Do53Nameserver
from dns.rdataclass import IN
from dns.rdatatype import RdataType
from dns.rrset import RRset

from shared.errors import PermanentError, TransientError
from shared.inventory import Endpoint, Zone
from shared.resolver import host_addresses, make_resolver, resolver_names

TIMEOUT = 3.0
"""Seconds for an authoritative server, once for UDP and once more for TCP."""

LIFETIME = 6.0
"""Seconds for one question to resolvers, all of them together."""

NO_RECURSION = dns.flags.Flag(0)
MOST_SERVERS, LONGEST_NAME = 4, 100
"""What an error quotes of the names in a server's answer."""


class NoAnswer(Exception):
    """The server gave no answer that says what it holds. The message is its error, or how long we waited."""


class NotAuthoritative(NoAnswer):
    """The server answered, but not for the zone: it refused, referred to other servers, or answered from its cache."""


class Delegated(NotAuthoritative):
    """The name lies in `zone`, which the zone that was asked for delegates to other name servers."""

    def __init__(self, zone: str, servers: tuple[str, ...]) -> None:
        more = f" and {len(servers) - MOST_SERVERS} more" if len(servers) > MOST_SERVERS else ""
        named = f" to {', '.join(servers[:MOST_SERVERS])}{more}" if servers else ""
        super().__init__(f"zone {zone} is delegated{named}; add it to the inventory's zones, or end the delegation")
        self.zone = zone


@dataclass(frozen=True, slots=True)
class TxtSeen:
    """The values that a server holds at a name; `detail` says what it has instead of a value that is missing."""

    values: frozenset[str]
    detail: str


def txt_at(server: Endpoint, name: str, zone: str) -> TxtSeen:
    """Return what a server of `zone` holds at a name. Raises NoAnswer."""
    answer = ask(server, name, RdataType.TXT, zone)
    records = answer.get_rrset(answer.answer, dns.name.from_text(name), dns.rdataclass.IN, RdataType.TXT)
    if records is None:
        target = target_in(answer, name)
        existing = "no TXT record" if answer.rcode() == dns.rcode.NOERROR else "NXDOMAIN"
        return TxtSeen(frozenset(), existing if target is None else f"a CNAME of {target[:LONGEST_NAME]}")
    values = frozenset(b"".join(record.strings).decode(errors="replace") for record in records)
    return TxtSeen(values, f"{len(values)} other values" if len(values) > 1 else "another value")


def cname_at(server: Endpoint, name: str, zone: str) -> str | None:
    """Return where a name points by CNAME at a server of `zone`, None if it does not. Raises NoAnswer."""
    return target_in(ask(server, name, RdataType.CNAME, zone), name)


def target_in(answer: dns.message.Message, name: str) -> str | None:
    record = answer.get_rrset(answer.answer, dns.name.from_text(name), dns.rdataclass.IN, RdataType.CNAME)
    return None if record is None else record[0].target.to_text(omit_final_dot=True).lower()


def ask(server: Endpoint, name: str, kind: RdataType, zone: str) -> dns.message.Message:
    """Return what a server says with authority for `zone` (RFC 1035, section 4.1.1). Raises NoAnswer."""
    answer = query_server(server, name, kind)
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise NotAuthoritative(dns.rcode.to_text(answer.rcode()))
    about = None if answer.answer else zone_in(answer)
    if about is not None and is_cut(about, name, zone):
        cut = about.to_text(omit_final_dot=True)
        raise Delegated(cut, servers_in(answer, about) or servers_in(query_server(server, cut, RdataType.NS), about))
    if not answer.flags & dns.flags.AA:
        referral = f", refers to zone {short(about)}" if about is not None and servers_in(answer, about) else ""
        raise NotAuthoritative(f"not authoritative{referral}")
    if about is not None and not about.is_subdomain(dns.name.from_text(zone)):
        raise NotAuthoritative(f"answers for zone {short(about)}, not for {zone}")
    return answer


def query_server(server: Endpoint, name: str, kind: RdataType) -> dns.message.Message:
    """Ask without recursion, over TCP where the answer is too long for UDP (RFC 7766). Raises NoAnswer."""
    question = dns.message.make_query(name, kind, use_edns=0, flags=NO_RECURSION)
    try:
        answer, _ = dns.query.udp_with_fallback(question, server.address, timeout=TIMEOUT, port=server.port)
    except dns.exception.Timeout as error:
        raise NoAnswer(f"no answer within {TIMEOUT:g} s") from error
    except (OSError, dns.exception.DNSException) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    return answer


def zone_in(answer: dns.message.Message) -> dns.name.Name | None:
    """Return the zone that an answer without records is about, by its SOA (RFC 2308) or as a referral by its NS."""
    for kind in (RdataType.SOA, RdataType.NS):
        for records in answer.authority:
            if records.rdtype == kind:
                return records.name
    return None


def is_cut(child: dns.name.Name, name: str, zone: str) -> bool:
    """Say whether `child` is a zone between `zone` and the name, or at the name (RFC 1034, section 4.2)."""
    outer = dns.name.from_text(zone)
    return child != outer and child.is_subdomain(outer) and dns.name.from_text(name).is_subdomain(child)


def servers_in(answer: dns.message.Message, zone: dns.name.Name) -> tuple[str, ...]:
    """Return the name servers of a zone as an answer or a referral has them."""
    return tuple(
        sorted(
            short(record.target)
            for records in (*answer.answer, *answer.authority)
            if records.rdtype == RdataType.NS and records.name == zone
            for record in records
        )
    )


def short(name: dns.name.Name) -> str:
    """Return a name as a message shows it: escaped by dnspython, without its final dot, and cut."""
    return name.to_text(omit_final_dot=name != dns.name.root).lower()[:LONGEST_NAME]


class NoResolver(dns.exception.FormError):
    """A server was asked as a resolver and neither looked the name up nor has authority for it."""

    def __init__(self, zone: dns.name.Name | None) -> None:
        elsewhere = "" if zone is None else f", refers to zone {short(zone)}"
        super().__init__(f"neither recursive nor authoritative{elsewhere}")  # type: ignore[no-untyped-call]


class CheckedNameserver(Do53Nameserver):
    """A resolver; a referral is an error, so that the next one is asked: dnspython takes a referral for no record."""

    def query(self, *args: Any, **options: Any) -> dns.message.Message:
        response = super().query(*args, **options)
        if response.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN) and not response.flags & dns.flags.AA:
            about = None if response.answer else zone_in(response)
            referred = about is not None and response.get_rrset(AUTHORITY, about, IN, RdataType.SOA) is None
            if referred or not response.flags & dns.flags.RA:
                raise NoResolver(about)
        return response


class Found(NamedTuple):
    """The records at the end of a name's CNAMEs, None if there are none, and the message that they came in."""

    records: RRset | None
    message: dns.message.Message


def look_up(name: str, kind: RdataType, resolvers: Sequence[Endpoint]) -> Found:
    """Return the records of a kind at a name. Raises TransientError if no resolver can say."""
    full = dns.name.from_text(name)
    try:
        answer = make_resolver(resolvers, LIFETIME, CheckedNameserver).resolve(full, kind, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN as error:
        return Found(None, error.response(full))  # type: ignore[no-untyped-call]
    except (OSError, dns.exception.DNSException) as error:
        raise unresolved(f"{kind.name} {name}", resolvers, error) from error
    return Found(answer.rrset, answer.response)


def look_up_cname(name: str, resolvers: Sequence[Endpoint], zone: str | None) -> str | None:
    """Return where a name points by CNAME, None if it does not. Raises Delegated if it lies in a zone below `zone`."""
    message = look_up(name, RdataType.CNAME, resolvers).message
    about = None if message.answer else zone_in(message)
    if zone is not None and about is not None and is_cut(about, name, zone):
        cut = about.to_text(omit_final_dot=True)
        raise Delegated(cut, servers_in(look_up(cut, RdataType.NS, resolvers).message, about))
    return target_in(message, name)


def authoritative_servers(zone: Zone) -> tuple[Endpoint, ...]:
    """Return every server that must hold the zone's records: the inventory's, else those of its NS records.

    A server without any address is left out: it cannot be asked.
    """
    if zone.name_servers:
        return zone.name_servers
    records = look_up(zone.name, RdataType.NS, zone.resolvers).records
    if records is None:
        raise PermanentError(
            f"zone {zone.name} has no NS records at {resolver_names(zone.resolvers)}. "
            "Delegate it, or give its name_servers."
        )
    names = sorted(record.target.to_text() for record in records)
    return tuple(dict.fromkeys(server for name in names for server in server_addresses(name, zone.resolvers)))


def server_addresses(name: str, resolvers: Sequence[Endpoint]) -> list[Endpoint]:
    """Return where a name server answers; nothing for a name without an address. Raises TransientError."""
    try:
        return [
            Endpoint(address)
            for address in sorted(host_addresses(name, make_resolver(resolvers, LIFETIME, CheckedNameserver)))
        ]
    except dns.resolver.NXDOMAIN:
        return []
    except (OSError, dns.exception.DNSException) as error:
        raise unresolved(f"addresses of {name}", resolvers, error) from error


def unresolved(what: str, resolvers: Sequence[Endpoint], error: Exception) -> TransientError:
    return TransientError(
        f"cannot look up {what} at {resolver_names(resolvers)}: {error}. Where resolvers cannot be reached or "
        "answer otherwise than the world, give the zone's name_servers (or resolvers) in the inventory."
    )
