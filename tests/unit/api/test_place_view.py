"""A place's view: what it should serve, what each replica serves, what is held, what was verified."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from shared.api.certificate_view import certificate_view
from shared.api.place_view import PlaceView, ReplicaView, place_view
from shared.domain.attempt_state import AttemptState
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.issuing.issuance import Issuance
from shared.domain.journal import Journal
from shared.domain.object_ref import Version, certificate_ref
from shared.domain.requests import Request
from shared.domain.serving.place_observation import (
    ExpectedOffline,
    PlaceObservation,
    Pod,
    Rollout,
    Unreachable,
    WorkloadObservation,
)
from shared.domain.serving.place_state import PlaceState, VerifiedVersion
from shared.domain.serving.probe import ProbeResult
from shared.workflows.plan import FleetView
from tests.fakes.inventory import HOST, NAME, NOW, small_inventory
from tests.fakes.observed import answer, changed, leaf_der, observations, showing, stored_as

WEEK = timedelta(days=7)
NEW, OLD, OLDER = leaf_der(), leaf_der(NOW - WEEK), leaf_der(NOW - 2 * WEEK)
WANTED = stored_as(NEW)
FIRST = "dev@ss-dev-00"


def view_of(
    there: PlaceObservation | ExpectedOffline | Unreachable,
    wanted: StoredVersion | None = WANTED,
    journal: Journal | None = None,
    earlier: StoredVersion | None = None,
) -> PlaceView:
    """Return the first place's view."""
    (watched,) = observations(small_inventory(), there, wanted, journal).certificates
    place = next(iter(watched.observation.places))
    if earlier is not None:
        watched = changed(watched, earlier={place: earlier})
    return place_view(place, watched)


def replicas(
    *answers: ProbeResult, pods: tuple[Pod, ...] = (), wanted: StoredVersion | None = WANTED
) -> Mapping[str, ReplicaView]:
    view = view_of(PlaceObservation(WorkloadObservation(pods), None, answers), wanted)
    return {each.replica: each for each in view.replicas}


def to(pod: str, shown: bytes | str, **question: object) -> ProbeResult:
    given = answer(pod, shown)
    return replace(given, probe=replace(given.probe, **question))  # type: ignore[arg-type]


def test_a_place_out_of_reach_says_why() -> None:
    dead, asleep = (
        view_of(Unreachable("ClusterUnreachable", "connection refused")),
        view_of(ExpectedOffline("ClusterAsleep", "asleep until 07:00")),
    )
    assert (dead.state, dead.message, dead.replicas, dead.rollout) == ("unreachable", "connection refused", (), None)
    assert (dead.reason, asleep.reason) == ("ClusterUnreachable", "ClusterAsleep")
    assert (asleep.state, asleep.message, asleep.replicas) == ("offline_expected", "asleep until 07:00", ())


def test_the_message_says_what_is_to_be_done() -> None:
    view = view_of(showing(OLD, OLD))
    assert (view.reason, "Secret" in view.message) == ("SecretMissing", True)


def test_the_verified_version_and_the_last_error_stand_beside_the_wanted_version() -> None:
    proof = VerifiedVersion(Version("v0"), stored_as(OLD).leaf.thumbprint, 2, NOW)
    journal = Journal(places={FIRST: PlaceState(verified=proof, error="the rollout hangs")})
    view = view_of(showing(OLD), journal=journal)
    assert (view.place, view.wanted, view.verified_version, view.last_error) == (FIRST, "v1", "v0", "the rollout hangs")


def test_a_place_that_goes_back_wants_the_earlier_version() -> None:
    earlier = replace(stored_as(OLD), version=Version("v0"))
    view = view_of(showing(OLD), earlier=earlier)
    assert view.wanted == "v0"
    assert [each.ok for each in view.replicas] == [True]


def test_the_rollout_s_progress_is_shown() -> None:
    seen = showing(OLD)
    rolling = replace(seen, workload=replace(seen.workload, rollout=Rollout(3, done=False, message="1 of 3 updated")))
    rollout = view_of(rolling).rollout
    assert rollout is not None
    assert (rollout.replicas, rollout.done, rollout.message) == (3, False, "1 of 3 updated")


