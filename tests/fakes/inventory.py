"""A small inventory with good defaults: one certificate, one relay in two clusters; tests change what they need."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import yaml

from shared.inventory import Inventory, Place, parse
from shared.inventory.relays import Certificate

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

NAME = "dev-mail-example-net"

HOST = "dev.mail.example.net"

INTERNAL = "dev-in-mail-example-net"

type Fields = Mapping[str, object]


def small_inventory(
    relay: Fields | None = None,
    sites: Mapping[str, Fields] | None = None,
    clients: Mapping[str, Fields] | None = None,
    **certificate: object,
) -> Inventory:
    """Return an inventory whose relay, clusters, clients and first certificate have these fields beside defaults.

    A field of the relay that is None is left out.
    """
    return parse(yaml.safe_dump(small_document(relay, sites, clients, **certificate), sort_keys=False))


def small_document(
    relay: Fields | None = None,
    sites: Mapping[str, Fields] | None = None,
    clients: Mapping[str, Fields] | None = None,
    **certificate: object,
) -> dict[str, dict[str, Any]]:
    """Return the same as the document that it is read from."""
    relay = {
        "clusters": ["ss-dev-00", "ss-dev-01"],
        "workload": "mailrelay/statefulset/mailrelay",
        "ports": [25],
        "serves": [
            {"certificate": NAME, "secret": "relay-tls"},
            {"certificate": INTERNAL, "secret": "relay-tls"},
        ],
        "files": {"{host}.pem": "bundle", "default.pem": "bundle"},
        "reload": "auto",
        **(relay or {}),
    }
    return {
        "vaults": {"dev": {"url": "https://dev.vault.example.net"}},
        "issuers": {
            "letsencrypt": {"directory": "https://acme.example.net/dir", "account_key": "dev/letsencrypt-account-key"}
        },
        "zones": {
            "mail.example.net": {
                "subscription": "00000000-0000-0000-0000-000000000001",
                "resource_group": "dns",
            }
        },
        "clusters": {
            name: {"server": f"https://{name}.example.net", "ca_file": f"{name}.pem", **(sites or {}).get(name, {})}
            for name in ("ss-dev-00", "ss-dev-01")
        },
        "certificates": {
            NAME: {"vault": "dev", "issuer": "letsencrypt", "dns_names": [HOST], **certificate},
            INTERNAL: {"vault": "dev", "issuer": "self-signed", "dns_names": ["dev-in.mail.example.net"]},
        },
        "relays": {"dev": {key: value for key, value in relay.items() if value is not None}},
        "clients": {name: {"vault": "dev", "relays": ["dev"], **fields} for name, fields in (clients or {}).items()},
    }


def certificate(**fields: object) -> Certificate:
    """Return the fleet's first certificate with these fields."""
    return small_inventory(None, None, None, **fields).certificates[NAME]


def place(**relay: object) -> Place:
    """Return the first place where the first certificate is served, with these fields of its relay."""
    return small_inventory(relay=relay).places(NAME)[0]
