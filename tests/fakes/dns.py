"""TXT record sets in a dict, and name servers that may lag behind."""

from collections.abc import Mapping, Sequence

from shared.domain.issuing.issuance import Propagation, TxtValue
from shared.errors import PermanentError
from tests.fakes.faults import Faults

SERVERS = ("192.0.2.1:53", "192.0.2.2:53")


class FakeDns:
    """Implements ports.Dns. `record_sets` are the values at each name, anybody's; `cnames` point from name to name."""

    def __init__(self, zones: Sequence[str] = ("mail.example.net",)) -> None:
        self.zones = tuple(zones)
        self.record_sets: dict[str, tuple[str, ...]] = {}
        self.cnames: dict[str, str] = {}
        self.faults = Faults()
        self._lagging: dict[str, Mapping[str, tuple[str, ...]]] = {}

    def locate(self, name: str, value: str) -> TxtValue:
        with self.faults.around("locate"):
            place = self.follow(f"_acme-challenge.{name.removeprefix('*.')}")
            zones = [zone for zone in self.zones if f".{place}".endswith(f".{zone}")]
            if not zones:
                raise PermanentError(f"{place} lies in no zone of the inventory ({', '.join(self.zones)})")
            return TxtValue(max(zones, key=len), place, value)

    def publish(self, record: TxtValue) -> None:
        with self.faults.around("publish"):
            if record.name in self.cnames:
                raise PermanentError(f"cannot publish TXT {record.name}: a CNAME stands there")
            values = self.record_sets.get(record.name, ())
            if record.value not in values:
                self.record_sets[record.name] = (*values, record.value)

    def withdraw(self, record: TxtValue) -> None:
        with self.faults.around("withdraw"):
            if record.name in self.record_sets:
                others = (value for value in self.record_sets[record.name] if value != record.value)
                self.record_sets[record.name] = tuple(others)

    def propagation(self, records: Sequence[TxtValue]) -> tuple[Propagation, ...]:
        with self.faults.around("propagation"):
            return tuple(self._standing(record) for record in records)

    def lag(self, server: str) -> None:
        """Let a server of SERVERS go on serving what there is now."""
        self._lagging[server] = dict(self.record_sets)

    def catch_up(self, server: str) -> None:
        """Let a server that lagged serve what all others do."""
        del self._lagging[server]

    def follow(self, name: str) -> str:
        """Return the name at the end of the CNAMEs."""
        while name in self.cnames:
            name = self.cnames[name]
        return name

    def visible(self, name: str, value: str) -> bool:
        """Say whether everybody who asks for a TXT record at `name` gets `value`, whichever server is asked."""
        return all(value in self._served(server).get(self.follow(name), ()) for server in SERVERS)

    def _served(self, server: str) -> Mapping[str, tuple[str, ...]]:
        return self._lagging.get(server, self.record_sets)

    def _standing(self, record: TxtValue) -> Propagation:
        seen_on = tuple(s for s in SERVERS if record.value in self._served(s).get(record.name, ()))
        lacking = next((server for server in SERVERS if server not in seen_on), None)
        return Propagation(record, SERVERS, seen_on, "" if lacking is None else f"{lacking}: no TXT record")
