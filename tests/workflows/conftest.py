"""A world in which nothing has happened, and one in which everything is served."""

import pytest

from tests.workflows.world import World, new_world


@pytest.fixture
def world() -> World:
    return new_world()


@pytest.fixture
def served(world: World) -> World:
    """The world after a tick that went well."""
    world.tick()
    return world
