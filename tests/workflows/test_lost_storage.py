"""What is lost when the storage account is gone: docs/operations.md promises this to those who restore from nothing."""

from contextlib import suppress
from datetime import timedelta

from shared.domain.pauses import Pause, Pauses
from shared.workflows.pauses import PAUSES
from tests.fakes.faults import KilledError
from tests.fakes.inventory import small_inventory
from tests.fakes.storage import FakeHistory, FakeQueue
from tests.workflows.client_world import CLIENTS, RELAY, ClientWorld
from tests.workflows.world import RENEWED, A, B, FakeState, World


def lose_storage(world: World) -> None:
    """Let the storage account be made anew: no journal, request, pause, message or record is left."""
    world.state, world.queue, world.history = FakeState(world.clock), FakeQueue(world.clock), FakeHistory()


def secrets(world: World) -> dict[tuple[str, str, str], int]:
    return {name: held.version for name, held in world.clusters.secrets.items()}


def test_what_is_served_stays_and_nothing_is_ordered_written_or_restarted(served: World) -> None:
    before, orders = secrets(served), served.authority.new_orders
    restarts = [running.restarts for running in served.clusters.running.values()]
    lose_storage(served)

    served.tick()
    served.tick()

    assert (served.authority.new_orders, secrets(served)) == (orders, before)
    assert [running.restarts for running in served.clusters.running.values()] == restarts
    assert served.verified(f"dev@{A}") == served.verified(f"dev@{B}") == served.versions[-1].version


def test_a_certificate_that_was_being_issued_costs_one_order_once_its_pending_operation_is_deleted(
    served: World,
) -> None:
    served.change_inventory(dns_names=RENEWED)
    served.authority.faults.before("finalize", KilledError())
    orders = served.authority.new_orders
    with suppress(KilledError):
        served.tick()
    assert served.authority.new_orders == orders + 1
    lose_storage(served)

    served.tick()

    assert "pending operation" in str(served.journal)
    served.vault.operations.clear()
    served.clock.advance(timedelta(hours=7))
    served.tick()
    assert served.authority.new_orders == orders + 2
    assert served.verified(f"dev@{B}") == served.versions[-1].version


def test_a_version_in_quarantine_is_delivered_again(served: World) -> None:
    served.renew_with_a_stuck_replica(A)
    assert served.journal.quarantine
    served.prober.showing.clear()
    lose_storage(served)

    served.tick()

    assert served.verified(f"dev@{A}") == served.versions[-1].version


def test_pauses_are_forgotten(served: World) -> None:
    now = served.clock.now()
    pause = Pause(until=now + timedelta(days=1), why="incident INC-1234")
    served.state.pauses.content[PAUSES] = Pauses(pauses=(pause,))
    served.change_inventory(dns_names=RENEWED)
    orders = served.authority.new_orders
    served.tick()
    assert served.authority.new_orders == orders
    lose_storage(served)

    served.tick()

    assert served.authority.new_orders == orders + 1


def test_no_password_is_made_again() -> None:
    world = ClientWorld(small_inventory(RELAY, None, CLIENTS))
    for _ in range(3):
        world.tick()
    before = {client: [held.version for held in world.passwords(client)] for client in CLIENTS}
    assert all(before.values())
    lose_storage(world)

    for _ in range(3):
        world.tick()

    assert {client: [held.version for held in world.passwords(client)] for client in CLIENTS} == before
