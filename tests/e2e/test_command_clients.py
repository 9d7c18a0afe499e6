"""The command alone against the running stack with its clients: their way to accepted, and a bundle without secrets."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from relaykeeper.exit_codes import ExitCode
from tests.e2e.conftest import DEV, Fleet
from tests.e2e.leaks import leaks
from tests.e2e.operator import Operator
from tests.e2e.places import secrets

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

CLIENT = "pcol-dev"


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
