"""The operations on zones and TXT record sets, and the role that each needs.

https://learn.microsoft.com/rest/api/dns/record-sets
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from infra.local.standins.azuredns.errors import (
    authorization_failed,
    parent_not_found,
    record_set_not_found,
    refuse,
    version_not_supported,
    zone_not_found,
)
from infra.local.standins.azuredns.record_sets import (
    Primary,
    Store,
    check_preconditions,
    read_record_set,
    render,
    write_txt,
)
from infra.local.standins.serving import Listener
from infra.local.standins.tokens import Assignment, Caller, TokenError, Trust, Verifier, permits
from infra.local.standins.web import Answer, RefusalError, Request

BUILT_IN_ROLES: Mapping[str, Sequence[str]] = {"DNS Zone Contributor": ["Microsoft.Network/dnsZones/*"]}

ZONES = "Microsoft.Network/dnsZones"

API_VERSION = "2018-05-01"
"""The one whose answers this stand-in was compared with."""


@dataclass(frozen=True, slots=True)
class Config:
    """The shape of the configuration file.

    `zones` gives each zone's name servers as its NS set names them; the zones themselves are the primary's. `roles`
    are custom roles, by name, with the actions they allow. A scope in `assignments` is a zone or `ZONE/TXT/NAME`.
    """

    listener: Listener
    trust: Trust
    subscription: str
    resource_group: str
    zones: Mapping[str, tuple[str, ...]]
    primary: Primary
    assignments: tuple[Assignment, ...]
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """Azure DNS for one resource group."""

    config: Config
    verifier: Verifier
    store: Store

    def authenticate(self, request: Request) -> Caller:
        """The caller that the token names."""
        try:
            caller = self.verifier.caller(request.headers.get("Authorization"))
        except TokenError as error:
            raise RefusalError(refuse(401, "AuthenticationFailed", f"Authentication failed. {error}")) from error
        if "api-version" not in request.query:
            sentence = "The api-version query parameter (?api-version=) is required for all requests."
            raise RefusalError(refuse(400, "MissingApiVersionParameter", sentence))
        if request.query["api-version"] != API_VERSION:
            raise version_not_supported(request.query["api-version"], API_VERSION)
        return caller

    def get_zone(self, request: Request, subscription: str, group: str, zone: str) -> Answer:
        """A zone, its name servers and how many TXT record sets it has."""
        self._authorize(request.caller, f"{ZONES}/read", zone)
        if not self._is_ours(subscription, group, zone):
            raise zone_not_found(zone, group)
        body = {
            "id": self._zone_id(zone),
            "name": zone.lower(),
            "type": "Microsoft.Network/dnszones",
            "location": "global",
            "tags": {},
            "properties": {
                "zoneType": "Public",
                "nameServers": list(self.config.zones[zone.lower()]),
                "numberOfRecordSets": sum(1 for held_by, _ in self.store.record_sets if held_by == zone.lower()),
            },
        }
        return Answer(200, body)

    def list_txt(self, request: Request, subscription: str, group: str, zone: str) -> Answer:
        """All TXT record sets of a zone, on one page."""
        self._enter(request.caller, "read", (subscription, group, zone))
        record_sets = [
            render(record_set, zone.lower(), self._zone_id(zone))
            for (held_by, _), record_set in sorted(self.store.record_sets.items())
            if held_by == zone.lower()
        ]
        return Answer(200, {"value": record_sets})

    def get_txt(self, request: Request, subscription: str, group: str, zone: str, name: str) -> Answer:
        """One record set."""
        self._enter(request.caller, "read", (subscription, group, zone), name)
        record_set = self.store.record_sets.get((zone.lower(), name.lower()))
        if record_set is None:
            raise record_set_not_found(name, group, subscription)
        return Answer(200, render(record_set, zone.lower(), self._zone_id(zone)))

    def put_txt(self, request: Request, subscription: str, group: str, zone: str, name: str) -> Answer:
        """Create or replace one record set; the name server serves it before the answer comes."""
        self._enter(request.caller, "write", (subscription, group, zone), name)
        wanted = read_record_set(name, request.json().get("properties", {}))
        place = (zone.lower(), name.lower())
        with self.store.lock:
            current = self.store.record_sets.get(place)
            check_preconditions(request, name, current)
            write_txt(self.config.primary, zone, name, wanted.ttl, wanted.values)
            self.store.record_sets[place] = wanted
        return Answer(200 if current else 201, render(wanted, zone.lower(), self._zone_id(zone)))

    def delete_txt(self, request: Request, subscription: str, group: str, zone: str, name: str) -> Answer:
        """Delete one record set; 204 if there was none."""
        self._enter(request.caller, "delete", (subscription, group, zone), name)
        place = (zone.lower(), name.lower())
        with self.store.lock:
            current = self.store.record_sets.get(place)
            check_preconditions(request, name, current)
            if current is None:
                return Answer(204)
            write_txt(self.config.primary, zone, name, current.ttl, ())
            del self.store.record_sets[place]
        return Answer(200)

    def _enter(self, caller: Caller, right: str, zone: tuple[str, str, str], name: str | None = None) -> None:
        """Check the caller's right to TXT record sets of a zone, then that the zone exists."""
        scope = zone[2] if name is None else f"{zone[2]}/TXT/{name}"
        self._authorize(caller, f"{ZONES}/TXT/{right}", scope)
        if not self._is_ours(*zone):
            raise parent_not_found(self._zone_id(zone[2]))

    def _authorize(self, caller: Caller, action: str, scope: str) -> None:
        roles = {**BUILT_IN_ROLES, **self.config.roles}
        if not permits(roles, self.config.assignments, caller.object_id, action, scope):
            raise authorization_failed(caller, action, self._zone_id(scope))

    def _is_ours(self, subscription: str, group: str, zone: str) -> bool:
        ours = (self.config.subscription.lower(), self.config.resource_group.lower())
        return (subscription.lower(), group.lower()) == ours and zone.lower() in self.config.zones

    def _zone_id(self, zone: str) -> str:
        return (
            f"/subscriptions/{self.config.subscription}/resourceGroups/{self.config.resource_group}"
            f"/providers/{ZONES}/{zone}"
        )
