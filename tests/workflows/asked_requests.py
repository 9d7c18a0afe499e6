"""Requests of a person, Anna, and what became of them."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.audit import Actor, Trigger
from shared.domain.certificates.certificate import leaf_of
from shared.domain.object_ref import certificate_ref
from shared.domain.requests import Request, RequestState
from shared.workflows.certificate_requests import get_status, submit_for_certificate
from tests.fakes.inventory import NAME
from tests.fakes.vault_certificates import Held
from tests.workflows.world import World, new_world

ANNA = Trigger(Actor("person", "4711", "anna@example.net"), "key leaked", "call-1")
PLAIN = Request(target=certificate_ref(NAME), trigger=ANNA)
FORCED = replace(PLAIN, force=True)
ROLLBACK = replace(PLAIN, kind="rollback")
RELEASE_REQUEST = replace(PLAIN, kind="release")

DNS_LAGS = "192.0.2.2:53"
"""A name server that keeps an issuance waiting."""


def asked(world: World, request: Request) -> Request:
    return submit_for_certificate(request, world.ports)


def done(world: World, request: Request, patience: timedelta = timedelta(minutes=30)) -> Request:
    """Submit the request, and let the worker do what it can."""
    submitted = asked(world, request)
    world.work_off(patience)
    return submitted


def state(world: World, request: Request) -> RequestState:
    return get_status(request.id, world.ports)[1]


def words(world: World, request: Request) -> str:
    return get_status(request.id, world.ports)[0].message


def thumbprint_of(version: Held) -> str:
    return leaf_of(version.chain[0]).thumbprint


def with_versions(number: int, relay: dict[str, object] | None = None) -> World:
    """Return a world with so many versions, each of which was served everywhere in its turn."""
    world = new_world(relay)
    world.tick()
    for _ in range(number - 1):
        done(world, FORCED)
    assert len(world.versions) == number
    return world
