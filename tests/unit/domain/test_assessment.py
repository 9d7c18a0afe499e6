"""Whether there is anything to do for a certificate."""

from dataclasses import replace

import pytest

from shared.domain.assessment import assess, observe_mode_lines
from shared.domain.attempt_state import AttemptState
from shared.domain.issuing.issuance import Issuance
from shared.domain.journal import Journal
from shared.domain.object_ref import Version, certificate_ref
from shared.domain.observation import Observation
from shared.domain.serving.place_observation import (
    FieldOwner,
    PlaceObservation,
    Pod,
    Rollout,
    SecretSnapshot,
    Unreachable,
    WorkloadObservation,
)
from shared.domain.serving.place_state import PlaceState, VerifiedVersion
from shared.domain.serving.probe import Probe, ProbeResult
from shared.domain.serving.tls_secret import digest, owner_label, render_annotation
from shared.inventory import Place
from shared.inventory.relays import files_of
from tests.fakes.inventory import NAME, NOW, certificate, place
from tests.fakes.leaves import stored

STORED = stored()
PRINT = STORED.leaf.thumbprint
PODS = (Pod("mailrelay-0", "10.0.0.1", True),)
PROVEN = PlaceState(verified=VerifiedVersion(Version("v1"), PRINT, 1, NOW))


def secret(at: Place) -> SecretSnapshot:
    digests = {
        file: digest(b"pem") for file in files_of(at.relay, at.relay.serving(NAME), certificate().dns_names, "v1")
    }
    held = {owner_label(certificate_ref(NAME)): render_annotation(STORED.version, PRINT, digests)}
    return SecretSnapshot(
        "1", "Opaque", False, held, digests, {f: (FieldOwner("relaykeeper/certificate.x", True),) for f in digests}, ()
    )


def work(observation: Observation) -> list[str]:
    return [str(action) for action in assess(observation).actions]


def settled_fleet(record: PlaceState = PROVEN, **changes: object) -> Observation:
    """Everything as it should be at one place."""
    at = place()
    answers = (ProbeResult(Probe("mailrelay-0", "10.0.0.1", 25, "h"), PRINT),)
    there = replace(
        PlaceObservation(WorkloadObservation(PODS), secret(at), answers),
        **changes,  # type: ignore[arg-type]
    )
    return Observation(certificate(), NOW, Journal(places={str(at): record}), STORED, {at: there})


def test_an_estate_in_order_gives_no_work() -> None:
    assert work(settled_fleet()) == []


def test_a_certificate_without_a_version_is_work() -> None:
    assert work(Observation(certificate(), NOW, Journal())) == ["due: no version in the vault yet"]


def test_a_deleted_secret_is_work() -> None:
    assert work(settled_fleet(secret=None)) == ["dev@ss-dev-00: the Secret does not exist"]


def test_a_pod_that_serves_something_else_is_work() -> None:
    stale = (ProbeResult(Probe("mailrelay-0", "10.0.0.1", 25, "h"), None, "connection refused"),)
    assert work(settled_fleet(probe_results=stale)) == [
        "dev@ss-dev-00: served by 0/1; pod mailrelay-0 connection refused on port 25 for h"
    ]


@pytest.mark.parametrize(
    "record",
    [
        PlaceState(),
        replace(PROVEN, error="unreachable"),
        PlaceState(verified=VerifiedVersion(Version("v0"), PRINT, 1, NOW)),
    ],
)
def test_a_proof_that_is_not_written_down_is_work(record: PlaceState) -> None:
    assert work(settled_fleet(record)) == ["dev@ss-dev-00: served, not yet recorded"]


def test_an_unreachable_place_is_work_until_it_is_written_down() -> None:
    seen = settled_fleet()
    gone = replace(seen, places=dict.fromkeys(seen.places, Unreachable("ClusterUnreachable", "cannot reach ss-dev-00")))
    assert work(gone) == ["dev@ss-dev-00: cannot reach ss-dev-00"]

    known = replace(gone, journal=Journal(places={"dev@ss-dev-00": replace(PROVEN, error="cannot reach ss-dev-00")}))
    assert work(known) == []


def test_what_a_finished_issuance_left_behind_is_work() -> None:
    issuance = Issuance.of(certificate(), "", NOW)
    seen = settled_fleet()
    assert work(replace(seen, journal=replace(seen.journal, issuance=issuance))) == ["an issuance to clean up after"]


def test_an_error_that_is_over_is_struck_out() -> None:
    seen = settled_fleet()
    assert work(replace(seen, journal=replace(seen.journal, attempt=AttemptState(error="refused")))) == [
        "all done, not yet recorded"
    ]


def test_a_refusal_is_work_until_it_is_written_down_and_nothing_else_is() -> None:
    seen = replace(settled_fleet(secret=None), stored=stored(tags={"Acmebot": "v4"}))
    (refused,) = work(seen)
    assert "marked by Acmebot" in refused
    assert work(replace(seen, journal=seen.journal.with_attempt(AttemptState(error=refused)))) == []


def test_an_observed_place_names_what_a_restart_would_cost() -> None:
    rollout = Rollout(1, True, "", missing=("readinessProbe", "preStop"))
    lines = observe_mode_lines(assess(settled_fleet(workload=WorkloadObservation(PODS, rollout))))
    assert lines[-1] == (
        "dev@ss-dev-00: the Secret holds it; served 1/1; "
        "sessions fail when it is rolled: its template lacks readinessProbe, preStop"
    )


def test_an_observed_place_whose_files_somebody_else_brings_says_so() -> None:
    at = place(sync="none", serves=[{"certificate": NAME}], files=None)
    there = settled_fleet(secret=None).places[place()]
    lines = observe_mode_lines(assess(Observation(certificate(), NOW, Journal(), STORED, {at: there})))
    assert "something else brings the files" in lines[-1]
