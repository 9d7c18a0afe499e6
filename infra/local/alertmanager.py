"""Alertmanager, a group for each cluster.

Its members are not clustered: https://prometheus.io/docs/alerting/latest/alertmanager/#high-availability asks that each
is told every alert, whether they gossip or not. Nobody is notified; what fires is seen by its API.
"""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from infra.local.processes import Process, Supervisor
from infra.local.readiness import answers
from infra.local.tools import Tools

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
