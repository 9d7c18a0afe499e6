"""A client is on-boarded: its password is made, its file is written cluster by cluster, and logins prove it."""

from tests.workflows.client_world import client_world
from tests.workflows.world import FIRST, SECOND, A, B


def test_a_new_client_is_accepted_by_every_replica() -> None:
    world = client_world()
    world.tick()
    [made] = world.passwords()
    for cluster, place in ((A, FIRST), (B, SECOND)):
        assert world.versions_in_file(cluster) == (made.version,)
        accepted = world.client_state(place).accepted
        assert accepted is not None
        assert (accepted.version, accepted.replicas) == (made.version, 2)
    made_password = world.client_journal().made
    assert made_password is not None
    assert made_password.handed_out is not None
