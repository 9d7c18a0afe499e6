"""What another manager holds of a Secret is taken over where the inventory says so, once."""

import pytest

from shared.errors import Conflict
from tests.fakes.faults import KilledError
from tests.fakes.inventory import HOST, INTERNAL
from tests.fakes.kubernetes import HeldSecret
from tests.workflows.world import World, new_world

FLUX = "kustomize-controller"
PLACE, CLUSTER = "dev@ss-dev-00", "ss-dev-00"
THEIRS = {f"{HOST}.pem": b"theirs", "ca.crt": b"theirs too"}


def take(world: World, manager: str = FLUX) -> None:
    """Let another manager have the Secret."""
    world.clusters.apply_as(manager, CLUSTER, "mailrelay", "relay-tls", THEIRS)


@pytest.fixture
def world() -> World:
    """A world in which Flux has a Secret that may be adopted."""
    world = new_world({"adopt": FLUX})
    take(world)
    return world


def owners(secret: HeldSecret) -> set[str]:
    return {owner.name for owners in secret.owners.values() for owner in owners}


def error(world: World) -> str:
    return world.journal.at(PLACE).error or ""


def test_a_secret_is_adopted_from_the_manager_that_the_inventory_names(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    world.tick()

    assert error(world) == ""
    assert world.journal.at(PLACE).verified is not None
    assert world.journal.at(PLACE).adopted == FLUX
    assert FLUX not in owners(world.secret(CLUSTER))
    assert f"Secret mailrelay/relay-tls is adopted from {FLUX}" in caplog.text


def test_what_it_held_besides_our_files_stays(world: World) -> None:
    world.tick()

    secret = world.secret(CLUSTER)
    assert secret.data["ca.crt"] == b"theirs too"
    assert secret.data[f"{HOST}.pem"] != b"theirs"


def test_without_leave_it_is_refused_with_the_name_to_adopt() -> None:
    world = new_world()
    take(world)

    world.tick()

    assert f"it belongs to {FLUX}" in error(world)
    assert f"set adopt: {FLUX} for relay dev" in error(world)
    assert world.secret(CLUSTER).data == THEIRS


def test_another_manager_than_the_named_one_is_refused(world: World) -> None:
    take(world, "helm")

    world.tick()

    assert "it belongs to helm" in error(world)
    assert owners(world.secret(CLUSTER)) == {"helm"}


def test_a_manager_that_takes_it_back_is_refused_by_every_certificate_in_the_secret(world: World) -> None:
    world.tick()
    take(world)
    before = world.secret(CLUSTER).version

    world.tick()
    world.tick()

    for journal in (world.journal, world.state.certificates.read(INTERNAL)):
        assert f"belongs to {FLUX}, which took it back after it was adopted" in (journal.at(PLACE).error or "")
    assert world.secret(CLUSTER).version == before


def test_once_the_manager_has_let_go_and_the_secret_is_deleted_all_is_well(world: World) -> None:
    world.tick()
    take(world)
    world.tick()

    del world.clusters.secrets[CLUSTER, "mailrelay", "relay-tls"]
    world.tick()

    assert error(world) == ""
    assert FLUX not in owners(world.secret(CLUSTER))


def test_claims_that_could_not_be_dropped_do_not_count_as_taken_back(world: World) -> None:
    world.clusters.faults.before("release", Conflict("it has changed since it was read"))

    world.tick()

    assert world.journal.at(PLACE).verified is not None


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_is_killed_while_it_adopts_is_followed_by_one_that_goes_on(world: World, after: bool) -> None:
    plan = world.clusters.faults.after if after else world.clusters.faults.before
    plan("release", KilledError())
    with pytest.raises(KilledError):
        world.tick()
    world.clock.advance(world.state.certificates.duration)

    world.tick()

    assert world.journal.at(PLACE).verified is not None
    assert FLUX not in owners(world.secret(CLUSTER))


def test_a_version_that_is_not_fit_to_be_served_adopts_nothing(world: World) -> None:
    world.clusters.unreachable.add(CLUSTER)
    world.tick()
    world.clusters.unreachable.clear()
    good, (internal,) = world.versions[0], world.vault.versions["dev", INTERNAL]
    world.vault.import_version(world.certificate, internal.key, good.chain)
    before = owners(world.secret(CLUSTER))

    world.handle_message()

    assert "is not fit to be served: its key is not that of the first certificate" in error(world)
    assert owners(world.secret(CLUSTER)) == before
