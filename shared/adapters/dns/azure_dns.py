"""TXT values of challenges in Azure DNS: where they belong, written one at a time, and how far they have come."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from http import HTTPStatus

from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.dns import DnsManagementClient
from azure.mgmt.dns.models import RecordSet, TxtRecord

from shared.adapters.dns import challenge_zone, propagation
from shared.adapters.dns.name_servers import authoritative_servers
from shared.azure import DNS_OPTIONS, in_words, translated
from shared.domain.issuing.issuance import Propagation, TxtValue
from shared.errors import PermanentError, TransientError
from shared.inventory import Endpoint, Zone

ARM_SCOPE = "https://management.azure.com/.default"
NEEDS = "Microsoft.Network/dnsZones/TXT/read and TXT/write on this record set"
CHANGE_ATTEMPTS = 5
TTL = 60
"""Seconds, of a record set that we make."""

LONGEST_STRING = 255
"""Bytes; a longer value is several strings of one record (RFC 1035, section 3.3.14)."""

type Edit = Callable[[Sequence[TxtRecord]], Sequence[TxtRecord]]


class AzureDns:
    """ports.Dns: the inventory's `zones` by name, behind the Resource Manager at `arm_url`."""

    def __init__(self, zones: Mapping[str, Zone], credential: TokenCredential, arm_url: str) -> None:
        self._zones = zones
        self._record_sets = RecordSets(cache(partial(dns_client, credential, arm_url)))
        self._servers: dict[str, tuple[Endpoint, ...]] = {}

    def locate(self, name: str, value: str) -> TxtValue:
        return challenge_zone.locate(name, value, self._zones)

    def publish(self, record: TxtValue) -> None:
        self._record_sets.add(self._zone(record), record)

    def withdraw(self, record: TxtValue) -> None:
        self._record_sets.remove(self._zone(record), record)

    def propagation(self, records: Sequence[TxtValue]) -> tuple[Propagation, ...]:
        return propagation.look(records, {record.zone: self._servers_of(self._zone(record)) for record in records})

    def _zone(self, record: TxtValue) -> Zone:
        zone = self._zones.get(record.zone)
        if zone is None:
            raise PermanentError(
                f"TXT {record.name} was published in zone {record.zone}, which the inventory no longer has: "
                "put the zone back until the value is withdrawn; if it is gone for good, delete the certificate's "
                "journal."
            )
        return zone

    def _servers_of(self, zone: Zone) -> tuple[Endpoint, ...]:
        """Return a zone's servers, looked up once."""
        if zone.name not in self._servers:
            self._servers[zone.name] = authoritative_servers(zone)
        return self._servers[zone.name]


class RecordSets:
    """The record sets that one identity may change, one value at a time; `connect` gives a subscription's client.

    Others write to the same sets. So each write names the ETag of what was read, and where another writer was faster
    the set is read again (https://learn.microsoft.com/azure/dns/dns-zones-records#etags).
    """

    def __init__(self, connect: Callable[[str], DnsManagementClient]) -> None:
        self._connect = connect

    def add(self, zone: Zone, record: TxtValue) -> None:
        """Put a value beside the others, unless it is there."""

        def edit(records: Sequence[TxtRecord]) -> Sequence[TxtRecord]:
            present = any(record_value(other) == record.value for other in records)
            return records if present else [*records, TxtRecord(value=strings(record.value))]

        self._change(zone, record.name, edit, f"cannot publish TXT {record.name} in zone {zone.name}")

    def remove(self, zone: Zone, record: TxtValue) -> None:
        """Take a value away, if it is there. The last one leaves an empty set: role assignments may be scoped to it."""

        def edit(records: Sequence[TxtRecord]) -> Sequence[TxtRecord]:
            return [other for other in records if record_value(other) != record.value]

        self._change(zone, record.name, edit, f"cannot withdraw TXT {record.name} from zone {zone.name}")

    def _change(self, zone: Zone, name: str, edit: Edit, tried: str) -> None:
        for _ in range(CHANGE_ATTEMPTS):
            with translated(tried, NEEDS):
                seen = self._read(zone, name)
                records = (seen and seen.txt_records) or []
                edited = edit(records)
                if len(edited) == len(records) or self._write(zone, name, seen, edited, tried):
                    return
        raise TransientError(f"{tried}: others changed the record set in between, {CHANGE_ATTEMPTS} times in a row")

    def _read(self, zone: Zone, name: str) -> RecordSet | None:
        try:
            return self._connect(zone.subscription).record_sets.get(
                zone.resource_group, zone.name, relative(name, zone), "TXT"
            )
        except ResourceNotFoundError:
            return None

    def _write(self, zone: Zone, name: str, seen: RecordSet | None, records: Sequence[TxtRecord], tried: str) -> bool:
        """Write the set with these records, all else as it was `seen`; return False if it has changed since."""
        wanted = RecordSet(
            ttl=seen.ttl if seen else TTL, metadata=seen.metadata if seen else None, txt_records=list(records)
        )
        unchanged = {"if_match": seen.etag} if seen else {"if_none_match": "*"}
        try:
            self._connect(zone.subscription).record_sets.create_or_update(
                zone.resource_group, zone.name, relative(name, zone), "TXT", wanted, **unchanged
            )
        except HttpResponseError as error:
            if error.status_code == HTTPStatus.PRECONDITION_FAILED:
                return False
            if error.status_code == HTTPStatus.CONFLICT:
                raise conflict(error, name, tried) from None
            raise
        return True


def dns_client(credential: TokenCredential, arm_url: str, subscription: str) -> DnsManagementClient:
    """Return a client for whatever Resource Manager is at `arm_url`; the token is for the public cloud's."""
    return DnsManagementClient(credential, subscription, arm_url, credential_scopes=[ARM_SCOPE], **DNS_OPTIONS)


def conflict(error: HttpResponseError, name: str, tried: str) -> PermanentError | TransientError:
    """Return what a 409 is: a CNAME at the name (RFC 1034, section 3.6.2), a lock on the zone, or another writer."""
    said = in_words(error).removesuffix(".")
    if "cname" in said.lower():
        return PermanentError(
            f"{tried}: {said}. The name servers do not answer with that CNAME, else its target would get the value: "
            f"delete the CNAME {name}, or find out why they do not serve it."
        )
    if error.error is not None and error.error.code == "ScopeLocked":
        return PermanentError(f"{tried}: {said}. Remove the lock, or have it cover no record sets of challenges.")
    return TransientError(f"{tried}: others are at work on the zone: {said}")


def relative(name: str, zone: Zone) -> str:
    """Return a record's name as Azure DNS calls it: relative to the zone, `@` for the zone itself."""
    return "@" if name == zone.name else name.removesuffix(f".{zone.name}")


def record_value(record: TxtRecord) -> str:
    return "".join(record.value or [])


def strings(value: str) -> list[str]:
    """Cut a value (ASCII) into strings that a record can hold."""
    return [value[start : start + LONGEST_STRING] for start in range(0, len(value), LONGEST_STRING)]
