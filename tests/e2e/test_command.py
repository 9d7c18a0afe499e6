"""The command alone, as a process, against the running stack: what an operator does and sees with it."""

import pytest

from relaykeeper.exit_codes import ExitCode
from tests.e2e.conftest import DEV, Fleet, assert_served
from tests.e2e.operator import Operator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


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