def test_a_replica_is_shown_by_its_worst_answer() -> None:
    silent, wrong, right = to("a", "refused", port=587), to("a", OLD, port=465), to("a", NEW)
    ends = stored_as(OLD).leaf.not_after
    for answers in ((right, wrong), (wrong, right)):
        seen = replicas(*answers)["a"]
        assert (seen.ok, seen.thumbprint, seen.expires) == (False, stored_as(OLD).leaf.thumbprint, ends)
    newer = leaf_der(NOW + WEEK)
    assert replicas(right, to("a", newer))["a"].thumbprint == stored_as(newer).leaf.thumbprint
    for first, last in ((right, silent), (silent, right)):
        seen = replicas(first, wrong, last)["a"]
        assert (seen.ok, seen.thumbprint, seen.expires) == (False, None, None)
        assert seen.message == f"refused on port 587 for {HOST}"
    for answers in ((to("a", OLD), to("a", OLDER)), (to("a", OLDER), to("a", OLD))):
        assert replicas(*answers)["a"].expires == stored_as(OLDER).leaf.not_after


def test_what_was_asked_without_a_name_is_said() -> None:
    assert replicas(to("a", "refused", sni=None))["a"].message == "refused on port 25 for no SNI"


def test_each_replica_is_shown_once_whatever_the_order_of_answers() -> None:
    view = view_of(PlaceObservation(WorkloadObservation(), None, (to("b", NEW), to("a", NEW), to("b", OLD, port=587))))
    assert [(each.replica, each.ok) for each in view.replicas] == [("a", True), ("b", False)]


def test_ready_is_null_where_a_service_hides_the_pod() -> None:
    seen = replicas(
        *(to(name, NEW) for name in ("ready", "unready", "behind a Service")),
        pods=(Pod("ready", "10.0.0.1", ready=True), Pod("unready", "10.0.0.2", ready=False)),
    )
    assert {name: each.ready for name, each in seen.items()} == {
        "ready": True,
        "unready": False,
        "behind a Service": None,
    }


def test_a_pod_that_was_not_probed_is_shown_with_its_reason() -> None:
    pods = (Pod("a", None, False, "container exim: ContainerCreating"), Pod("b", None, False))
    seen = replicas(pods=pods)
    assert [(each.ok, each.ready, each.thumbprint, each.message) for each in seen.values()] == [
        (False, False, None, "container exim: ContainerCreating"),
        (False, False, None, "it was not asked"),
    ]


def test_without_a_wanted_version_only_failed_answers_are_wrong() -> None:
    seen = replicas(
        to("a", OLD),
        to("b", "refused"),
        replace(to("c", OLD), chain_fault="the chain does not end at a root"),
        wanted=None,
    )
    assert {name: (each.ok, each.message) for name, each in seen.items()} == {
        "a": (True, ""),
        "b": (False, "refused"),
        "c": (False, "the chain does not end at a root"),
    }


def test_the_journal_s_members_are_shown() -> None:
    issuance = Issuance(
        reason="due", vault="dev", issuer="x", dns_names=(HOST,), key="ec-256", uses=("server",), since=NOW
    )
    journal = Journal(issuance=issuance, attempt=AttemptState(NOW + WEEK, error="the last attempt failed"))
    seen = observations(small_inventory(), showing(NEW), WANTED, journal, {"vault dev": "no answer"})
    (watched,) = seen.certificates
    watched = changed(watched, public_endpoints={"dev at relay.example.net:25": "refused"})
    asked = Request(id="r1", target=certificate_ref(NAME), at=NOW, accepted=NOW)

    view = certificate_view(watched, FleetView(seen, (asked,)))

    assert view.order is not None
    assert (view.next_attempt, view.last_error) == (NOW + WEEK, "the last attempt failed")
    assert view.public_endpoints == {"dev at relay.example.net:25": "refused"}
    assert [each.state for each in view.requests] == ["issuing"]
    assert (view.verdict.verdict, view.verdict.reason, view.verdict.message, view.errors) == (
        "unknown",
        "NotRead",
        "no answer",
        {"vault dev": "no answer"},
    )
