"""A hundred clients a second, while certificates are swapped. The long form, in figures, is `make bench`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path

import pytest

from infra.local.bench.session import Chain, Figures, Session, Target, anyone, load, session
from infra.local.bench.versions import Layout, Version, chain_of, reference, versions, write
from tests.e2e.conftest import DEV, HOST, Fleet

pytestmark = pytest.mark.e2e

SWAPS = 10
SWAPPED = "swapped.example.net"
PORTS = (25, 587)


def test_in_place_each_handshake_returns_one_version_whole(fleet: Fleet, swapped: list[Version]) -> None:
    targets = [Target(address, port, SWAPPED) for c in fleet.clusters for address in c.addresses() for port in PORTS]
    wait_until_served(fleet, targets, swapped[0])

    with load(targets) as sessions:
        for kept in pairwise(swapped):
            give(fleet, kept)
            wait_until_met(fleet, targets, kept[-1], sessions)

    figures = Figures.of(sessions, (version.chain for version in swapped), SWAPS)
    assert (figures.mixed, figures.met) == (0, SWAPS + 1)
    assert figures.failed <= 1, figures.failures


def test_a_restart_fails_no_session_at_the_service_address(fleet: Fleet) -> None:
    cluster = fleet.clusters[0].name  # one is enough to see it, and half as long
    targets = [Target(fleet.stack.addresses.service(cluster), port, HOST) for port in PORTS]
    before = stored_chain(fleet)
    fleet.change_relay(reload="restart", clusters=[cluster])
    fleet.add_a_name()

    with load(targets) as sessions:
        fleet.renew()

    figures = Figures.of(sessions, [before, stored_chain(fleet)], changes=1)
    assert (figures.failures, figures.mixed, figures.met) == (Counter(), 0, 2)


@pytest.fixture
def swapped(fleet: Fleet, tmp_path: Path) -> Iterator[list[Version]]:
    """Versions of a certificate for `SWAPPED`, the first of which is given to every replica."""
    made = list(islice(versions(SWAPPED, tmp_path), SWAPS + 1))
    give(fleet, made[:1])
    yield made
    give(fleet, [])


def give(fleet: Fleet, kept: Sequence[Version]) -> None:
    """Write these versions beside the relay's own certificates, the last as the current one."""
    whole = reference()
    of_hosts = {file: content for file, content in whole.files.items() if "{host}" in file}
    files = Layout(whole.name, whole.configuration, of_hosts).payload(SWAPPED, kept)
    for cluster in fleet.clusters:
        write(fleet.ports, cluster.name, files)


def wait_until_served(fleet: Fleet, targets: Sequence[Target], version: Version) -> None:
    tls = anyone()
    fleet.clusters[0].wait(lambda: all(session(target, tls).chain == version.chain for target in targets))


def wait_until_met(fleet: Fleet, targets: Sequence[Target], version: Version, sessions: Sequence[Session]) -> None:
    """Wait until the clients met the version at every target."""

    def met() -> bool:
        return {session.target for session in sessions if session.chain == version.chain} == set(targets)

    fleet.clusters[0].wait(met)


def stored_chain(fleet: Fleet) -> Chain:
    ports = fleet.ports
    return chain_of(ports.vault.bundle(ports.inventory.certificates[DEV], fleet.stored().version).chain)
