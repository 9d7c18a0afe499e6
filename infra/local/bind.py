"""BIND, the authoritative DNS of a stack: a primary that takes signed updates, and a secondary it notifies at once.

Both serve platform.hmcts.net and, delegated from it, mailrelay.platform.hmcts.net. Their statements are explained in
https://bind9.readthedocs.io/en/v9.18/reference.html.
"""

import secrets
import shutil
from base64 import b64encode
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from string import Template
from typing import Self

import dns.exception
import dns.flags
import dns.message
import dns.query

from infra.local.loopback import Addresses
from infra.local.pki import write_private
from infra.local.processes import Process, Supervisor
from infra.local.tools import Tools

TEMPLATES = Path(__file__).parent / "bind"
ZONES = ("platform.hmcts.net", "mailrelay.platform.hmcts.net")


@dataclass(frozen=True, slots=True)
class UpdateKey:
    """The TSIG key (RFC 8945, hmac-sha256) that may change every record; `secret` is base64."""

    name: str
    secret: str = field(repr=False)

    @classmethod
    def random(cls) -> Self:
        return cls("relaykeeper-local", b64encode(secrets.token_bytes(32)).decode())


def launch_bind(
    supervisor: Supervisor, folder: Path, addresses: Addresses, tools: Tools, key: UpdateKey
) -> tuple[Process, Process]:
    """Start primary and secondary with nothing but name servers in their zones.

    `folder/bind/update.key` is the key as nsupdate reads it.
    """
    place = folder / "bind"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    update_key = place / "update.key"
    statement = f'key "{key.name}" {{ algorithm hmac-sha256; secret "{key.secret}"; }};\n'
    write_private(update_key, statement.encode())
    # A copy, as AppArmor on Debian and Ubuntu keeps the program of that path out of any folder but its own.
    named = Path(shutil.copy(tools.named[0], place))

    ports = dict(zip(("primary", "secondary"), (port(server) for server in addresses.name_servers), strict=True))
    for role in ports:
        home = place / role
        home.mkdir()
        configuration = Template((TEMPLATES / f"{role}.conf").read_text())
        (home / "named.conf").write_text(
            configuration.substitute(ports, folder=home, key=key.name, update_key=update_key)
        )
    for master_file in TEMPLATES.glob("*.zone"):
        shutil.copy(master_file, place / "primary")

    primary, secondary = (
        supervisor.launch(
            f"bind-{role}",
            # In the foreground, logging to its output; one thread is plenty.
            [named, "-g", "-4", "-n", "1", "-c", place / role / "named.conf"],
            ready=partial(serves_all_zones, server),
        )
        for role, server in zip(ports, addresses.name_servers, strict=True)
    )
    return primary, secondary


def port(server: str) -> int:
    """The port of `address:port`."""
    return int(server.rpartition(":")[2])


def serves_all_zones(server: str) -> bool:
    """Whether the server has loaded or transferred each zone: it answers with authority (RFC 1035, section 4.1.1)."""
    for zone in ZONES:
        question = dns.message.make_query(zone, "SOA")
        try:
            answer = dns.query.udp(question, "127.0.0.1", timeout=0.5, port=port(server))
        except (dns.exception.Timeout, OSError):
            return False
        if not answer.flags & dns.flags.AA:
            return False
    return True
