"""Whether a client and a relay are ready, and the one sentence about each, as the API says it."""

from datetime import timedelta

import pytest

from shared.domain.clients.login_journal import LoginJournal, LoginStop
from shared.errors import PermanentError, TransientError
from shared.workflows.watch import watch
from tests.workflows.client_world import CLIENTS, RELAY, ClientWorld, client_world
from tests.workflows.http import operator
from tests.workflows.test_watch import ALERTED, run_watch
from tests.workflows.world import FIRST, SECOND, A, B

STOPPED = "3 logins in a row got 535"


@pytest.fixture
def accepted() -> ClientWorld:
    world = client_world()
    world.tick()
    return world


def shown(world: ClientWorld, path: str = "clients/pcol") -> tuple[bool, str]:
    found = operator(world).get(f"/api/{path}").document
    return found["ready"], found["message"]


def message_if_not_ready(world: ClientWorld, path: str = "clients/pcol") -> str:
    ready, message = shown(world, path)
    assert not ready
    return message


def message_if_ready(world: ClientWorld, path: str = "clients/pcol") -> str:
    ready, message = shown(world, path)
    assert ready, message
    return message


def test_a_client_that_every_place_accepts_is_ready_and_says_the_proof(accepted: ClientWorld) -> None:
    message = message_if_ready(accepted)
    assert message.startswith(f"{FIRST}: accepted by every replica, of which there are 2, since ")
    assert message.endswith(" (and 1 more)")


def test_a_probe_client_is_ready_without_a_password_that_the_vault_calls_the_newest(accepted: ClientWorld) -> None:
    assert message_if_ready(accepted, "clients/probe").startswith(f"{FIRST}: accepted by every replica")


def test_a_client_without_a_password_is_not_ready() -> None:
    assert message_if_not_ready(client_world()).startswith("the vault has no secret dev/pcol")


def test_a_file_that_is_missing_makes_a_client_not_ready() -> None:
    world = client_world()
    world.vault.store("dev", "pcol", "CanaryPassword2026pcol")
    message = message_if_not_ready(world)
    assert message == f"{FIRST}: the clients' Secret does not have its file (and 1 more)"


def test_a_pause_of_a_place_holds_a_new_version_and_says_so(accepted: ClientWorld) -> None:
    operator(accepted).post("/api/pauses", scope="relay/dev", until="2026-11-24", reason="maintenance")
    accepted.vault.store("dev", "pcol", "CanaryPassword2026pcol")
    message = message_if_not_ready(accepted)
    assert message.startswith(f"{FIRST}: the file does not have version ")
    assert "maintenance" in message


def test_a_place_asleep_counts_as_it_was_recorded_last(accepted: ClientWorld) -> None:
    accepted.clusters.unreachable.add(A)
    operator(accepted).post("/api/pauses", scope=f"cluster/{A}", until="2026-11-24", reason="rebuild")
    assert message_if_ready(accepted).startswith(f"{FIRST}: ")

    accepted.vault.store("dev", "pcol", "CanaryPassword2026pcol")
    accepted.tick(timedelta(minutes=5))
    message_if_not_ready(accepted)


def test_a_place_that_cannot_be_reached_makes_a_client_not_ready(accepted: ClientWorld) -> None:
    accepted.clusters.unreachable.add(B)
    assert message_if_not_ready(accepted).startswith(f"{SECOND}: cannot reach {B}")


def test_a_vault_that_cannot_be_read_makes_a_client_not_ready(accepted: ClientWorld) -> None:
    accepted.vault.faults.before("password", PermanentError("the vault refused"))
    assert message_if_not_ready(accepted) == "the vault refused"


def test_what_cannot_be_proven_is_not_ready() -> None:
    world = client_world({"pcol": {"mode": "manage"}}, {"probe_client": None})
    world.vault.store("dev", "pcol", "CanaryPassword2026pcol")
    world.tick()
    assert "has no probe_client" in message_if_not_ready(world)


def test_a_relay_is_not_ready_before_a_watch_has_looked_at_it(accepted: ClientWorld) -> None:
    assert message_if_not_ready(accepted, "relays/dev") == "no watch has looked at it yet"


def test_a_relay_at_which_the_watch_found_nothing_wrong_is_ready(accepted: ClientWorld) -> None:
    now = accepted.clock.now()
    watch(accepted.ports)
    assert message_if_ready(accepted, "relays/dev").startswith(f"nothing was wrong at {now:%Y-%m-%d}")


def test_an_alert_that_fires_at_a_relay_makes_it_not_ready_and_one_that_is_pending_does_not(
    accepted: ClientWorld,
) -> None:
    accepted.inventory = accepted.inventory.model_copy(update={"alerts": ALERTED})
    for pod in ("mailrelay-0", "mailrelay-1"):
        accepted.prober.failing[A, pod] = "timed out"
    watch(accepted.ports)
    assert " is pending: " in message_if_ready(accepted, "relays/dev")

    accepted.clock.advance(timedelta(minutes=10))
    run_watch(accepted, times=6)
    assert "timed out" in message_if_not_ready(accepted, "relays/dev")
    assert operator(accepted).get("/api/relays").document["relays"][0]["ready"] is False


def test_stopped_logins_make_a_relay_not_ready_at_once_and_no_longer_once_they_go_on(accepted: ClientWorld) -> None:
    watch(accepted.ports)
    accepted.state.logins.content["dev"] = LoginJournal(refusals=3, stopped=LoginStop(accepted.clock.now(), STOPPED))
    assert message_if_not_ready(accepted, "relays/dev") == STOPPED

    watch(accepted.ports)
    resumed = operator(accepted).post("/api/relays/dev/resume-logins", reason="repaired").document
    assert resumed["ready"]


def test_a_relay_of_which_nothing_can_be_read_is_not_ready_and_says_why(accepted: ClientWorld) -> None:
    watch(accepted.ports)
    accepted.state.watch.faults.before("read", TransientError("no answer from storage"))
    found = operator(accepted).get("/api/relays/dev").document
    assert (found["ready"], found["message"]) == (False, "no answer from storage")
    assert found["errors"] == {"watch": "no answer from storage"}


def test_a_client_that_is_only_observed_says_what_is_missing() -> None:
    world = client_world({**CLIENTS, "pcol": {"mode": "observe"}}, RELAY)
    world.vault.store("dev", "pcol", "CanaryPassword2026pcol")
    world.tick()
    assert "its file" in message_if_not_ready(world)
