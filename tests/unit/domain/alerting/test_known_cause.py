"""An alert about replicas says the cause where it is known: what the Secret lacks, whose it is, why we failed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.journal import Journal
from shared.domain.report import FleetReport
from shared.domain.serving.place_observation import FieldOwner, PlaceObservation, SecretSnapshot
from tests.fakes.inventory import HOST, small_inventory
from tests.fakes.observed import observations, showing
from tests.unit.domain.alerting.test_conditions import FRESH, OLDER, PROVEN, STORED
from tests.unit.domain.alerting.watching import INTERVAL, Watching

PLACE = "dev@ss-dev-00"
ALERT = "TLSV1_ALERT_INTERNAL_ERROR"
FILE = f"{HOST}.pem"
EDITED = SecretSnapshot(
    resource_version="1",
    type="Opaque",
    immutable=False,
    controllers=(),
    digests={FILE: "0" * 64},
    owners={FILE: (FieldOwner("relaykeeper/certificate.x", applied=True),)},
    annotations={"relaykeeper/certificate.dev-mail-example-net": "{}"},
    annotators={},
)
TAKEN = replace(EDITED, owners={FILE: (FieldOwner("kustomize-controller", applied=True),)})


def failed(error: str) -> Journal:
    return PROVEN.with_place(PLACE, replace(PROVEN.at(PLACE), error=error))


def silent(secret: SecretSnapshot | None) -> PlaceObservation:
    return replace(showing(ALERT, ALERT), secret=secret)


def seen(there: PlaceObservation, journal: Journal = PROVEN) -> FleetReport:
    return observations(small_inventory(), there, STORED, journal)


@pytest.mark.parametrize(
    ("secret", "cause"),
    [
        (None, ". The Secret does not exist (mailrelay/relay-tls)"),
        (EDITED, ". The Secret was edited (mailrelay/relay-tls)"),
        (TAKEN, "it belongs to kustomize-controller. Remove it from Git"),
    ],
)
def test_a_relay_that_serves_nobody_says_what_its_secret_lacks_and_whose_it_is(
    secret: SecretSnapshot | None, cause: str
) -> None:
    watching = Watching()
    message = watching.see(seen(silent(secret)), lasting=INTERVAL)["RelayUnreachable ss-dev-00"].message
    assert ALERT in message
    assert cause in message


def test_so_does_one_of_which_some_replicas_still_answer() -> None:
    watching = Watching()
    there = replace(showing(FRESH, "454 TLS currently unavailable"), secret=EDITED)
    message = watching.see(seen(there), lasting=timedelta(hours=1))["ServedByTooFewReplicas ss-dev-00"].message
    assert "454 TLS currently unavailable" in message
    assert message.endswith("The Secret was edited (mailrelay/relay-tls)")


@pytest.mark.parametrize("name", ["RelayUnreachable", "ServedDiffersFromStored"])
def test_why_the_last_delivery_failed_is_said_at_its_place_alone(name: str) -> None:
    there = silent(EDITED) if name == "RelayUnreachable" else replace(showing(OLDER, OLDER), secret=EDITED)
    watching = Watching()
    firing = watching.see(seen(there, failed("answered 403: no role.")), lasting=timedelta(hours=6))
    assert firing[f"{name} ss-dev-00"].message.endswith("The last attempt to deliver failed: answered 403: no role")
    assert "The last attempt" not in firing[f"{name} ss-dev-01"].message


def test_where_nothing_is_served_a_hold_still_has_a_quarter_of_the_time() -> None:
    inventory = small_inventory({"freeze": [{"until": "2027-06-01T00:00Z", "reason": "no changes"}]})
    watching = Watching(inventory, interval=timedelta(hours=1))
    held = observations(inventory, silent(EDITED), STORED, PROVEN)
    assert "HeldTooLong ss-dev-00" not in watching.see(held, lasting=timedelta(days=7))
    assert "HeldTooLong ss-dev-00" in watching.see(held, lasting=timedelta(days=1))
