"""Metrics tell what the last watch saw and what the journals say, from storage alone."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from shared.domain import metrics as domain_metrics
from shared.domain.audit import SCHEDULED
from shared.domain.metrics import GAUGES, Sample
from shared.domain.object_ref import ALL, ObjectRef
from shared.domain.status import CertificateStatus
from shared.errors import PermanentError, TransientError
from shared.inventory import Inventory, Route, SecretReference
from shared.inventory.relays import Certificate
from shared.version import RELEASE
from shared.workflows.metrics import metrics
from shared.workflows.pauses import pause
from shared.workflows.watch import ALERTS, watch
from tests.fakes.inventory import HOST, INTERNAL, NAME
from tests.workflows.calls import Calls
from tests.workflows.world import World

CLUSTERS = ("ss-dev-00", "ss-dev-01")
SLACK = Route.model_construct(kind="slack", urls=(SecretReference("dev", "slack"),), match={})


@pytest.fixture
def watched(served: World) -> World:
    """Everything served, and seen by a watch."""
    alerts = served.inventory.alerts.model_copy(update={"routes": {"people": SLACK}})
    served.inventory = served.inventory.model_copy(update={"alerts": alerts})
    watch(served.ports)
    return served


def shown(world: World) -> dict[str, int]:
    """Return each value by name and labels, without the prefix that all have."""
    lines = [line for line in metrics(world.ports).splitlines() if not line.startswith("#")]
    return {
        name.removeprefix("relaykeeper_"): int(value) for name, _, value in (line.rpartition(" ") for line in lines)
    }


def at(metric: str, cluster: str = "ss-dev-00", replica: str | None = None, certificate: str = NAME) -> str:
    last = f',replica="{replica}"' if replica else ""
    return f'{metric}{{certificate="{certificate}",relay="dev",cluster="{cluster}"{last}}}'


def unreadable(journal: str) -> str:
    return f'journal_unreadable{{journal="{journal}"}}'


def of(metric: str, certificate: str = NAME) -> str:
    return f'{metric}{{certificate="{certificate}"}}'


def test_they_tell_when_what_is_stored_and_what_each_replica_serves_expires(watched: World) -> None:
    leaf = watched.vault.latest(watched.certificate)
    assert leaf is not None
    ends = int(leaf.leaf.not_after.timestamp())
    due = int((leaf.leaf.not_after - leaf.leaf.lifetime / 3).timestamp())
    values = shown(watched)
    assert values[f'certificate_stored_expiry_timestamp_seconds{{certificate="{NAME}",vault="dev"}}'] == ends
    assert values[f'certificate_due_timestamp_seconds{{certificate="{NAME}",vault="dev"}}'] == due
    for cluster in CLUSTERS:
        for replica in ("mailrelay-0", "mailrelay-1"):
            assert values[at("served_expiry_timestamp_seconds", cluster, replica)] == ends
            assert values[at("served_due_timestamp_seconds", cluster, replica)] == due
    assert values["watch_last_timestamp_seconds"] == int(watched.clock.now().timestamp())


def test_where_all_is_well_each_place_is_reached_and_nothing_differs_or_fails(watched: World) -> None:
    values = shown(watched)
    for cluster in CLUSTERS:
        for certificate in (NAME, INTERNAL):
            found = {
                metric: values[at(metric, cluster, certificate=certificate)]
                for metric in ("place_reachable", "place_offline_expected", "served_differs", "delivery_failing")
            }
            assert found == {
                "place_reachable": 1,
                "place_offline_expected": 0,
                "served_differs": 0,
                "delivery_failing": 0,
            }
        assert values[at("place_replicas", cluster)] == values[at("place_replicas_answering", cluster)] == 2
    assert (values[of("renewal_failing")], values[of("renewal_failed_attempts")]) == (0, 0)
    assert values[of("quarantined_versions")] == 0
    for journal in ("pauses/all", "watch/alerts", f"certificates/{NAME}", f"certificates/{INTERNAL}"):
        assert values[unreadable(journal)] == 0
    assert values['vault_readable{vault="dev"}'] == 1
    assert values['route_failing{route="people"}'] == 0
    assert values[f'build_info{{version="{RELEASE}"}}'] == 1


def test_a_version_that_is_stored_and_not_yet_served_shows_until_it_is(watched: World) -> None:
    first, signer = watched.versions[-1], watched.authority.intermediate
    leaf = signer.issue(first.key.public_key(), HOST, begins=watched.clock.now() - timedelta(hours=1))
    watched.vault.import_version(watched.certificate, first.key, [leaf, signer.certificate], first.tags)
    watch(watched.ports)
    assert [shown(watched)[at("served_differs", cluster)] for cluster in CLUSTERS] == [1, 1]

    watched.tick()
    watch(watched.ports)
    assert [shown(watched)[at("served_differs", cluster)] for cluster in CLUSTERS] == [0, 0]


def test_a_place_that_cannot_be_reached_keeps_what_was_seen_there(watched: World) -> None:
    before = shown(watched)
    watched.clusters.unreachable.add("ss-dev-01")
    watch(watched.ports)
    after = shown(watched)
    assert after[at("place_reachable", "ss-dev-01")] == 0
    assert {name: value for name, value in after.items() if name.startswith("served_")} == {
        name: value for name, value in before.items() if name.startswith("served_")
    }


def test_a_vault_that_cannot_be_read_keeps_what_was_seen_there(watched: World) -> None:
    before = shown(watched)
    watched.vault.faults.before("entries", TransientError("timed out"))
    watch(watched.ports)
    after = shown(watched)
    assert after.pop('vault_readable{vault="dev"}') == 0
    assert before.keys() - after.keys() == {'vault_readable{vault="dev"}'}


def test_a_renewal_that_fails_shows_with_its_attempts_and_the_end_of_its_backoff(watched: World) -> None:
    watched.clock.advance(timedelta(days=70))
    watched.authority.faults.before("new_order", TransientError("the authority is down"))
    watched.handle_message()
    values, backoff = shown(watched), watched.journal.backoff
    assert backoff is not None
    assert (values[of("renewal_failing")], values[of("renewal_failed_attempts")]) == (1, 1)
    assert values[of("renewal_backoff_until_timestamp_seconds")] == int(backoff.until.timestamp())


def test_a_failure_that_a_person_must_repair_shows_in_metrics_although_it_is_no_attempt(watched: World) -> None:
    watched.clock.advance(timedelta(days=70))
    watched.authority.faults.before("new_order", PermanentError("the account is not allowed to"))
    watched.handle_message()
    values = shown(watched)
    assert (values[of("renewal_failing")], values[of("renewal_failed_attempts")]) == (1, 0)


def test_alerts_that_fire_are_counted_by_name_and_severity(watched: World) -> None:
    watched.clock.advance(timedelta(days=80))
    watch(watched.ports)
    assert shown(watched)['alerts_firing{alert="CertificateExpiring",severity="critical"}'] == len(CLUSTERS)


def test_a_dead_route_shows(watched: World) -> None:
    watched.notifier.dead.add("people")
    watched.clock.advance(timedelta(days=80))
    watch(watched.ports)
    assert shown(watched)['route_failing{route="people"}'] == 1


def test_a_journal_that_cannot_be_read_is_a_metric_and_all_others_stay(watched: World) -> None:
    watched.state.certificates.unreadable[NAME] = "a later release wrote it"
    values = shown(watched)
    assert (values[unreadable(f"certificates/{NAME}")], values[unreadable(f"certificates/{INTERNAL}")]) == (1, 0)
    assert of("renewal_failing") not in values
    assert values[of("renewal_failing", INTERNAL)] == 0
    assert values[at("place_reachable")] == 1


def test_where_the_watch_s_journal_cannot_be_read_the_others_stay(watched: World) -> None:
    watched.state.watch.unreadable[ALERTS] = "a later release wrote it"
    values = shown(watched)
    assert values[unreadable("watch/alerts")] == 1
    assert values[of("renewal_failing")] == 0
    assert "watch_last_timestamp_seconds" not in values


def test_what_a_bug_keeps_from_being_shown_of_one_certificate_is_said_and_all_others_stay(
    watched: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy = domain_metrics.certificate_samples

    def buggy(inventory: Inventory, certificate: Certificate, status: CertificateStatus) -> Iterator[Sample]:
        if certificate.name == NAME:
            raise ZeroDivisionError
        return healthy(inventory, certificate, status)

    monkeypatch.setattr(domain_metrics, "certificate_samples", buggy)
    values = shown(watched)
    assert (values[unreadable(f"watch/alerts: certificate {NAME}")], values[unreadable("watch/alerts")]) == (1, 0)
    assert at("place_reachable") not in values
    assert values[at("place_reachable", certificate=INTERNAL)] == 1
    assert values['vault_readable{vault="dev"}'] == 1


def test_before_the_first_watch_there_is_no_time_of_one(served: World) -> None:
    values = shown(served)
    assert "watch_last_timestamp_seconds" not in values
    assert values[unreadable("watch/alerts")] == 0


def test_a_certificate_that_left_the_inventory_is_no_longer_shown(watched: World) -> None:
    watched.remove_certificate(NAME)
    assert not [name for name in shown(watched) if f'certificate="{NAME}"' in name]


def test_what_is_paused_shows_until_the_last_of_its_pauses_ends(watched: World) -> None:
    now, day = watched.clock.now(), timedelta(days=1)
    for scope, days in ((ALL, 1), (ALL, 2), (ObjectRef("cluster", "ss-dev-00"), 1)):
        pause(scope, now + days * day, SCHEDULED, watched.ports)
    ends = {name: value for name, value in shown(watched).items() if name.startswith("paused_")}
    assert ends == {
        'paused_until_timestamp_seconds{scope="all"}': int((now + 2 * day).timestamp()),
        'paused_until_timestamp_seconds{scope="cluster/ss-dev-00"}': int((now + day).timestamp()),
    }

    watched.clock.advance(2 * day)
    assert not [name for name in shown(watched) if name.startswith("paused_")]


@pytest.mark.parametrize("journals", ["certificates", "watch", "ticks", "pauses"])
def test_without_storage_there_are_no_metrics(watched: World, journals: str) -> None:
    getattr(watched.state, journals).faults.before("read", TransientError("cannot read: timed out"))
    with pytest.raises(TransientError, match="timed out"):
        metrics(watched.ports)


def test_each_journal_is_read_once_and_nothing_else_is_asked(watched: World) -> None:
    calls = Calls()
    metrics(calls.recorded(watched.ports))
    assert Counter(map(str, calls.made)) == {
        "clock.now": 1,
        "state.pauses.read": 1,
        "state.watch.read": 1,
        "state.ticks.read": 1,
        "state.certificates.read": len(watched.inventory.certificates),
    }


def test_every_metric_is_described_even_where_it_has_no_value(world: World) -> None:
    text = metrics(world.ports)
    for gauge in GAUGES:
        assert f"# HELP {gauge.name} {gauge.help}\n# TYPE {gauge.name} gauge\n" in text
