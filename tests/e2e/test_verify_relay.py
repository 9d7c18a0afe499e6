"""`verify-relay` finds each replica in its cluster and proves that it takes a client, showing no password."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from relaykeeper.command import DONE
from shared.workflows.examine import MADE_UP_USERS
from tests.e2e import leaks
from tests.e2e.conftest import PATIENCE, PAUSE, Fleet
from tests.e2e.places import CLIENTS, PROBE_CLIENT, password_of

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
LOGINS = {"login-plain-initial", "login-plain-prompted", "login-login-initial", "login-login-prompted"}


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
            *("--user", PROBE_CLIENT, "--password-file", "-", "--recipient", "postmaster@example.org"),
        ],
        cwd=ROOT,
        env={**os.environ, **fleet.stack.environment},
        input=password,
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_replica_of_a_cluster_takes_the_probe_client_by_each_way(fleet: Fleet) -> None:
    cluster = fleet.clusters[0]
    password = password_of(fleet, cluster)
    deadline = time.monotonic() + PATIENCE
    while (done := verify_relay(fleet, password)).returncode != DONE:
        assert time.monotonic() < deadline, done.stdout + done.stderr
        time.sleep(PAUSE)

    found = json.loads(done.stdout)["checks"]
    at_ports = {(each["replica"], each["port"]) for each in found if each["port"] is not None}
    assert at_ports == {(f"{cluster.name}/{pod.metadata.name}", port) for pod in cluster.pods() for port in (25, 587)}
    for replica, port in at_ports:
        reasons = {each["name"]: each["reason"] for each in found if (each["replica"], each["port"]) == (replica, port)}
        assert {name for name, reason in reasons.items() if reason == "Accepted"} == LOGINS
        assert {reasons[user] for user in MADE_UP_USERS} == {"Refused"}
        assert (reasons["certificate"], reasons["mail-without-login"]) == ("ServesExpected", "RefusesWithoutLogin")
    hidden = [leaks.text(f"the password in {CLIENTS}", password)]
    assert leaks.leaks(hidden, {"output": done.stdout.encode(), "errors": done.stderr.encode()}) == []
