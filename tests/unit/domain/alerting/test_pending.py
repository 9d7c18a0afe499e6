"""What good order looks like for a while is waited for, whatever clocks do; what fires goes on until it is over."""

from datetime import timedelta

import pytest

from shared.domain.certificates.certificate import StoredVersion
from shared.domain.issuing.issuance import Backoff
from shared.domain.journal import Journal
from shared.domain.report import FleetReport
from shared.domain.serving.place_state import PlaceState, Quarantine
from shared.inventory import Inventory
from tests.fakes.inventory import HOST, NOW, small_inventory
from tests.fakes.observed import leaf_der, observations, showing, stored_as
from tests.unit.domain.alerting.test_conditions import FRESH, OLDER, PROVEN, STORED
from tests.unit.domain.alerting.watching import INTERVAL, Watching

AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)
SILENT = showing("refused", "refused")


def differing(inventory: Inventory) -> FleetReport:
    return observations(inventory, showing(OLDER, OLDER), STORED, PROVEN)


def test_two_watches_slightly_less_than_ten_minutes_apart_are_enough_to_fire() -> None:
    watching = Watching()
    silent = observations(watching.inventory, SILENT, STORED, PROVEN)
    assert watching.see(silent) == {}
    watching.now += INTERVAL - timedelta(seconds=20)
    assert set(watching.see(silent)) == {"RelayUnreachable ss-dev-00", "RelayUnreachable ss-dev-01"}


@pytest.mark.parametrize("stored", [None, STORED])
def test_pods_that_wait_for_their_first_version_are_in_order_until_it_should_have_come(
    stored: StoredVersion | None,
) -> None:
    watching = Watching()
    waiting = observations(watching.inventory, SILENT, stored)
    assert watching.see(waiting, lasting=2 * AN_HOUR) == {}
    assert "RelayUnreachable ss-dev-00" in watching.see(waiting, lasting=AN_HOUR)


@pytest.mark.parametrize("mode", ["manage", "observe"])
def test_a_relay_of_which_nobody_knows_what_it_served_is_missed_at_once(mode: str) -> None:
    watching = Watching(small_inventory(None, None, mode=mode))
    lost = {"journal dev-mail-example-net": "a later release wrote it"} if mode == "manage" else {}
    silent = observations(watching.inventory, SILENT, STORED, blind=lost)
    assert "RelayUnreachable ss-dev-00" in watching.see(silent, lasting=INTERVAL)


def test_a_name_that_waits_for_the_window_is_not_missing() -> None:
    inventory = small_inventory({"window": "Sat 02:00-04:00 UTC"}, None, dns_names=[HOST, "smtp.mail.example.net"])
    watching = Watching(inventory)
    coming = stored_as(leaf_der(NOW, names=(HOST, "smtp.mail.example.net")))
    held = observations(inventory, showing(FRESH, FRESH), coming, PROVEN)
    assert watching.see(held, lasting=A_DAY) == {}
    lacking = observations(inventory, showing(FRESH, FRESH), STORED, PROVEN)
    assert "NamesMissing ss-dev-00" in watching.see(lacking, lasting=6 * AN_HOUR)


def test_a_difference_that_outlasts_a_window_is_one_alert_not_one_each_day() -> None:
    inventory = small_inventory({"window": "09:00-16:00 UTC"})
    watching = Watching(inventory, interval=AN_HOUR / 2)
    watching.see(differing(inventory), lasting=3 * AN_HOUR)
    for _ in range(3 * 24 * 2):
        watching.now += watching.interval
        firing = watching.see(differing(inventory))
        assert {"ServedDiffersFromStored ss-dev-00", "ServedDiffersFromStored ss-dev-01"} <= firing.keys()


def test_a_version_that_is_held_overnight_is_given_its_time_when_the_window_opens() -> None:
    inventory = small_inventory({"window": "09:00-16:00 UTC"})
    watching = Watching(inventory, NOW + 6 * AN_HOUR)
    assert watching.see(differing(inventory), lasting=17 * AN_HOUR) == {}


def test_what_fires_goes_on_and_what_waits_still_comes_when_the_clock_is_set_back() -> None:
    watching = Watching(now=NOW + 365 * A_DAY)
    silent = observations(watching.inventory, SILENT, STORED, PROVEN)
    watching.see(silent)
    watching.now = NOW
    assert "RelayUnreachable ss-dev-00" in watching.see(silent, lasting=INTERVAL)
    watching.now = NOW - AN_HOUR
    assert "RelayUnreachable ss-dev-00" in watching.see(silent)


def test_what_was_written_down_before_a_certificate_was_only_observed_is_nobody_s_failure() -> None:
    watching = Watching(small_inventory(None, None, mode="observe"))
    left = Journal(
        backoff=Backoff(3, NOW, "CAA forbids it"),
        places={"dev@ss-dev-00": PlaceState(error="belongs to flux")},
        quarantine=(Quarantine(STORED.version, "dev", "dev@ss-dev-00", "ReplicaNotReady", "pods crash", NOW),),
    )
    assert watching.see(observations(watching.inventory, showing(FRESH, FRESH), STORED, left), lasting=A_DAY) == {}


def test_what_has_become_worse_is_not_over() -> None:
    old = leaf_der(NOW - 89 * A_DAY)
    inventory = small_inventory()
    watching = Watching(inventory)
    watching.see(observations(inventory, showing(old, old), stored_as(old), PROVEN))
    watching.now += 2 * A_DAY
    firing = watching.see(observations(inventory, showing(old, old), stored_as(old), PROVEN))
    assert {"CertificateExpiring ss-dev-00", "CertificateExpired ss-dev-00"} <= firing.keys()

    watching = Watching(inventory)
    watching.see(observations(inventory, showing(FRESH, "refused"), STORED, PROVEN), lasting=AN_HOUR)
    firing = watching.see(observations(inventory, SILENT, STORED, PROVEN), lasting=INTERVAL)
    assert {"ServedByTooFewReplicas ss-dev-00", "RelayUnreachable ss-dev-00"} <= firing.keys()


def test_a_place_that_one_tick_could_not_reach_is_in_order_until_the_next_has_been_there() -> None:
    watching = Watching()
    refused = Journal(places={"dev@ss-dev-00": PlaceState(error="cannot reach ss-dev-00: connection refused")})
    failed_once = observations(watching.inventory, showing(FRESH, FRESH), STORED, refused)
    assert watching.see(failed_once, lasting=AN_HOUR + INTERVAL) == {}
    assert "RenewalFailing ss-dev-00" in watching.see(failed_once, lasting=AN_HOUR)
