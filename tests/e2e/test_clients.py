"""SMTP clients on the stack: every replica takes them, no password shows anywhere, and no kill costs more than time."""

from collections.abc import Iterator
from itertools import count

import pytest

from infra.local.demo.clients import log_clients_in
from shared.domain.object_ref import client_ref
from tests.e2e.conftest import Fleet
from tests.e2e.killing.effects import Effect, effects_of_on_boarding
from tests.e2e.killing.killed_host import break_leases, kill_host_at, mortal_host
from tests.e2e.leaks import leaks
from tests.e2e.places import passwords_made, places, secrets

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

NUMBERS = count(1)

PLACES = ("dev@ss-dev-00", "dev@ss-dev-01")


@pytest.fixture(scope="module")
def fleet(on_boarded: Fleet) -> Iterator[Fleet]:
    """One fleet for all kills: each begins where the one before ended, with every client accepted."""
    with mortal_host(on_boarded.stack):
        yield on_boarded


def assert_accepted(fleet: Fleet, *clients: str) -> None:
    """Every replica takes each client, as swaks sees it, with the one password that was made for it."""
    rows = [
        row for row in log_clients_in(fleet.ports, fleet.stack.folder / "kubeconfigs") if row.client.name in clients
    ]
    assert len(rows) == 4 * len(clients)
    assert [row for row in rows if not row.accepted] == []
    for client in clients:
        journal = fleet.client_journal(client)
        assert journal.made is not None
        assert journal.made.handed_out is not None
        accepted = [journal.at(place).accepted for place in PLACES]
        assert [each.version for each in accepted if each is not None] == [journal.made.version] * 2


def test_every_replica_takes_each_client_and_no_password_shows(fleet: Fleet) -> None:
    assert_accepted(fleet, "pcol-dev", "notify-dev")
    fleet.run_function("watch")
    assert leaks(list(secrets(fleet)), places(fleet)) == []


@pytest.mark.parametrize("effect", effects_of_on_boarding(), ids=str)
def test_kills_before_and_after_an_effect_cost_nothing_but_time(fleet: Fleet, effect: Effect) -> None:
    fleet.reset_inventory(clients=True)
    client = f"kill-{next(NUMBERS)}"
    fleet.change_client(client, vault="dev", relays=["dev"], mode="manage")

    for moment in ("before", "after"):
        kill_host_at(effect, moment, fleet, client_ref(client))
        break_leases(fleet)
    fleet.work_on(client_ref(client))

    assert_accepted(fleet, client)
    assert len([name for name, _ in passwords_made(fleet) if name == f"dev/{client}"]) == 1
