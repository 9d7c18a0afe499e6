"""Where Azure DNS is tested: in the stack's zones, or in the one that the environment names."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.update
from azure.identity import DefaultAzureCredential
from azure.mgmt.dns import DnsManagementClient
from azure.mgmt.dns.models import CnameRecord, RecordSet

from shared.adapters.dns.azure_dns import dns_client
from shared.adapters.dns.name_servers import cname_at
from shared.inventory import Endpoint, Zone
from tests.conftest import RunningStack
from tests.contract.polling import until

ARM = "https://management.azure.com"
PARENT, ZONE = "platform.hmcts.net", "mailrelay.platform.hmcts.net"
ZONE_ID = re.compile(r"(?i)/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/Microsoft\.Network/dnsZones/([^/]+)")
LONGEST_PROPAGATION = 60.0
"""Seconds until the name servers of a real zone serve a change."""

type Alias = Callable[[str, str], None]
"""Makes a name a CNAME of another."""


@dataclass(frozen=True, slots=True)
class Site:
    """Zones of ours, and where their record sets are changed.

    `host` is a name in `zone` that no other test uses, `elsewhere` one whose CNAMEs lead there.
    """

    arm: str
    zones: dict[str, Zone]
    zone: Zone
    host: str
    elsewhere: str

    @property
    def relative(self) -> str:
        """The name of the host's record set within the zone."""
        return f"_acme-challenge.{self.host.removesuffix(f'.{self.zone.name}')}"


def stack_site(stack: RunningStack) -> Site:
    zones = dict(stack.inventory.zones)
    return Site(stack.addresses.arm, zones, zones[ZONE], f"{new()}.{ZONE}", f"{new()}.{PARENT}")


def real_site(zone_id: str) -> Site:
    """A zone by its resource id. It need not be delegated: its name servers are asked directly."""
    found = ZONE_ID.fullmatch(zone_id)
    assert found, f"{zone_id} is not the resource id of a DNS zone"
    subscription, group, name = found.groups()
    with DefaultAzureCredential() as credential, dns_client(credential, ARM, subscription) as client:
        servers = client.zones.get(group, name).name_servers or []
    zone = Zone(name=name, subscription=subscription, resource_group=group)
    zone = zone.model_copy(update={"name_servers": tuple(Endpoint(address_of(server)) for server in servers)})
    return Site(ARM, {name: zone}, zone, f"{new()}.{name}", f"{new()}.{name}")


def new() -> str:
    return f"contract-{uuid4().hex[:12]}"


def address_of(server: str) -> str:
    return str(socket.getaddrinfo(server.rstrip("."), 53, socket.AF_INET)[0][4][0])


@contextmanager
def real_aliases(site: Site, client: DnsManagementClient) -> Iterator[Alias]:
    """Make CNAMEs in the zone itself, and wait until all its servers have them; they are deleted at the end."""
    group, zone, made = site.zone.resource_group, site.zone.name, []

    def make(name: str, target: str) -> None:
        relative = name.removesuffix(f".{zone}")
        made.append(relative)
        record = RecordSet(ttl=60, cname_record=CnameRecord(cname=target))
        client.record_sets.create_or_update(group, zone, relative, "CNAME", record)
        until(
            lambda: all(cname_at(server, name, zone) == target for server in site.zone.name_servers),
            LONGEST_PROPAGATION,
        )

    yield make
    for relative in made:
        client.record_sets.delete(group, zone, relative, "CNAME")


@contextmanager
def stack_aliases(stack: RunningStack) -> Iterator[Alias]:
    """Make CNAMEs of names of the parent zone in the name server itself; they are gone at the end."""
    statement = (stack.folder / "bind" / "update.key").read_text()
    found = re.search(r'key "(.+)" \{ algorithm hmac-sha256; secret "(.+)"; \};', statement)
    assert found
    keyring = dns.tsigkeyring.from_text({found[1]: ("hmac-sha256", found[2])})
    address, _, port = stack.addresses.name_servers[0].partition(":")
    names = []

    def send(update: dns.update.UpdateMessage) -> None:
        assert dns.query.tcp(update, address, timeout=5, port=int(port)).rcode() == dns.rcode.NOERROR

    def make(name: str, target: str) -> None:
        names.append(name)
        update = dns.update.UpdateMessage(PARENT, keyring=keyring)
        update.replace(f"{name}.", 60, "CNAME", f"{target}.")
        send(update)

    yield make
    for name in names:
        update = dns.update.UpdateMessage(PARENT, keyring=keyring)
        update.delete(f"{name}.")
        send(update)
