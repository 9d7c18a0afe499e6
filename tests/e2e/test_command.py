"""The command alone, as a process, against the running stack: what an operator does and sees with it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from infra.local.example_inventory import FUNCTION_KEY
from relaykeeper.exit_codes import ExitCode
from tests.e2e.conftest import DEV, HOST, Fleet, assert_served
from tests.e2e.leaks import leaks
from tests.e2e.places import secrets

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[2]
CLIENT = "pcol-dev"


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody with the command and nothing else."""

    fleet: Fleet

    def run(self, *arguments: str, code: int = ExitCode.DONE) -> str:
        """Run the command; return what it printed, progress included. It must end with this code."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RELAYKEEPER_")},
            "RELAYKEEPER_APP_URL": self.fleet.stack.addresses.functions_host,
            "RELAYKEEPER_FUNCTION_KEY": FUNCTION_KEY,
            "RELAYKEEPER_CONFIG": str(self.fleet.stack.folder / "no-config.toml"),
        }
        argv = [sys.executable, "-m", "relaykeeper", *arguments]
        done = subprocess.run(
            argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        assert FUNCTION_KEY not in done.stdout + done.stderr
        return done.stdout if "--json" in arguments else done.stdout + done.stderr

    def read(self, *arguments: str, code: int = ExitCode.DONE) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code))

    def replicas(self) -> list[str]:
        return [f"{address}:25" for cluster in self.fleet.clusters for address in cluster.addresses()]

    @property
    def server(self) -> tuple[str, ...]:
        return ("--sni", HOST, "--roots", str(self.fleet.stack.folder / "pki" / "pebble-root.pem"))


@pytest.fixture
def operator(fleet: Fleet) -> Operator:
    return Operator(fleet)


def test_a_renewal_is_followed_until_it_is_served_and_traced_back_to_who_asked(operator: Operator) -> None:
    before = operator.fleet.stored().version
    said = operator.run("renew", DEV, "--force", "--ticket", "CHG-1234", "--reason", "the key may have been seen")
    stored = operator.fleet.stored()
    assert stored.version != before
    assert f"certificate/{DEV} done" in said
    assert_served(operator.fleet)

    for replica in operator.replicas():
        story = operator.read("trace", replica, *operator.server)
        assert (story["object"], story["version"]) == (f"certificate/{DEV}", stored.version)
        assert story["leaf"]["thumbprint"] == stored.leaf.thumbprint
        for event in ("request", "order", "merge"):
            assert story[event]["reason"].endswith("CHG-1234: the key may have been seen")
            assert story[event]["actor"]["kind"] == "function key"
        assert operator.run("verify", replica, *operator.server)
    assert "CHG-1234" in operator.run("history", "--since", "1h", "--object", f"certificate/{DEV}")


def test_a_rollback_shows_in_status_with_the_command_that_ends_it(operator: Operator) -> None:
    operator.fleet.add_a_name()
    operator.fleet.renew()
    newest = operator.fleet.stored().version
    operator.run("rollback", DEV, "--reason", "clients complain")
    assert operator.fleet.verified("dev@ss-dev-00") != newest

    shown = operator.run("status", DEV, code=ExitCode.NOT_AS_IT_SHOULD_BE)
    assert "RolledBackByRequest" in shown or "quarantine" in shown
    assert f"relaykeeper release {DEV}" in shown

    operator.run("release", DEV, "--reason", "it was something else")
    operator.run("status", DEV)
    assert operator.fleet.verified("dev@ss-dev-00") == operator.fleet.verified("dev@ss-dev-01") == newest


def test_a_pause_holds_a_renewal_until_it_is_resumed(operator: Operator) -> None:
    operator.fleet.add_a_name()
    operator.run("pause", "relay/dev", "--for", "1h", "--reason", "the mail team moves it")
    try:
        held = operator.run("renew", DEV, "--reason", "names", "--timeout", "6s", code=ExitCode.UNAVAILABLE)
        assert "the mail team moves it" in held
        assert "The work goes on" in held
        assert "relay/dev" in operator.run("get", "pauses")
    finally:
        operator.run("resume", "relay/dev", "--reason", "moved")
    operator.run("renew", DEV, "--reason", "names")
    assert_served(operator.fleet)


def test_what_is_read_agrees_with_itself(operator: Operator) -> None:
    [certificate] = operator.read("get", "certificates", DEV)
    assert certificate["stored"]["version"] == operator.fleet.stored().version
    assert certificate["ready"] is True
    assert operator.run("needs-renewal", DEV)
    assert operator.run("plan", "--exit-code")
    assert operator.run("get", "certificates", "-o", "name").split()[0] == f"certificate/{DEV}"
    assert operator.run("get", "certificate", "nobody", code=ExitCode.USAGE)
    assert operator.run("alerts", "test", "--reason", "a new route")
    operator.fleet.tick()
    assert "try again" in operator.run("tick", "--reason", "again", code=ExitCode.UNAVAILABLE)
    sent = operator.read("renew", DEV, "--no-wait", "--reason", "names")["requests"]
    assert "done" in operator.run("follow", sent[0]["id"])
    operator.fleet.add_a_name()
    assert operator.run("needs-renewal", DEV, code=ExitCode.NOT_AS_IT_SHOULD_BE)
    assert operator.run("plan", "--exit-code", code=2)


def test_a_clients_way_to_accepted_is_shown_and_its_relay_is_examined(on_boarded: Fleet) -> None:
    operator = Operator(on_boarded)
    [client] = operator.read("get", "clients", CLIENT)
    assert client["ready"] is True
    assert "accepted" in operator.run("status", f"client/{CLIENT}")
    operator.run("deliver", CLIENT, "--reason", "the relay was repaired")
    assert f"ok {CLIENT}" in " ".join(operator.run("clients", "check").split())
    refused = operator.run("resume-logins", "dev", "--reason", "files are right", code=ExitCode.UNAVAILABLE)
    assert "not stopped" in refused
    examined = operator.read("examine", "dev", "--no-login", "--reason", "a client gets 535")
    assert {check["status"] for check in examined["checks"]} <= {"ok", "warning"}


def test_a_bundle_for_a_ticket_has_what_is_known_and_no_secret(on_boarded: Fleet, tmp_path: Path) -> None:
    operator, file = Operator(on_boarded), tmp_path / "ticket.zip"
    log = on_boarded.stack.logs / "host.log"
    operator.run("bundle", "--file", str(file), "--log", str(log))

    with ZipFile(file) as bundle:
        contents = {name: bundle.read(name) for name in bundle.namelist()}
    assert file.stat().st_mode & 0o777 == 0o600
    for known in (DEV, CLIENT, "executed tick"):
        assert any(known.encode() in text for text in contents.values())
    assert not leaks(list(secrets(on_boarded)), contents)
