"""Azurite, the Azure Storage of a stack: blobs and queues in memory, on https because SDKs send no token over http.

It checks a token's times, issuer (`https://sts.windows.net/...`) and audience (`https://storage.azure.com`), but
neither its signature nor a role: https://github.com/Azure/Azurite#oauth-configuration. It refuses versions of the API
that it does not know.
"""

from infra.local.addresses import Addresses
from infra.local.pki import Authority
from infra.local.processes import Process, Supervisor
from infra.local.readiness import answers
from infra.local.tools import Tools


def launch_azurite(supervisor: Supervisor, addresses: Addresses, tools: Tools, authority: Authority) -> Process:
    """Start Azurite with nothing stored."""
    server = authority.issue("azurite", addresses=[addresses.core])
    listen = [
        argument
        for service, port in (("blob", 10000), ("queue", 10001), ("table", 10002))
        for argument in (f"--{service}Host", addresses.core, f"--{service}Port", str(port))
    ]
    return supervisor.launch(
        "azurite",
        [
            *tools.azurite,
            *listen,
            *("--cert", server.certificate, "--key", server.key, "--oauth", "basic"),
            *("--inMemoryPersistence", "--disableTelemetry"),
        ],
        ready=lambda: (
            answers(addresses.blob_service, authority.path) and answers(addresses.queue_service, authority.path)
        ),
    )
