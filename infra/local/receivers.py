"""The receivers of a stack's alerts, and which secret of the inventory leads to which."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from infra.local.addresses import Addresses
from infra.local.pki import Authority
from infra.local.processes import Process, Supervisor
from infra.local.readiness import answers
from infra.local.standins.config import Listener, write_config
from infra.local.standins.receivers.config import Config


def receivers(addresses: Addresses, authority: Authority) -> Config:
    """Return the receivers, with URLs that nobody can guess."""
    parts = urlsplit(addresses.receivers)
    assert parts.hostname
    assert parts.port
    server = authority.issue("receivers", addresses=[parts.hostname])
    listener = Listener(parts.hostname, parts.port, str(server.certificate), str(server.key))
    return Config(listener, *(token_hex(16) for _ in range(5)))


def launch_receivers(supervisor: Supervisor, folder: Path, authority: Authority, config: Config) -> Process:
    file = folder / "receivers.json"
    write_config(file, config)
    argv = [sys.executable, "-m", "infra.local.standins.receivers", "--config", str(file)]
    url = f"{config.listener.origin}/_received"
    return supervisor.launch("receivers", argv, ready=lambda: answers(url, authority.path))


def alertmanagers(alerts: Mapping[str, Any], addresses: Addresses) -> Iterator[tuple[str, str]]:
    """Yield the name of each Alertmanager that the inventory's section names, and its URL."""
    for route in alerts["routes"].values():
        if route["kind"] == "alertmanager":
            cluster = route["match"]["cluster"]
            for member in range(len(route["urls"])):
                yield f"alertmanager-{cluster}-{member}", addresses.alertmanager(cluster, member)


def secrets(alerts: Mapping[str, Any], addresses: Addresses, config: Config) -> Mapping[str, str]:
    """Return the value of each secret that the inventory's section names, by `VAULT/SECRET`."""
    values = {alerts["heartbeat"]["ping"]: config.ping_url}
    for route in alerts["routes"].values():
        match route["kind"]:
            case "alertmanager":
                cluster = route["match"]["cluster"]
                values |= {url: addresses.alertmanager(cluster, member) for member, url in enumerate(route["urls"])}
            case "slack":
                values |= dict.fromkeys(route["urls"], config.slack_url)
            case "teams":
                values |= dict.fromkeys(route["urls"], config.teams_url)
            case "webhook":
                values |= dict.fromkeys(route["urls"], config.webhook_url) | {route["signing_key"]: config.signing_key}
    return values
