"""What `make up` prints can be pasted, from top to bottom."""

import shlex

from infra.local.running import Running
from infra.local.up import directions

ENVIRONMENT = {"REQUESTS_CA_BUNDLE": "/work tree/pki/roots.pem", "IDENTITY_HEADER": "a&b"}
STACK = Running(1, 3, ("ss-dev-00", "ss-dev-01"), ENVIRONMENT)
LINES = directions(STACK).splitlines()


def printed(what: str) -> str:
    """Return the line of that name, without its name."""
    return next(line.removeprefix(what).strip() for line in LINES if line.startswith(f"{what} "))


def test_exports_come_before_whatever_needs_them() -> None:
    exports = [number for number, line in enumerate(LINES) if line.startswith("export ")]
    commands = [number for number, line in enumerate(LINES) if "curl " in line and "Paste" not in line]
    assert commands
    assert max(exports) < min(commands)
    for name, value in {**ENVIRONMENT, "CURL_CA_BUNDLE": ENVIRONMENT["REQUESTS_CA_BUNDLE"]}.items():
        assert any(shlex.split(line) == ["export", f"{name}={value}"] for line in LINES)


def test_handshakes_are_with_the_service_which_outlives_its_pods() -> None:
    addresses = STACK.addresses
    handshake = printed("handshake")
    assert f"-connect {addresses.service('ss-dev-00')}:25 " in handshake
    assert handshake.endswith("</dev/null")
    pods = {addresses.pod(cluster, number) for cluster in STACK.clusters for number in range(200)}
    assert not pods.intersection(word.partition(":")[0] for line in LINES for word in line.split())


def test_the_printed_swaks_command_says_that_the_relay_refuses_it() -> None:
    command, _, comment = printed("SMTP").partition("#")
    assert "--quit-after RCPT" in command
    assert "ends in 550" in comment


def test_it_says_that_no_timer_fires_and_how_to_run_one() -> None:
    assert "never fire" in printed("timers")
    for name in ("tick", "watch"):
        assert shlex.split(printed(name))[-1].endswith(f"/admin/functions/{name}")
