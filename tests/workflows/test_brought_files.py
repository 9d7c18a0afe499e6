"""Relays whose files a volume driver brings: nothing is written, all is proven."""

from datetime import timedelta

import pytest

from shared.domain.certificates.certificate import Bundle
from tests.fakes.inventory import HOST, NAME
from tests.workflows.calls import Calls
from tests.workflows.world import World, new_world

RENEWED = [HOST, "smtp.mail.example.net"]
BROUGHT = {"sync": "none", "serves": [{"certificate": NAME}], "files": None}
CLUSTERS = ("ss-dev-00", "ss-dev-01")


def bring(world: World, *clusters: str) -> None:
    """Let the driver bring the vault's newest version."""
    newest = world.vault.latest(world.certificate)
    assert newest is not None
    bundle: Bundle = world.vault.bundle(world.certificate, newest.version)
    for cluster in clusters:
        workload = world.places[0].relay.workload
        world.clusters.bring(cluster, workload, {"default.pem": bundle.key + bundle.chain})


@pytest.fixture
def brought() -> World:
    """A relay that serves what a driver brought."""
    world = new_world(BROUGHT)
    world.tick(patience=timedelta(0))
    bring(world, *CLUSTERS)
    world.work_off()
    return world


def test_what_a_driver_brought_is_proven_at_every_place(brought: World) -> None:
    newest = brought.versions[-1].version
    proofs = [brought.journal.at(str(place)).verified for place in brought.places]
    assert [proof and proof.version for proof in proofs] == [newest, newest]
    assert brought.journal.attempt.error is None


def test_no_secret_is_read_or_written(brought: World) -> None:
    calls = Calls()
    brought.through = calls.recorded
    brought.change_inventory(BROUGHT, dns_names=RENEWED)
    brought.tick(patience=timedelta(minutes=1))
    bring(brought, *CLUSTERS)
    brought.work_off()

    asked = {call.method for call in calls.made if call.port == "clusters"}
    assert asked == {"pods", "rollout"}


def test_the_driver_is_given_the_time_between_two_of_its_looks(brought: World) -> None:
    brought.change_inventory(BROUGHT, dns_names=RENEWED)
    brought.tick(patience=timedelta(minutes=5))
    assert [brought.journal.at(str(place)).error for place in brought.places] == [None, None]

    bring(brought, *CLUSTERS)
    brought.work_off()
    assert brought.verified("dev@ss-dev-01") == brought.versions[-1].version


def test_a_place_without_its_files_has_an_error_with_a_remedy_and_blocks_no_other(brought: World) -> None:
    first = brought.versions[0].version
    brought.change_inventory({**BROUGHT, "reload": "none"}, dns_names=RENEWED)
    brought.tick(patience=timedelta(minutes=1))
    bring(brought, "ss-dev-01")
    brought.work_off()

    error = brought.journal.at("dev@ss-dev-00").error or ""
    assert "import the version before into the vault again" in error
    assert brought.verified("dev@ss-dev-00") == first
    assert brought.verified("dev@ss-dev-01") == brought.versions[-1].version
    assert brought.journal.quarantine == ()
