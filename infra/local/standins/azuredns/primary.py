"""Writing record sets into the name server, by dynamic update (RFC 2136) signed with TSIG (RFC 8945)."""

from collections.abc import Iterable

import dns.exception
import dns.name
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsigkeyring
import dns.update
from dns.rdtypes.ANY.TXT import TXT

from infra.local.standins.azuredns.config import Primary
from infra.local.standins.azuredns.errors import alias_in_the_way, name_server_failed

TIMEOUT = 5.0
"""Seconds that the name server has for an answer."""


def write_txt(primary: Primary, zone: str, name: str, ttl: int, values: Iterable[tuple[str, ...]]) -> None:
    """Make these the only TXT records at the relative `name` (`@` is the zone itself); none at all are none.

    A value's strings become the character strings of one record. Refuses a name with a CNAME, where a name server
    would ignore the update in silence (RFC 2136, section 3.4.2.2), and what the name server does not take.
    """
    keyring = dns.tsigkeyring.from_text({primary.key_name: (primary.algorithm, primary.secret)})
    update = dns.update.UpdateMessage(dns.name.from_text(zone), keyring=keyring)
    owner = dns.name.from_text(name, None)
    update.absent(owner, dns.rdatatype.CNAME)
    update.delete(owner, dns.rdatatype.TXT)
    for strings in values:
        update.add(owner, ttl, TXT(dns.rdataclass.IN, dns.rdatatype.TXT, [string.encode() for string in strings]))

    task, where = f"TXT {name} in {zone}", f"{primary.address}:{primary.port}"
    try:
        answer = dns.query.tcp(update, primary.address, timeout=TIMEOUT, port=primary.port)
    except (OSError, dns.exception.DNSException) as error:
        raise name_server_failed(task, where, f"{type(error).__name__}: {error}") from error
    if answer.rcode() == dns.rcode.YXRRSET:
        raise alias_in_the_way()
    if answer.rcode() != dns.rcode.NOERROR:
        raise name_server_failed(task, where, dns.rcode.to_text(answer.rcode()))
