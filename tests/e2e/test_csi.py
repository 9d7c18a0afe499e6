"""A relay whose clients' files come by the Secrets Store CSI driver: all of them or none, and new versions in time."""

from collections.abc import Iterator

import pytest

from infra.local.csi.install import CERTIFICATES, CLIENTS
from shared.domain.object_ref import client_ref
from tests.e2e.conftest import INTERNAL, Fleet
from tests.e2e.internal_relay import VAULT, InternalRelay, running_internal_relay
from tests.e2e.leaks import leaks, text
from tests.e2e.places import places

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

FIRST, LATER = "csi-first", "csi-later"


@pytest.fixture(scope="module")
def relay(settled: Fleet) -> Iterator[InternalRelay]:
    settled.served = False
    settled.tick()
    with running_internal_relay(settled, [FIRST]) as relay:
        yield relay
        found = leaks([text("a client's password", each) for each in relay.passwords], places(settled))
    assert not found, "\n".join(found)


def test_the_relay_takes_the_version_that_is_said_to_be_mounted(relay: InternalRelay) -> None:
    fleet = relay.fleet
    assert relay.mounts()[CERTIFICATES].versions == {INTERNAL: fleet.stored(INTERNAL).version}

    relay.list_clients([FIRST])
    password, version = relay.put_secret(FIRST)
    relay.wait(lambda: relay.versions() == {FIRST: version})
    assert relay.takes(FIRST, password)

    relay.enter_inventory()
    fleet.tick()
    proof = fleet.journal(INTERNAL).at("internal@ss-dev-00").verified
    assert proof is not None
    assert proof.version == fleet.stored(INTERNAL).version


def test_one_secret_that_is_missing_or_disabled_stops_every_mount(relay: InternalRelay) -> None:
    relay.list_clients([FIRST])
    password, version = relay.put_secret(FIRST)
    relay.wait(lambda: relay.versions() == {FIRST: version})

    relay.list_clients([FIRST, LATER])
    relay.put_secret(FIRST)
    relay.wait(lambda: relay.gave_up_rotating(LATER, "SecretNotFound"))
    assert relay.versions() == {FIRST: version}
    assert relay.takes(FIRST, password)

    relay.start_again()
    relay.wait(lambda: any(f"objectName:{LATER}" in message for message in relay.failed_mounts()))
    assert relay.is_creating()
    assert relay.failed_mounts()[-1].endswith("ERROR CODE: SecretNotFound")

    later, _ = relay.put_secret(LATER)
    relay.wait(relay.is_ready)
    assert relay.takes(LATER, later)
    assert not relay.takes(FIRST, password)

    mounted = relay.versions()
    assert mounted.keys() == {FIRST, LATER}
    relay.disable_secret(LATER)
    relay.put_secret(FIRST)
    relay.wait(lambda: relay.gave_up_rotating(LATER, "Forbidden"))
    assert relay.versions() == mounted


def test_a_client_is_accepted_once_the_pod_has_mounted_the_password_that_was_made_for_it(relay: InternalRelay) -> None:
    fleet, name = relay.fleet, "csi-on-boarded"
    relay.list_clients([FIRST])
    relay.enter_inventory(clients={"sync": "none", "from": {"secretproviderclass": CLIENTS}})
    fleet.change_client(name, vault=VAULT, relays=["internal"], mode="manage")
    fleet.work_on(client_ref(name))
    assert fleet.client_journal(name).at("internal@ss-dev-00").accepted is None

    relay.list_clients([FIRST, name])
    relay.wait(lambda: name in relay.versions())
    fleet.work_on(client_ref(name))

    journal = fleet.client_journal(name)
    accepted = journal.at("internal@ss-dev-00").accepted
    assert accepted is not None
    assert journal.made is not None
    assert (accepted.version, accepted.reason) == (journal.made.version, "AcceptedByLogin")
    relay.list_clients([FIRST])
