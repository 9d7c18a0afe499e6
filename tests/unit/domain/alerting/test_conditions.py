"""Each alert fires for what it stands for, as urgent as what is served demands, and not for what is in good order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.issuing.issuance import Backoff
from shared.domain.journal import Journal
from shared.domain.object_ref import Version
from shared.domain.report import FleetReport
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, Unreachable
from shared.domain.serving.place_state import PlaceState, Quarantine, VerifiedVersion
from shared.inventory import Filter
from tests.fakes.inventory import HOST, NAME, NOW, small_inventory
from tests.fakes.observed import leaf_der, observations, showing, stored_as
from tests.unit.domain.alerting.watching import Watching

HOURS = timedelta(hours=1)
LONG = timedelta(hours=6)
FRESH = leaf_der(NOW - timedelta(days=1))
OLDER = leaf_der(NOW - timedelta(days=2))
STORED = stored_as(FRESH)
PROVEN = Journal(
    places={
        place: PlaceState(verified=VerifiedVersion(Version("v1"), STORED.leaf.thumbprint, replicas=2, at=NOW))
        for place in ("dev@ss-dev-00", "dev@ss-dev-01")
    }
)
"""The journal of a certificate that is served everywhere."""


@pytest.fixture
def watching() -> Watching:
    return Watching()


def at_age(part: float) -> bytes:
    """Return a leaf of 90 days of which this part of the 30 days between due and expiry is over."""
    return leaf_der(NOW - timedelta(days=60) - part * timedelta(days=30))


def seen(watching: Watching, there: PlaceObservation, **more: object) -> FleetReport:
    return observations(watching.inventory, there, STORED, **more)  # type: ignore[arg-type]


def test_what_is_served_everywhere_fires_nothing(watching: Watching) -> None:
    assert watching.see(seen(watching, showing(FRESH, FRESH)), lasting=10 * LONG) == {}


@pytest.mark.parametrize(
    ("part", "name", "severity", "page"),
    [
        (0.24, None, None, None),
        (0.26, "CertificateExpiring", "warning", None),
        (0.61, "CertificateExpiring", "critical", None),
        (0.86, "CertificateExpiring", "critical", "true"),
        (1.01, "CertificateExpired", "critical", "true"),
    ],
)
def test_urgency_follows_the_lifetime_left_of_what_is_served(
    watching: Watching, part: float, name: str | None, severity: str | None, page: str | None
) -> None:
    old = at_age(part)
    firing = watching.see(observations(watching.inventory, showing(old, old), stored_as(old)))
    found = {(alert.name, alert.severity, alert.labels.get("page")) for alert in firing.values()}
    assert found == ({(name, severity, page)} if name else set())


def test_a_new_version_in_the_vault_does_not_make_what_is_served_younger(watching: Watching) -> None:
    firing = watching.see(seen(watching, showing(FRESH, at_age(0.7))))
    assert firing["CertificateExpiring ss-dev-00"].severity == "critical"
    assert "mailrelay-1 serves a certificate that expires" in firing["CertificateExpiring ss-dev-00"].message


def test_labels_are_those_that_receivers_group_by(watching: Watching) -> None:
    old = at_age(0.3)
    alert = watching.see(seen(watching, showing(old)))["CertificateExpiring ss-dev-01"]
    assert alert.labels == {
        "alertname": "CertificateExpiring",
        "cluster": "ss-dev-01",
        "service": "dev",
        "severity": "warning",
        "certificate": NAME,
    }
    assert alert.summary == f"CertificateExpiring: certificate/{NAME} at dev@ss-dev-01"


def test_a_delivery_under_way_is_no_difference_but_one_that_stays_is(watching: Watching) -> None:
    under_way = seen(watching, showing(OLDER, FRESH))
    assert watching.see(under_way, lasting=HOURS) == {}
    firing = watching.see(under_way, lasting=LONG)
    assert set(firing) == {"ServedDiffersFromStored ss-dev-00", "ServedDiffersFromStored ss-dev-01"}
    alert = firing["ServedDiffersFromStored ss-dev-00"]
    assert alert.severity == "warning"
    assert "It was not given it: the Secret does not exist" in alert.message
    assert alert.reason == "SecretMissing"


def test_pods_that_were_given_the_version_and_serve_another_are_to_be_rolled() -> None:
    watching = Watching(small_inventory(relay={"sync": "none", "serves": [{"certificate": NAME}], "files": None}))
    firing = watching.see(seen(watching, showing(OLDER, OLDER)), lasting=LONG)
    assert "rollout restart statefulset mailrelay" in firing["ServedDiffersFromStored ss-dev-00"].message


def test_a_cluster_that_waits_for_the_one_before_to_settle_is_no_difference() -> None:
    watching = Watching(small_inventory(relay={"settle": 86400}))
    firing = watching.see(seen(watching, showing(OLDER, OLDER)), lasting=timedelta(hours=20))
    assert set(firing) == {"ServedDiffersFromStored ss-dev-00"}


def test_a_relay_waits_for_no_cluster_of_another_relay() -> None:
    inventory = small_inventory(relay={"settle": 86400})
    second = inventory.relays["dev"].model_copy(update={"name": "second"})
    watching = Watching(inventory.model_copy(update={"relays": {**inventory.relays, "second": second}}))
    watching.see(seen(watching, showing(OLDER, OLDER)), lasting=timedelta(hours=20))
    assert {f"{alert.relay}@{alert.cluster}" for alert in watching.journal.firing} == {
        "dev@ss-dev-00",
        "second@ss-dev-00",
    }


def test_a_replica_that_is_gone_for_a_node_upgrade_is_no_alert_but_one_that_stays_away_is(watching: Watching) -> None:
    one_left = seen(watching, showing(FRESH, "connection refused"))
    assert watching.see(one_left, lasting=timedelta(minutes=20)) == {}
    firing = watching.see(one_left, lasting=timedelta(minutes=20))
    assert "only 1 of 2 replicas" in firing["ServedByTooFewReplicas ss-dev-00"].message


def test_a_relay_of_which_no_replica_answers_is_critical(watching: Watching) -> None:
    firing = watching.see(seen(watching, showing("refused", "refused"), journal=PROVEN), lasting=timedelta(minutes=20))
    assert {alert.severity for alert in firing.values()} == {"critical"}
    alert = firing["RelayUnreachable ss-dev-00"]
    assert "no replica presents a certificate" in alert.message
    assert alert.reason == "SecretMissing"


def test_a_chain_that_clients_refuse_alerts_at_once(watching: Watching) -> None:
    there = showing(FRESH)
    broken = replace(
        there, probe_results=(replace(there.probe_results[0], chain_fault="the chain lacks its intermediate"),)
    )
    assert "lacks its intermediate" in watching.see(seen(watching, broken))["ChainBroken ss-dev-00"].message


def test_a_name_that_was_added_is_missing_once_a_renewal_would_have_brought_it() -> None:
    watching = Watching(small_inventory(None, None, dns_names=[HOST, "smtp.mail.example.net"]))
    lacking = seen(watching, showing(FRESH))
    assert watching.see(lacking, lasting=HOURS) == {}
    assert "not for smtp.mail.example.net" in watching.see(lacking, lasting=LONG)["NamesMissing ss-dev-00"].message


def test_a_failure_that_a_second_attempt_overcomes_is_no_alert(watching: Watching) -> None:
    failed = Journal(backoff=Backoff(1, NOW, "CAA forbids it"))
    assert watching.see(seen(watching, showing(FRESH), journal=failed), lasting=timedelta(minutes=20)) == {}
    assert watching.see(seen(watching, showing(FRESH)), lasting=HOURS) == {}


def test_a_lasting_failure_alerts_with_the_words_of_authority_or_cluster(watching: Watching) -> None:
    failed = Journal(backoff=Backoff(3, NOW, "CAA forbids it"))
    firing = watching.see(seen(watching, showing(FRESH), journal=failed), lasting=HOURS)
    assert "CAA forbids it" in firing["RenewalFailing ss-dev-00"].message

    refused = Journal(places={"dev@ss-dev-01": PlaceState(error="belongs to flux")})
    firing = watching.see(seen(watching, showing(FRESH), journal=refused), lasting=LONG)
    assert set(firing) == {"RenewalFailing ss-dev-01"}
    assert "belongs to flux" in firing["RenewalFailing ss-dev-01"].message


def test_a_version_in_quarantine_alerts_with_its_reason(watching: Watching) -> None:
    bad = Journal(quarantine=(Quarantine(Version("v1"), "dev", "dev@ss-dev-00", "ReplicaNotReady", "pods crash", NOW),))
    assert (
        "pods crash"
        in watching.see(seen(watching, showing(FRESH), journal=bad))["VersionQuarantined ss-dev-00"].message
    )


def test_a_hold_of_a_quarter_of_the_time_left_when_due_alerts() -> None:
    frozen = small_inventory(relay={"freeze": [{"until": "2027-06-01T00:00:00Z", "reason": "no changes"}]})
    watching = Watching(frozen, interval=HOURS)
    held = seen(watching, showing(OLDER, OLDER))
    assert watching.see(held, lasting=timedelta(days=7)) == {}
    alert = watching.see(held, lasting=timedelta(days=1))["HeldTooLong ss-dev-00"]
    assert "no changes" in alert.message
    assert alert.reason == "HeldByFreeze"


def test_a_certificate_that_no_relay_serves_is_watched_in_its_vault() -> None:
    inventory = small_inventory().model_copy(update={"relays": {}})
    watching, old = Watching(inventory), at_age(0.7)
    alert = watching.see(observations(inventory, {}, stored_as(old)))["CertificateExpiring"]
    assert (alert.severity, alert.cluster, alert.relay, alert.labels["service"]) == ("critical", "", "", "relaykeeper")


def test_an_unobserved_place_alerts_and_what_fired_there_goes_on(watching: Watching) -> None:
    old = at_age(0.7)
    watching.see(observations(watching.inventory, showing(old), stored_as(old)))
    gone = observations(
        watching.inventory, Unreachable("ClusterUnreachable", "cannot reach ss-dev-00: refused"), stored_as(old)
    )
    firing = watching.see(gone, lasting=timedelta(minutes=20))
    assert "cannot reach ss-dev-00" in firing["WatchBlind ss-dev-00"].message
    assert firing["WatchBlind ss-dev-00"].reason == "ClusterUnreachable"
    assert firing["CertificateExpiring ss-dev-00"].severity == "critical"


def test_an_unreadable_vault_is_one_alert(watching: Watching) -> None:
    blind = observations(watching.inventory, showing(FRESH), None, blind={"vault dev": "403"})
    firing = watching.see(blind, lasting=timedelta(minutes=20))
    assert [(alert.name, alert.detail) for alert in firing.values()] == [("WatchBlind", "vault dev")]


def test_a_sleeping_cluster_fires_no_watch_blind_and_resolves_nothing(watching: Watching) -> None:
    old = at_age(0.3)
    watching.see(observations(watching.inventory, showing(old), stored_as(old)))
    asleep = observations(watching.inventory, ExpectedOffline("ClusterAsleep", "asleep until 06:30"), stored_as(old))
    assert set(watching.see(asleep, lasting=HOURS)) == {
        "CertificateExpiring ss-dev-00",
        "CertificateExpiring ss-dev-01",
    }
    assert watching.see(observations(watching.inventory, showing(FRESH), STORED)) == {}


def test_a_cluster_that_went_to_sleep_too_early_is_missed_until_its_hours_begin(watching: Watching) -> None:
    gone = observations(watching.inventory, Unreachable("ClusterUnreachable", "cannot reach it"), STORED)
    assert "WatchBlind ss-dev-00" in watching.see(gone, lasting=timedelta(minutes=20))
    assert (
        watching.see(observations(watching.inventory, ExpectedOffline("ClusterAsleep", "asleep until 06:30"), STORED))
        == {}
    )


def test_an_unreachable_place_is_one_alert_with_the_urgency_of_its_most_urgent_certificate() -> None:
    inventory = small_inventory()
    watching, gone = Watching(inventory), Unreachable("ClusterUnreachable", "cannot reach it")
    [young] = observations(inventory, gone, STORED).certificates
    [old] = observations(inventory, gone, stored_as(at_age(0.9))).certificates
    watching.see(FleetReport((young, old)), lasting=timedelta(minutes=20))
    assert [(alert.name, alert.cluster, alert.urgency) for alert in watching.journal.firing] == [
        ("WatchBlind", "ss-dev-00", "page"),
        ("WatchBlind", "ss-dev-01", "page"),
    ]


def test_nothing_is_expected_of_a_suspended_cluster() -> None:
    sites = {
        name: {"suspended": {"until": "2027-01-01T00:00:00Z", "reason": "rebuilt"}}
        for name in ("ss-dev-00", "ss-dev-01")
    }
    watching, old = Watching(small_inventory(None, sites)), at_age(0.3)
    watching.see(observations(watching.inventory, showing(old), stored_as(old)))
    assert (
        watching.see(observations(watching.inventory, ExpectedOffline("ClusterSuspended", "suspended"), stored_as(old)))
        == {}
    )


def entry(name: str, kind: str = "secret", **tags: str) -> VaultEntry:
    """Return an entry of 90 days that expires tomorrow."""
    return VaultEntry(kind, name, NOW - timedelta(days=89), NOW + timedelta(days=1), tags)  # type: ignore[arg-type]


def test_unmanaged_entries_alert_if_the_filter_includes_them() -> None:
    chosen = {"dev": Filter(names=("relay-*",), tags={"team": "mail"})}
    inventory = small_inventory()
    alerts = inventory.alerts.model_copy(update={"unmanaged": chosen})
    watching = Watching(inventory.model_copy(update={"alerts": alerts}))
    entries = (
        entry("Relay-password"),
        entry("tagged", "certificate", team="mail"),
        entry("another", team="web"),
        entry(NAME, "certificate", team="mail"),
        entry("Letsencrypt-account-key"),
    )
    watching.see(FleetReport(entries={"dev": entries}))
    assert {(str(alert.object), alert.detail) for alert in watching.journal.firing} == {
        ("vault/dev", "secret Relay-password"),
        ("vault/dev", "certificate tagged"),
        ("vault/dev", "secret Letsencrypt-account-key"),
    }


def test_an_entry_without_an_expiry_is_no_alert(watching: Watching) -> None:
    endless = replace(entry("letsencrypt-account-key"), expires=None)
    assert watching.see(FleetReport(entries={"dev": (endless,)})) == {}
