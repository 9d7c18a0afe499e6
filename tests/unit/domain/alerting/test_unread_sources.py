"""An alert about what cannot be observed neither ends nor begins, and becomes no less urgent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.assessment import Assessment, assess
from shared.domain.observation import Observation
from shared.domain.report import FleetReport
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, Unreachable
from shared.domain.status import next_status
from shared.inventory import Inventory
from tests.fakes.inventory import INTERNAL, NOW, small_inventory
from tests.fakes.observed import changed, leaf_der, observations, showing, stored_as
from tests.unit.domain.alerting.test_conditions import FRESH, OLDER, PROVEN, STORED
from tests.unit.domain.alerting.watching import INTERVAL, Watching

EXPIRED = leaf_der(NOW - timedelta(days=91))
AN_HOUR = timedelta(hours=1)
UNREAD = [ExpectedOffline("ClusterAsleep", "asleep until 06:30"), Unreachable("ClusterUnreachable", "cannot reach it")]
SILENT = showing("timed out", "timed out")


def seen(inventory: Inventory, there: PlaceObservation | ExpectedOffline | Unreachable) -> FleetReport:
    return observations(inventory, there, STORED, PROVEN)


def then(watching: Watching) -> Watching:
    """Let it be time for the next watch."""
    watching.now += watching.interval
    return watching


@pytest.mark.parametrize("unread", UNREAD)
def test_a_hold_alerts_in_time_although_the_cluster_sleeps_each_night(
    unread: ExpectedOffline | Unreachable,
) -> None:
    inventory = small_inventory(relay={"freeze": [{"until": "2027-06-01T00:00:00Z", "reason": "no changes"}]})
    watching = Watching(inventory, interval=AN_HOUR)
    for _ in range(14):
        watching.see(seen(inventory, showing(OLDER, OLDER)), lasting=13 * AN_HOUR)
        then(watching).see(seen(inventory, unread), lasting=10 * AN_HOUR)
        then(watching)
    assert "no changes" in watching.see(seen(inventory, showing(OLDER, OLDER)))["HeldTooLong ss-dev-00"].message


@pytest.mark.parametrize("unread", UNREAD)
def test_a_delivery_that_goes_on_when_its_cluster_is_back_is_no_difference(
    unread: ExpectedOffline | Unreachable,
) -> None:
    inventory = small_inventory()
    watching, under_way = Watching(inventory), seen(inventory, showing(OLDER, FRESH))
    watching.see(under_way, lasting=AN_HOUR)
    then(watching).see(seen(inventory, unread), lasting=10 * AN_HOUR)
    assert then(watching).see(under_way, lasting=AN_HOUR) == {}


def test_an_alert_about_the_served_chain_does_not_end_while_no_replica_presents_one() -> None:
    inventory = small_inventory()
    watching = Watching(inventory)
    watching.see(seen(inventory, showing(EXPIRED, EXPIRED)))
    firing = then(watching).see(seen(inventory, SILENT), lasting=AN_HOUR)
    assert {"CertificateExpired ss-dev-00", "RelayUnreachable ss-dev-00"} <= firing.keys()
    assert then(watching).see(seen(inventory, showing(FRESH, FRESH))) == {}


def test_an_alert_ends_although_another_certificate_of_the_place_cannot_be_observed() -> None:
    inventory = small_inventory()
    watching, old = Watching(inventory), leaf_der(NOW - timedelta(days=80), names=("dev-in.mail.example.net",))
    [other] = observations(
        inventory, Unreachable("ClusterUnreachable", "cannot read the roots of issuer letsencrypt"), STORED
    ).certificates

    def internal(leaf: bytes) -> Assessment:
        there = dict.fromkeys(inventory.places(INTERNAL), showing(leaf, leaf))
        return assess(Observation(inventory.certificates[INTERNAL], NOW, PROVEN, stored_as(leaf), there))

    firing = watching.see(FleetReport((other, internal(old))))
    assert firing.keys() == {"CertificateExpiring ss-dev-00", "CertificateExpiring ss-dev-01"}
    firing = then(watching).see(FleetReport((other, internal(leaf_der(NOW, names=("dev-in.mail.example.net",))))))
    assert {alert.name for alert in firing.values()} == {"WatchBlind"}


def test_public_names_are_not_in_order_because_nobody_asks_at_night() -> None:
    inventory = small_inventory({"public_endpoints": [{"host": "mx.example.net", "port": 25}]})
    watching, front = Watching(inventory), "dev at mx.example.net:25"

    def differing(there: PlaceObservation | ExpectedOffline, fault: str | None) -> FleetReport:
        [watched] = seen(inventory, there).certificates
        faults = {} if fault is None else {front: fault}
        return FleetReport((changed(watched, public_endpoints=faults),))

    assert "PublicEndpointDiffers" in watching.see(
        differing(showing(FRESH, FRESH), "connection refused"), lasting=AN_HOUR
    )
    assert "PublicEndpointDiffers" in then(watching).see(
        differing(ExpectedOffline("ClusterAsleep", "asleep until 06:30"), None), lasting=AN_HOUR
    )
    assert then(watching).see(differing(showing(FRESH, FRESH), None)) == {}


def test_a_relay_that_was_scaled_to_nothing_serves_nothing_that_could_expire() -> None:
    inventory = small_inventory()
    watching = Watching(inventory)
    watching.see(seen(inventory, showing(EXPIRED, EXPIRED)))
    assert then(watching).see(seen(inventory, showing())) == {}


def test_an_alert_about_a_chain_does_not_end_while_the_stored_version_is_unknown() -> None:
    inventory, there = small_inventory(), showing(FRESH)
    watching = Watching(inventory)
    broken = replace(
        there, probe_results=(replace(there.probe_results[0], chain_fault="the chain lacks its intermediate"),)
    )
    watching.see(seen(inventory, broken))
    blind = observations(inventory, there, None, blind={"vault dev": "403"})
    assert "ChainBroken ss-dev-00" in then(watching).see(blind)


@pytest.mark.parametrize(("days", "urgency"), [(65, "warning"), (80, "critical"), (87, "page"), (95, "page")])
def test_an_unreachable_place_has_the_urgency_of_what_it_served_last(days: int, urgency: str) -> None:
    inventory = small_inventory()
    watching = Watching(inventory)
    before = seen(inventory, showing(FRESH, OLDER))
    watching.see(before)
    watching.journal = replace(watching.journal, status=next_status(watching.journal.status, before, inventory))
    watching.now = NOW + timedelta(days=days)
    renewed = stored_as(leaf_der(NOW + timedelta(days=days - 1)))
    firing = watching.see(
        observations(inventory, Unreachable("ClusterUnreachable", "no answer in time"), renewed), lasting=2 * INTERVAL
    )
    alert = firing["WatchBlind ss-dev-00"]
    assert alert.urgency == urgency
    assert "no answer in time. When last seen it served a certificate that ends 2027-02-18 12:00 UTC" in alert.message
