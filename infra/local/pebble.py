"""Pebble, the ACME authority of a stack: directory and management on https, certificates of 90 days.

Its settings: https://github.com/letsencrypt/pebble/blob/v2.10.1/README.md.
"""

import json
import ssl
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from infra.local.loopback import Addresses
from infra.local.pki import Authority
from infra.local.processes import Process, Supervisor, answers
from infra.local.tools import Tools

VALIDITY = 90 * 24 * 3600
"""Seconds."""

REFUSED = "refused.platform.hmcts.net"
"""A name for which it gives no certificate. (At an order for a name of fewer labels than this it panics.)"""

ENVIRONMENT = {
    "PEBBLE_VA_NOSLEEP": "1",
    "PEBBLE_AUTHZREUSE": "0",
    "PEBBLE_WFE_NONCEREJECT": "0",
    "PEBBLE_WFE_ORDERS_PER_PAGE": "100",
}
"""It validates at once, asks for each name anew (but for one in a hundred, even at 0), takes every good nonce, and
lists more orders than its usual three."""


def launch_pebble(
    supervisor: Supervisor,
    folder: Path,
    addresses: Addresses,
    tools: Tools,
    authority: Authority,
    env: Mapping[str, str] | None = None,
) -> Process:
    """Start Pebble, `env` overriding ENVIRONMENT; it validates by what BIND's primary says."""
    server = authority.issue("pebble", addresses=[addresses.core])
    config = folder / "pebble.json"
    settings = {
        "listenAddress": f"{addresses.core}:14000",
        "managementListenAddress": f"{addresses.core}:15000",
        "certificate": str(server.certificate),
        "privateKey": str(server.key),
        "httpPort": 5002,
        "tlsPort": 5001,
        "keyAlgorithm": "ecdsa",
        "domainBlocklist": [REFUSED],
        # With a second one, an order that names none would get either, at random.
        "profiles": {"default": {"description": "Ninety days", "validityPeriod": VALIDITY}},
    }
    config.write_text(json.dumps({"pebble": settings}, indent=2))
    return supervisor.launch(
        "pebble",
        [*tools.pebble, "-config", config, "-dnsserver", addresses.name_servers[0]],
        ready=lambda: answers(addresses.pebble_directory, authority.path),
        env={**ENVIRONMENT, **(env or {})},
    )


def fetch_pebble_root(addresses: Addresses, authority: Authority) -> Path:
    """Write the root of what Pebble issues, which is another at each start, to `pebble-root.pem` beside our own."""
    trust = ssl.create_default_context(cafile=authority.path)
    url = f"{addresses.pebble_management}/roots/0"
    with urllib.request.urlopen(url, timeout=5, context=trust) as answer:  # noqa: S310 our own loopback URL
        root: bytes = answer.read()
    path = authority.folder / "pebble-root.pem"
    path.write_bytes(root)
    return path
