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

from shared.domain.inventory import Endpoint

TIMEOUT = 3.0
"""Seconds, once for UDP and once more for TCP."""

NO_RECURSION = dns.flags.Flag(0)


class NoAnswer(Exception):
    """The server gave no answer that says what it holds; the sentence is its word, or how long it was silent."""


@dataclass(frozen=True, slots=True)
class TxtSeen:
    """The values that a server holds at a name, and in words why there may be none."""

    values: frozenset[str]
    words: str


def ask(server: Endpoint, name: str, kind: RdataType) -> dns.message.Message:
    """Ask without recursion, over TCP where the answer is too long for UDP (RFC 7766). Raises NoAnswer."""
    question = dns.message.make_query(name, kind, use_edns=0, flags=NO_RECURSION)
    try:
        answer, _ = dns.query.udp_with_fallback(question, server.address, timeout=TIMEOUT, port=server.port)
    except dns.exception.Timeout as error:
        raise NoAnswer(f"no answer within {TIMEOUT:g} s") from error
    except (OSError, dns.exception.DNSException) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise NoAnswer(dns.rcode.to_text(answer.rcode()))
    return answer


def txt_at(server: Endpoint, name: str) -> TxtSeen:
    """Return what a server holds at a name. Raises NoAnswer."""
    answer = ask(server, name, RdataType.TXT)
    records = answer.get_rrset(answer.answer, dns.name.from_text(name), dns.rdataclass.IN, RdataType.TXT)
    if records is None:
        return TxtSeen(frozenset(), "no TXT record" if answer.rcode() == dns.rcode.NOERROR else "NXDOMAIN")
    values = frozenset(b"".join(record.strings).decode(errors="replace") for record in records)
    return TxtSeen(values, f"{len(values)} other values" if len(values) > 1 else "another value")


def cname_at(server: Endpoint, name: str) -> str | None:
    """Return where a name points by CNAME, None if it does not. Raises NoAnswer."""
    answer = ask(server, name, RdataType.CNAME)
    record = answer.get_rrset(answer.answer, dns.name.from_text(name), dns.rdataclass.IN, RdataType.CNAME)
    return None if record is None else record[0].target.to_text(omit_final_dot=True).lower()
