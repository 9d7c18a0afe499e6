"""ACME authorities that only tests start, beside a stack: they behave otherwise than Pebble where RFC 8555 allows it.

Both validate by what BIND's primary says: step-ca in a program of ours that gives Go's resolver its address, serles
with dnspython's default resolver set.
"""

import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from infra.local.loopback import Addresses
from infra.local.pki import Authority, write_private
from infra.local.processes import Process, Supervisor, answers
from infra.local.tools import needed_for_tests, serles_path, step_ca_path

STEP_CA_PORT, SERLES_PORT = 9000, 9001
NINETY_DAYS = "2160h"


def step_ca_directory(addresses: Addresses) -> str:
    return f"https://{addresses.core}:{STEP_CA_PORT}/acme/stack/directory"


def serles_directory(addresses: Addresses) -> str:
    return f"https://{addresses.core}:{SERLES_PORT}/directory"


def start_step_ca(supervisor: Supervisor, folder: Path, addresses: Addresses) -> Path:
    """Start step-ca; return its root, which signs its server's certificate and what it issues, PEM."""
    authority = Authority.create(folder / "pki", "step-ca")
    key = folder / "pki" / "step-ca.key"
    write_private(key, authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    config = folder / "step-ca.json"
    settings = {
        "root": str(authority.path),
        "crt": str(authority.path),
        "key": str(key),
        "address": f"{addresses.core}:{STEP_CA_PORT}",
        "dnsNames": [addresses.core],
        "db": {"type": "bbolt", "dataSource": str(folder / "step-ca.db")},
        "authority": {
            "provisioners": [
                {
                    "type": "ACME",
                    "name": "stack",
                    "challenges": ["dns-01"],
                    "claims": {"maxTLSCertDuration": NINETY_DAYS, "defaultTLSCertDuration": NINETY_DAYS},
                }
            ]
        },
    }
    config.write_text(json.dumps(settings, indent=2))
    supervisor.start(
        "step-ca",
        [needed_for_tests("step-ca", step_ca_path()), config, addresses.name_servers[0]],
        ready=lambda: answers(step_ca_directory(addresses), authority.path),
    )
    return authority.path


def start_serles(supervisor: Supervisor, folder: Path, addresses: Addresses, authority: Authority) -> Process:
    """Start serles, with a certificate of the stack's own root."""
    server = authority.issue("serles", addresses=[addresses.core])
    config = folder / "serles.ini"
    config.write_text(
        "[serles]\n"
        f"database = sqlite:///{folder}/serles.db\n"
        "backend = infra.local.serles.server:Backend\n"
        "subjectNameTemplate = CN={SAN[0]}\n"
        "allowWildcards = true\n"
        f"[relaykeeper]\nfolder = {folder}/pki\n"
    )
    listen: list[str | Path] = [addresses.core, str(SERLES_PORT), server.certificate, server.key]
    return supervisor.start(
        "serles",
        [sys.executable, "-m", "infra.local.serles.server", *listen, addresses.name_servers[0]],
        ready=lambda: answers(serles_directory(addresses), authority.path),
        env={"PYTHONPATH": str(needed_for_tests("serles", serles_path())), "CONFIG": str(config)},
    )
