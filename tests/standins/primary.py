"""A BIND of the tests' own, with one zone that takes updates signed with one key."""

import base64
import secrets
import shutil
from functools import partial
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from infra.local.loopback import Addresses
from infra.local.processes import Process, Supervisor
from infra.local.standins.azuredns.record_sets import Primary
from infra.local.tools import find_program, needed

ZONE = "mailrelay.example.org"

_OPTIONS = """
options {{
    directory "{folder}";
    listen-on port {port} {{ {address}; }};
    listen-on-v6 {{ none; }};
    pid-file none;
    recursion no;
    dnssec-validation no;
    notify no;
}};
controls {{ }};
key "{key}" {{ algorithm {algorithm}; secret "{secret}"; }};
zone "{zone}" {{ type primary; file "zone"; allow-update {{ key "{key}"; }}; }};
"""
_ZONE = """
$TTL 60
@ SOA ns1 hostmaster 1 3600 600 86400 60
@ NS ns1
ns1 A 127.0.0.1
_acme-challenge.alias CNAME elsewhere
"""


def primary_at(addresses: Addresses) -> Primary:
    """Where the BIND listens, and a fresh key for its updates."""
    address, _, port = addresses.name_servers[0].partition(":")
    return Primary(address, int(port), "azuredns", base64.b64encode(secrets.token_bytes(32)).decode())


def launch_primary(supervisor: Supervisor, folder: Path, primary: Primary) -> Process:
    """Start a BIND with its files in `folder`/primary."""
    home = folder / "primary"
    home.mkdir()
    (home / "zone").write_text(_ZONE)
    (home / "named.conf").write_text(
        _OPTIONS.format(
            folder=home,
            address=primary.address,
            port=primary.port,
            key=primary.key_name,
            algorithm=primary.algorithm,
            secret=primary.secret,
            zone=ZONE,
        )
    )
    # A copy, as AppArmor keeps the program of the usual path out of any folder but its own.
    named = shutil.copy(needed("named", find_program("named"))[0], home)
    return supervisor.launch(
        "named", [named, "-g", "-n", "1", "-c", home / "named.conf"], ready=partial(_serves, primary)
    )


def served_txt(primary: Primary, name: str) -> list[tuple[str, ...]]:
    """The TXT records that the primary gives for a name, each as its character strings."""
    query = dns.message.make_query(name, "TXT")
    answer = dns.query.tcp(query, primary.address, timeout=5, port=primary.port)
    return sorted(tuple(part.decode() for part in rdata.strings) for rrset in answer.answer for rdata in rrset)


def _serves(primary: Primary) -> bool:
    try:
        dns.query.udp(dns.message.make_query(ZONE, "SOA"), primary.address, timeout=1, port=primary.port)
    except (OSError, dns.exception.DNSException):
        return False
    return True
