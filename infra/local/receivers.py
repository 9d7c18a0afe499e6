"""What alerts are sent to: Slack, Teams, a webhook, a heartbeat's ping, and a group of Alertmanagers per cluster.

The members of a group are not clustered: each gets every alert, whether they gossip or not
(https://prometheus.io/docs/alerting/latest/alertmanager/#high-availability). They notify nobody; their API shows what
fires.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from infra.local.loopback import Addresses
from infra.local.pki import Authority
from infra.local.processes import Process, Supervisor, answers
from infra.local.standins.receivers.site import Config
from infra.local.standins.serving import Listener, write_config
from infra.local.tools import Tools


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


SILENT = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


def launch_alertmanagers(
    supervisor: Supervisor, folder: Path, tools: Tools, urls: Iterable[tuple[str, str]]
) -> list[Process]:
    """Start an Alertmanager at each URL, given with its name."""
    config = folder / "alertmanager.yaml"
    config.write_text(SILENT)
    return [launch_alertmanager(supervisor, folder, tools, name, url) for name, url in urls]


def launch_alertmanager(supervisor: Supervisor, folder: Path, tools: Tools, name: str, url: str) -> Process:
    return supervisor.launch(
        name,
        [
            *tools.alertmanager,
            f"--config.file={folder / 'alertmanager.yaml'}",
            f"--storage.path={folder / name}",
            f"--web.listen-address={urlsplit(url).netloc}",
            "--cluster.listen-address=",
        ],
        ready=lambda: answers(f"{url}/-/ready"),
    )
