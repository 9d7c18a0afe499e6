"""A relay that accepts mail without a login alerts at once, until every replica was seen to refuse it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.alerting.alert import Alert
from shared.domain.serving.open_relay import OpenRelayResult
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, Unreachable
from shared.domain.serving.probe import Probe
from shared.inventory import Inventory
from tests.fakes.inventory import NAME, NOW, small_inventory
from tests.fakes.observed import leaf_der, observations, showing, stored_as
from tests.unit.domain.alerting.watching import Watching

RECIPIENT = "postmaster@example.org"
FRESH = leaf_der(NOW - timedelta(days=1))
OPEN = "AcceptsUnauthenticated ss-dev-00"
BLIND = "WatchBlind ss-dev-00"
HOURS = timedelta(hours=1)

ACCEPTED, REFUSED, LATER, SILENT = (250, "250 Accepted"), (550, "550 no"), (451, "451 later"), (None, "refused")

type Met = tuple[int | None, str]


@pytest.fixture
def watching() -> Watching:
    return Watching(small_inventory({"refuses_unauthenticated": RECIPIENT}))


def see(watching: Watching, *met: Met, lasting: timedelta = timedelta(0)) -> Mapping[str, Alert]:
    """Let the replicas of the first place, one for each, meet the offer like this."""
    return watch(watching, watching.inventory, showing(FRESH, FRESH), met, lasting)


def watch(
    watching: Watching,
    inventory: Inventory,
    there: PlaceObservation | ExpectedOffline | Unreachable,
    met: tuple[Met, ...] | None,
    lasting: timedelta = timedelta(0),
) -> Mapping[str, Alert]:
    seen = observations(inventory, there, stored_as(FRESH))
    if met is not None:
        pods = [Probe(f"mailrelay-{number}", f"10.0.0.{number}", 25, None) for number in range(len(met))]
        offers = tuple(OpenRelayResult(pod, *each) for pod, each in zip(pods, met, strict=True))
        seen = replace(seen, open_relay_results={inventory.places(NAME)[0]: offers})
    return watching.see(seen, lasting)


def test_a_relay_that_refuses_is_in_order(watching: Watching) -> None:
    assert see(watching, REFUSED, REFUSED, lasting=HOURS) == {}


def test_one_replica_that_accepts_mail_alerts_at_once_with_its_reply(watching: Watching) -> None:
    [alert] = see(watching, REFUSED, ACCEPTED).values()
    assert alert.labels == {
        "alertname": "AcceptsUnauthenticated",
        "cluster": "ss-dev-00",
        "service": "dev",
        "severity": "critical",
    }
    assert alert.message.startswith(
        "dev@ss-dev-00: mailrelay-1 on port 25 takes mail for postmaster@example.org without a login: 250 Accepted. "
    )
    assert "only from clients that logged in" in alert.message


def test_several_that_take_mail_are_one_alert_that_names_them(watching: Watching) -> None:
    firing = see(watching, ACCEPTED, ACCEPTED, ACCEPTED)
    assert set(firing) == {OPEN}
    assert "250 Accepted (as do mailrelay-1 on port 25, mailrelay-2 on port 25)." in firing[OPEN].message


def test_it_is_over_once_all_refuse(watching: Watching) -> None:
    see(watching, ACCEPTED, ACCEPTED)
    assert set(see(watching, REFUSED, ACCEPTED)) == {OPEN}
    assert see(watching, REFUSED, REFUSED) == {}


@pytest.mark.parametrize("met", [[REFUSED, LATER], [REFUSED, SILENT], [LATER, LATER], []])
def test_it_is_not_over_while_some_replica_does_not_tell(watching: Watching, met: list[Met]) -> None:
    see(watching, ACCEPTED, ACCEPTED)
    assert set(see(watching, *met)) == {OPEN}


@pytest.mark.parametrize(
    "there",
    [Unreachable("ClusterUnreachable", "cannot reach it"), ExpectedOffline("ClusterAsleep", "asleep until 06:30")],
)
def test_it_is_not_over_while_the_place_cannot_be_seen(
    watching: Watching, there: Unreachable | ExpectedOffline
) -> None:
    see(watching, ACCEPTED)
    assert set(watch(watching, watching.inventory, there, None)) == {OPEN}


def test_it_is_over_where_the_inventory_no_longer_minds(watching: Watching) -> None:
    see(watching, ACCEPTED)
    assert watch(watching, small_inventory(), showing(FRESH, FRESH), None) == {}


@pytest.mark.parametrize("untold", [LATER, SILENT])
def test_a_relay_that_does_not_tell_is_no_alert_for_a_while_and_then_one(watching: Watching, untold: Met) -> None:
    assert see(watching, REFUSED, untold, lasting=timedelta(minutes=20)) == {}
    firing = see(watching, REFUSED, untold, lasting=HOURS)
    assert set(firing) == {BLIND}
    assert (firing[BLIND].severity, firing[BLIND].detail) == ("warning", "unauthenticated mail")
    assert firing[BLIND].message == (
        "dev@ss-dev-00: mailrelay-1 on port 25 does not tell whether it takes mail for postmaster@example.org without "
        f"a login: {untold[1]}"
    )
    assert see(watching, REFUSED, REFUSED) == {}


def test_where_no_replica_could_be_asked_others_tell_of_it(watching: Watching) -> None:
    assert see(watching, lasting=10 * HOURS) == {}
