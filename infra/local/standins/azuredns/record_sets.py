"""TXT record sets, their ETags, and what a write may expect of them; and the name server that they are written into.

https://learn.microsoft.com/azure/dns/dns-zones-records#etags
The name server takes dynamic updates (RFC 2136) signed with TSIG (RFC 8945).
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import dns.exception
import dns.name
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsigkeyring
import dns.update
from dns.rdtypes.ANY.TXT import TXT

from infra.local.standins.azuredns.errors import (
    alias_in_the_way,
    bad_request,
    name_server_failed,
    record_set_changed,
    record_set_exists,
)
from infra.local.standins.web import Request

LONGEST_STRING = 255


@dataclass(frozen=True, slots=True)
class RecordSet:
    """`values` may be empty; each is one record's character strings. `name` is relative to the zone.

    `metadata` is None where none was given.
    """

    name: str
    ttl: int
    values: tuple[tuple[str, ...], ...]
    metadata: Mapping[str, str] | None
    etag: str


@dataclass(slots=True)
class Store:
    """Record sets by zone and relative name, both in lower case; whoever writes holds `lock` meanwhile."""

    lock: Lock = field(default_factory=Lock)
    record_sets: dict[tuple[str, str], RecordSet] = field(default_factory=dict)


def read_record_set(name: str, properties: Mapping[str, Any]) -> RecordSet:
    """A record set from a PUT's `properties`, with a new ETag; refuses what Azure would."""
    ttl = properties.get("TTL")
    if not isinstance(ttl, int) or not 1 <= ttl <= 2_147_483_647:
        raise bad_request(f"The TTL of '{name}' must be a number from 1 to 2147483647, not {ttl!r}.")
    values = tuple(tuple(record.get("value", ())) for record in properties.get("TXTRecords") or ())
    for strings in values:
        if not strings or any(len(string.encode()) > LONGEST_STRING for string in strings):
            raise bad_request(f"Each TXT record of '{name}' must have strings of at most {LONGEST_STRING} bytes.")
    return RecordSet(name, ttl, values, properties.get("metadata"), str(uuid.uuid4()))


def check_preconditions(request: Request, name: str, current: RecordSet | None) -> None:
    """Refuse a write whose If-Match or If-None-Match does not hold (RFC 9110, section 13.1)."""
    etag = current.etag if current else None
    wanted = request.headers.get("If-Match")
    if wanted and (etag is None or wanted not in ("*", etag)):
        raise record_set_changed(name)
    unwanted = request.headers.get("If-None-Match")
    if unwanted not in (None, "*"):
        raise bad_request(f"If-None-Match takes '*' alone, not '{unwanted}'.")
    if unwanted and etag:
        raise record_set_exists(name)


def render(record_set: RecordSet, zone: str, zone_id: str) -> dict[str, Any]:
    """A record set in Resource Manager's JSON."""
    owner = f"{zone}." if record_set.name == "@" else f"{record_set.name}.{zone}."
    return {
        "id": f"{zone_id}/TXT/{record_set.name}",
        "name": record_set.name,
        "type": "Microsoft.Network/dnszones/TXT",
        "etag": record_set.etag,
        "properties": {
            "fqdn": owner,
            "TTL": record_set.ttl,
            **({} if record_set.metadata is None else {"metadata": dict(record_set.metadata)}),
            "TXTRecords": [{"value": list(strings)} for strings in record_set.values],
            "targetResource": {},
            "provisioningState": "Succeeded",
        },
    }


TIMEOUT = 5.0
"""Seconds that the name server has for an answer."""


@dataclass(frozen=True, slots=True)
class Primary:
    """The name server that takes the updates, and the key to sign them with (RFC 8945); `secret` is base64."""

    address: str
    port: int
    key_name: str
    secret: str = field(repr=False)
    algorithm: str = "hmac-sha256"


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
