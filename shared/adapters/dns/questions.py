"""One question to one authoritative server, past every cache."""

from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
from dns.rdatatype import RdataType

from shared.inventory import Endpoint

TIMEOUT = 3.0
"""Seconds, once for UDP and once more for TCP."""

NO_RECURSION = dns.flags.Flag(0)
MOST_SERVERS, LONGEST_NAME = 4, 100
"""What a message holds of the names that a server told."""


class NoAnswer(Exception):
    """The server gave no answer that says what it holds; the sentence is its word, or how long it was silent."""


class NotAuthoritative(NoAnswer):
    """The server answered, but not for the zone: it refused, referred to others, or told what it has in its cache."""


class Delegated(NotAuthoritative):
    """The name lies in `zone`, which the zone that was asked for delegates to other name servers."""

    def __init__(self, zone: str, servers: tuple[str, ...]) -> None:
        more = f" and {len(servers) - MOST_SERVERS} more" if len(servers) > MOST_SERVERS else ""
        named = f" to {', '.join(servers[:MOST_SERVERS])}{more}" if servers else ""
        super().__init__(f"zone {zone} is delegated{named}; add it to the inventory's zones, or end the delegation")
        self.zone = zone


@dataclass(frozen=True, slots=True)
class TxtSeen:
    """The values that a server holds at a name, and in words why there may be none."""

    values: frozenset[str]
    words: str


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
    answer = exchange(server, name, kind)
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise NotAuthoritative(dns.rcode.to_text(answer.rcode()))
    told = None if answer.answer else zone_told(answer)
    if told is not None and is_cut(told, name, zone):
        cut = told.to_text(omit_final_dot=True)
        raise Delegated(cut, servers_in(answer, told) or servers_in(exchange(server, cut, RdataType.NS), told))
    if not answer.flags & dns.flags.AA:
        referral = f", refers to zone {short(told)}" if told is not None and servers_in(answer, told) else ""
        raise NotAuthoritative(f"not authoritative{referral}")
    if told is not None and not told.is_subdomain(dns.name.from_text(zone)):
        raise NotAuthoritative(f"answers for zone {short(told)}, not for {zone}")
    return answer


def exchange(server: Endpoint, name: str, kind: RdataType) -> dns.message.Message:
    """Ask without recursion, over TCP where the answer is too long for UDP (RFC 7766). Raises NoAnswer."""
    question = dns.message.make_query(name, kind, use_edns=0, flags=NO_RECURSION)
    try:
        answer, _ = dns.query.udp_with_fallback(question, server.address, timeout=TIMEOUT, port=server.port)
    except dns.exception.Timeout as error:
        raise NoAnswer(f"no answer within {TIMEOUT:g} s") from error
    except (OSError, dns.exception.DNSException) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    return answer


def zone_told(answer: dns.message.Message) -> dns.name.Name | None:
    """Return the zone that an answer without records is about, by its SOA (RFC 2308) or as a referral by its NS."""
    for kind in (RdataType.SOA, RdataType.NS):
        for records in answer.authority:
            if records.rdtype == kind:
                return records.name
    return None


def is_cut(told: dns.name.Name, name: str, zone: str) -> bool:
    """Say whether the zone told of lies between `zone` and the name, or at the name (RFC 1034, section 4.2)."""
    outer = dns.name.from_text(zone)
    return told != outer and told.is_subdomain(outer) and dns.name.from_text(name).is_subdomain(told)


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
