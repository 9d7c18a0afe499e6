"""`verify-relay` finds each replica in its cluster and proves that it takes a client, showing no password."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from relaykeeper.exit_codes import ExitCode
from shared.workflows.examine import MADE_UP_USERS
from shared.workflows.observe_client import password_ref
from tests.e2e import leaks
from tests.e2e.conftest import Fleet

pytestmark = pytest.mark.e2e

PROBE = "dev-probe"
ROOT = Path(__file__).parents[2]
LOGINS = {"login-plain-initial", "login-plain-prompted", "login-login-initial", "login-login-prompted"}


def probe_password(fleet: Fleet, cluster: str) -> str:
    """Return the password that the file of the relay's probe client in a cluster takes."""
    accepted = fleet.client_journal(PROBE).at(f"dev@{cluster}").accepted
    assert accepted is not None
    stored = fleet.ports.vault.password(password_ref(fleet.ports.inventory.clients[PROBE]), accepted.version)
    assert stored is not None
    return stored.password.reveal_for_auth()


def verify_relay(fleet: Fleet, password: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "relaykeeper",
                "verify-relay",
                "dev",
                "--cluster",
                fleet.clusters[0].name,
                "--json",
            ),
            *("--user", "relaykeeper-probe", "--password-file", "-", "--recipient", "postmaster@example.org"),
        ],
        cwd=ROOT,
        env={**os.environ, **fleet.stack.environment},
        input=password,
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_replica_of_a_cluster_takes_the_probe_client_by_each_way(on_boarded: Fleet) -> None:
    cluster = on_boarded.clusters[0]
    password = probe_password(on_boarded, cluster.name)
    done = verify_relay(on_boarded, password)
    assert done.returncode == ExitCode.DONE, done.stdout + done.stderr

    found = json.loads(done.stdout)["checks"]
    at_ports = {(each["replica"], each["port"]) for each in found if each["port"] is not None}
    assert at_ports == {(f"{cluster.name}/{pod.metadata.name}", port) for pod in cluster.pods() for port in (25, 587)}
    for replica, port in at_ports:
        reasons = {each["name"]: each["reason"] for each in found if (each["replica"], each["port"]) == (replica, port)}
        assert {name for name, reason in reasons.items() if reason == "Accepted"} == LOGINS
        assert {reasons[user] for user in MADE_UP_USERS} == {"Refused"}
        assert (reasons["certificate"], reasons["mail-without-login"]) == ("ServesExpected", "RefusesWithoutLogin")
    hidden = [leaks.text("the probe client's password", password)]
    assert leaks.leaks(hidden, {"output": done.stdout.encode(), "errors": done.stderr.encode()}) == []
