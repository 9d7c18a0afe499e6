"""Azure DNS, and what the world's servers say about it."""

from collections.abc import Mapping, Sequence
from functools import cache, partial

from azure.core.credentials import TokenCredential

from shared.adapters.dns import location, propagation
from shared.adapters.dns.record_sets import RecordSets, connect
from shared.adapters.dns.resolving import authoritative_servers
from shared.domain.issuing.issuance import Propagation, TxtValue
from shared.errors import PermanentError
from shared.inventory import Endpoint, Zone


class AzureDns:
    """ports.Dns: the inventory's `zones` by name, behind the Resource Manager at `arm_url`."""

    def __init__(self, zones: Mapping[str, Zone], credential: TokenCredential, arm_url: str) -> None:
        self._zones = zones
        self._record_sets = RecordSets(cache(partial(connect, credential, arm_url)))
        self._servers: dict[str, tuple[Endpoint, ...]] = {}

    def locate(self, name: str, value: str) -> TxtValue:
        return location.locate(name, value, self._zones)

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
        """Look a zone's servers up once."""
        if zone.name not in self._servers:
            self._servers[zone.name] = authoritative_servers(zone)
        return self._servers[zone.name]
