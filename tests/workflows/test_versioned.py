"""Files named by their version: a server reads which one is current, and finds its file a moment later."""

from collections.abc import Mapping

import pytest

from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.domain.serving.place_observation import FieldOwner
from shared.workflows.renew import renew
from tests.fakes.inventory import HOST, NAME
from tests.workflows.calls import Calls
from tests.workflows.world import World, new_world

RELAY = {
    "files": {
        "{host}.{version}.pem": "bundle",
        "{host}.current": "version",
        "default.{version}.pem": "bundle",
        "default.current": "version",
    }
}
FIRST = "ss-dev-00"
OTHER = "dev-in.mail.example.net"


@pytest.fixture
def versioned() -> World:
    """A world in which a first version is served from files named by it."""
    world = new_world(RELAY)
    world.tick()
    return world


def reissue(world: World, name: str) -> None:
    world.change_inventory(RELAY, dns_names=[HOST, name])
    world.tick()


def files(world: World) -> Mapping[str, bytes]:
    """Return the files of the first certificate."""
    return {name: content for name, content in world.secret(FIRST).data.items() if not name.startswith(OTHER)}


def named(world: World, *positions: int, host: str = HOST) -> set[str]:
    """Return the names of a host's files of these versions, counted from the first or from the end."""
    return {f"{host}.{world.versions[position].version}.pem" for position in positions}


def of_host(world: World, host: str = HOST) -> set[str]:
    return {name for name in files(world) if name.startswith(f"{host}.") and name.endswith(".pem")}


def test_the_first_version_stands_alone_and_is_named(versioned: World) -> None:
    assert of_host(versioned) == named(versioned, 0)
    assert of_host(versioned, "default") == named(versioned, 0, host="default")
    assert files(versioned)[f"{HOST}.current"] == versioned.versions[0].version.encode()


def test_the_version_before_stays_beside_a_new_one_and_goes_with_the_next(versioned: World) -> None:
    before = files(versioned)

    reissue(versioned, "a.mail.example.net")
    assert of_host(versioned) == named(versioned, 0, 1)
    assert {name: files(versioned)[name] for name in named(versioned, 0)} == {
        name: before[name] for name in named(versioned, 0)
    }
    assert files(versioned)[f"{HOST}.current"] == versioned.versions[1].version.encode()

    reissue(versioned, "b.mail.example.net")
    assert of_host(versioned) == named(versioned, 1, 2)


def test_ticks_find_nothing_to_do_with_two_versions_in_the_secret(versioned: World) -> None:
    reissue(versioned, "a.mail.example.net")
    before = versioned.secret(FIRST).version

    for _ in range(3):
        versioned.tick()

    assert versioned.secret(FIRST).version == before
    assert versioned.journal.at(f"dev@{FIRST}").error is None


@pytest.mark.parametrize("edited", ["{host}.{current}.pem", "{host}.current"])
def test_an_edited_file_of_the_current_version_is_repaired_and_the_one_before_stays(
    versioned: World, edited: str
) -> None:
    reissue(versioned, "a.mail.example.net")
    before = dict(files(versioned))
    name = edited.format(host=HOST, current=versioned.versions[1].version)
    versioned.clusters.edit(FIRST, "mailrelay", "relay-tls", {name: b"oops"})

    versioned.tick()

    assert files(versioned) == before


def test_an_edited_file_of_the_version_before_harms_nobody_and_stands_in_nobody_s_way(versioned: World) -> None:
    reissue(versioned, "a.mail.example.net")
    (old,), (new,) = named(versioned, 0), named(versioned, 1)
    versioned.clusters.edit(FIRST, "mailrelay", "relay-tls", {old: b"oops"})
    edited = versioned.secret(FIRST).version

    versioned.tick()
    assert versioned.secret(FIRST).version == edited

    versioned.clusters.edit(FIRST, "mailrelay", "relay-tls", {new: b"oops"})
    versioned.tick()
    assert b"oops" not in (files(versioned)[old], files(versioned)[new])
    assert FieldOwner("kubectl-edit", applied=False) not in versioned.secret(FIRST).owners[old]


def test_a_version_before_that_left_the_vault_is_left_out(versioned: World) -> None:
    versioned.versions.clear()

    versioned.tick()

    assert of_host(versioned) == named(versioned, 0)
    assert versioned.journal.at(f"dev@{FIRST}").error is None


def test_going_back_keeps_the_version_that_is_left(versioned: World) -> None:
    reissue(versioned, "a.mail.example.net")
    first = versioned.versions[0]
    again = versioned.vault.import_version(versioned.certificate, first.key, first.chain)

    versioned.change_inventory(RELAY)
    versioned.tick()

    assert of_host(versioned) == named(versioned, 1, 2)
    assert files(versioned)[f"{HOST}.current"] == again.version.encode()


@pytest.mark.parametrize(("relay", "bundles"), [(RELAY, 2), ({}, 1)], ids=["with versions", "without"])
def test_a_second_bundle_is_read_only_where_names_have_the_version_in_them(
    relay: Mapping[str, object], bundles: int
) -> None:
    world = new_world({**relay, "clusters": [FIRST]})
    world.tick()
    calls = Calls()
    world.change_inventory({**relay, "clusters": [FIRST]}, dns_names=[HOST, "a.mail.example.net"])

    renew(Message(certificate_ref(NAME), "test"), calls.recorded(world.ports))

    assert [str(call) for call in calls.made].count("vault.bundle") == bundles
