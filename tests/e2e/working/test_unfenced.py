"""A worker froze right before an effect, past its last look at the lease: what it does on waking harms nobody."""

from collections.abc import Mapping
from dataclasses import fields

import pytest

from tests.e2e.conftest import DEV, Fleet, assert_nothing_is_left, assert_served, txt_values
from tests.e2e.killing.killed_host import break_leases
from tests.e2e.working.side_effects import ONE_RENEWAL, SideEffects
from tests.e2e.working.worker_processes import Worker, Workers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.usefixtures("due")]

COMES_LATE: dict[str, Mapping[str, int]] = {
    "vault.create": {"vault_writes": 2},  # with the discard
    "authority.new_order": {"orders": 1},
    "dns.publish": {"txt_writes": 2},  # with the withdrawal
    "authority.finalize": {"finalized": 1},  # refused
    "vault.merge": {"vault_writes": 1},  # refused
    "clusters.apply": {},  # refused: the Secret has changed
}
"""What each effect still asks of the world after the replacement has done everything."""


@pytest.mark.parametrize("effect", COMES_LATE)
def test_an_effect_that_comes_after_the_replacement_is_done_leaves_nothing(
    fleet: Fleet, workers: Workers, effect: str
) -> None:
    before = SideEffects.of(fleet)
    frozen = freeze_before(effect, workers)
    break_leases(fleet)
    fleet.renew()
    done = SideEffects.of(fleet)
    assert done.issued_since(before) == ONE_RENEWAL

    frozen.thaw()

    assert frozen.end() == "LeaseLost"
    assert grown(done, SideEffects.of(fleet)) == COMES_LATE[effect]
    assert_served(fleet)
    assert_nothing_is_left(fleet)


def test_a_value_that_the_replacement_waits_for_is_left_to_it(fleet: Fleet, workers: Workers) -> None:
    before = SideEffects.of(fleet)
    frozen = freeze_before("dns.publish", workers)
    break_leases(fleet)
    replacement = workers.start(DEV, "after dns.propagation")
    replacement.arrive("after dns.propagation")

    frozen.thaw()

    assert frozen.end() == "LeaseLost"
    issuance = fleet.journal().issuance
    assert issuance is not None
    assert issuance.published
    for record in issuance.published:
        assert f'"{record.value}"' in txt_values(fleet.stack.addresses.name_servers[0], record.name)
    replacement.go_on()
    assert replacement.end() == "done"
    assert SideEffects.of(fleet).issued_since(before) == ONE_RENEWAL
    assert_served(fleet)
    assert_nothing_is_left(fleet)


def freeze_before(effect: str, workers: Workers) -> Worker:
    """Start a worker and freeze it when it has prolonged its lease for the effect."""
    worker = workers.start(DEV, f"before {effect}")
    worker.arrive(f"before {effect}")
    worker.freeze()
    return worker


def grown(before: SideEffects, after: SideEffects) -> dict[str, int]:
    """Return by how much each count grew; whatever else changed is 0."""
    changed: dict[str, int] = {}
    for field in fields(SideEffects):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new:
            changed[field.name] = new - old if isinstance(new, int) else 0
    return changed
