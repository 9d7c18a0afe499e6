"""The next step at a place."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.domain.certificates.certificate import Thumbprint
from shared.domain.object_ref import Version
from shared.domain.serving.delivery import ROLLOUT, Restart, Serving, Skip, Step, Stop, Wait, Write
from shared.domain.serving.delivery import next_step as decide
from shared.domain.serving.place_observation import PlaceObservation, Pod, Rollout, WorkloadObservation
from shared.domain.serving.place_state import DeliveryProgress
from shared.domain.serving.probe import Inconclusive, Probe, ProbeResult
from shared.domain.serving.served import all_serve, is_healthy, remedy_for
from shared.domain.serving.tls_secret import SecretDiff
from tests.fakes.inventory import NOW, place

NEW, OLD = Thumbprint("b2" * 32), Thumbprint("a1" * 32)
BEGUN = DeliveryProgress(Version("v2"), NOW)
DONE = Rollout(2, True, "")
PROJECTION = place().relay.pick_up


def seen(
    *serves: Thumbprint | None, rollout: Rollout = DONE, unready: int = 0, failing: bool = True, fault: str = ""
) -> PlaceObservation:
    """A place whose ready pods serve these, followed by `unready` pods that serve nothing."""
    pods = [
        Pod(f"mailrelay-{n}", f"10.0.0.{n}", n < len(serves), failing=failing and n >= len(serves))
        for n in range(len(serves) + unready)
    ]
    answers = tuple(
        ProbeResult(
            Probe(pod.name, pod.address or "", 25, "h"),
            print_,
            "" if print_ else "connection refused",
            chain_fault=fault,
        )
        for pod, print_ in zip(pods, serves, strict=False)
    )
    return PlaceObservation(WorkloadObservation(tuple(pods), rollout), None, answers)


def unheard(reason: Inconclusive, *serves: Thumbprint) -> PlaceObservation:
    """A place whose pods serve these, and one more that could not be asked."""
    there = seen(*serves, None)
    *others, last = there.probe_results
    return replace(there, probe_results=(*others, replace(last, failure="not asked", inconclusive=reason)))


def next_step(
    wanted: Thumbprint,
    lacks: SecretDiff | None,
    seen: PlaceObservation,
    delivery: DeliveryProgress,
    reload: str,
    now: datetime,
) -> Step:
    return decide(wanted, lacks, seen, delivery, place(reload=reload), "relay-tls", now)


def test_a_secret_that_lacks_the_version_is_written_first() -> None:
    step = next_step(NEW, SecretDiff("SecretEdited", "the Secret was edited"), seen(NEW, NEW), BEGUN, "auto", NOW)
    assert step == Write("SecretEdited", "the Secret was edited")


def test_a_place_is_settled_when_every_replica_serves_it() -> None:
    assert next_step(NEW, None, seen(NEW, NEW), BEGUN, "auto", NOW) == Serving("served by 2/2")


def test_a_replica_too_few_does_not_settle() -> None:
    step = next_step(NEW, None, seen(NEW, rollout=DONE), BEGUN, "auto", NOW)
    assert step == Wait("ReplicaNotReady", "served by 1/2; 1 of 2 pods", NOW + ROLLOUT)


def test_auto_waits_for_the_projection_before_it_restarts() -> None:
    lagging = seen(NEW, OLD)
    assert isinstance(next_step(NEW, None, lagging, BEGUN, "auto", NOW), Wait)
    assert isinstance(next_step(NEW, None, lagging, BEGUN, "auto", NOW + PROJECTION - timedelta(seconds=1)), Wait)
    assert isinstance(next_step(NEW, None, lagging, BEGUN, "auto", NOW + PROJECTION), Restart)


def test_restart_does_not_wait() -> None:
    assert isinstance(next_step(NEW, None, seen(OLD, OLD), BEGUN, "restart", NOW), Restart)


def test_none_never_restarts() -> None:
    assert isinstance(next_step(NEW, None, seen(OLD, OLD), BEGUN, "none", NOW + PROJECTION), Stop)


@pytest.mark.parametrize("reload", ["auto", "restart"])
def test_nothing_is_restarted_while_a_pod_is_not_ready(reload: str) -> None:
    step = next_step(NEW, None, seen(OLD, unready=1), BEGUN, reload, NOW + PROJECTION)
    assert isinstance(step, Wait)
    assert "pod mailrelay-1 is not Ready" in step.message


def test_a_rollout_is_given_its_time_and_then_the_place_is_left_for_now() -> None:
    restarted = DeliveryProgress(Version("v2"), NOW - PROJECTION, restarted=NOW)
    rolling = seen(NEW, OLD, rollout=Rollout(2, False, "1 of 2 updated"))

    assert isinstance(next_step(NEW, None, rolling, restarted, "auto", NOW), Wait)
    assert isinstance(next_step(NEW, None, rolling, restarted, "auto", NOW + ROLLOUT), Skip)


def test_pods_that_serve_the_old_version_after_a_restart_stop_the_line_and_are_named() -> None:
    restarted = DeliveryProgress(Version("v2"), NOW - PROJECTION, restarted=NOW)
    step = next_step(NEW, None, seen(NEW, OLD), restarted, "auto", NOW + ROLLOUT)
    assert step == Stop(
        "ReplicaServesOther", f"served by 1/2 after a restart; pod mailrelay-1 serves {OLD[:12]} on port 25 for h"
    )


def test_the_message_of_a_failed_handshake_quotes_the_failure() -> None:
    step = next_step(NEW, None, seen(NEW, None), BEGUN, "auto", NOW)
    assert "pod mailrelay-1 connection refused on port 25" in step.message


@pytest.mark.parametrize("reload", ["auto", "restart"])
def test_a_failed_handshake_alone_is_no_reason_to_restart(reload: str) -> None:
    step = next_step(NEW, None, seen(NEW, None), BEGUN, reload, NOW + PROJECTION)
    assert isinstance(step, Stop)


def test_pods_that_do_not_answer_with_what_was_just_written_are_restarted() -> None:
    written = DeliveryProgress(Version("v2"), NOW, written=True)
    assert isinstance(next_step(NEW, None, seen(NEW, None), written, "auto", NOW + PROJECTION), Restart)


def test_the_way_out_names_the_pod_and_the_command() -> None:
    at = place()
    assert "kubectl --context ss-dev-00 -n mailrelay delete pod mailrelay-1" in remedy_for(
        NEW, at, seen(NEW, unready=1)
    )
    assert "rollout restart statefulset mailrelay" in remedy_for(NEW, at, seen(NEW, OLD))
    assert "Check that 10.0.0.1 can be reached" in remedy_for(NEW, at, seen(NEW, None))


def test_a_workload_scaled_to_nothing_has_nothing_to_prove() -> None:
    assert isinstance(next_step(NEW, None, seen(rollout=Rollout(0, True, "")), BEGUN, "auto", NOW), Serving)


def test_pods_that_mount_the_secret_by_sub_path_are_restarted_at_once() -> None:
    fixed = seen(OLD, OLD, rollout=Rollout(2, True, "", subpath_secrets=frozenset({"relay-tls"})))
    assert isinstance(next_step(NEW, None, fixed, BEGUN, "auto", NOW), Restart)

    another = seen(OLD, OLD, rollout=Rollout(2, True, "", subpath_secrets=frozenset({"relay-clients"})))
    assert isinstance(next_step(NEW, None, another, BEGUN, "auto", NOW), Wait)


def test_a_pod_that_fails_with_the_version_stops_the_line() -> None:
    crashed = seen(NEW, unready=1, failing=True)
    assert isinstance(next_step(NEW, None, crashed, BEGUN, "auto", NOW + ROLLOUT), Stop)


def test_a_pod_that_cannot_even_run_is_no_reason_to_stop_the_line() -> None:
    unscheduled = seen(NEW, unready=1, failing=False)
    assert isinstance(next_step(NEW, None, unscheduled, BEGUN, "auto", NOW), Wait)
    assert isinstance(next_step(NEW, None, unscheduled, BEGUN, "auto", NOW + ROLLOUT), Skip)


def test_a_version_that_clients_do_not_accept_is_not_served() -> None:
    broken = seen(NEW, NEW, fault="presents a chain that no trusted root signed")
    step = next_step(NEW, None, broken, BEGUN, "none", NOW + PROJECTION)
    message = "served by 0/2; pod mailrelay-0 presents a chain that no trusted root signed on port 25 for h"
    assert step == Stop("ReplicaDoesNotServe", message)


def test_a_slow_volume_driver_is_given_its_time() -> None:
    slow = place(projection=600)
    waiting = decide(NEW, None, seen(OLD, OLD), BEGUN, slow, "relay-tls", NOW + PROJECTION)
    assert waiting == Wait(
        "ReplicaServesOther",
        f"served by 0/2; pod mailrelay-0 serves {OLD[:12]} on port 25 for h",
        NOW + slow.relay.pick_up,
    )


@pytest.mark.parametrize("reason", ["Busy", "TurnedAway", "NoSession"])
def test_an_answer_that_says_nothing_of_the_files_is_no_reason_to_restart_or_to_stop(reason: Inconclusive) -> None:
    given = replace(BEGUN, written=True, healthy_before=True)
    for delivery in (given, replace(given, restarted=NOW)):
        steps = [
            next_step(NEW, None, unheard(reason, NEW), delivery, reload, NOW + after)
            for reload in ("auto", "none")
            for after in (timedelta(0), PROJECTION, ROLLOUT, timedelta(days=1))
        ]
        assert {type(step) for step in steps} == {Wait, Skip}
        assert all("not asked on port 25" in step.message for step in steps)


def test_a_replica_that_shows_another_version_is_restarted_though_its_neighbour_is_busy() -> None:
    step = next_step(NEW, None, unheard("Busy", OLD), replace(BEGUN, written=True), "auto", NOW + PROJECTION)
    assert isinstance(step, Restart)


def test_the_replica_that_shows_another_version_is_named_before_one_that_is_busy() -> None:
    there = unheard("Busy", OLD)
    reordered = replace(there, probe_results=tuple(reversed(there.probe_results)))
    step = next_step(NEW, None, reordered, replace(BEGUN, written=True), "none", NOW + PROJECTION)
    assert isinstance(step, Stop)
    assert f"pod mailrelay-0 serves {OLD[:12]}" in step.message


def test_pods_that_see_a_file_after_a_restart_only_are_restarted_whatever_they_answer() -> None:
    written = replace(BEGUN, written=True)
    assert isinstance(next_step(NEW, None, unheard("Busy", NEW), written, "restart", NOW), Restart)
    assert isinstance(next_step(NEW, None, unheard("Busy", NEW), BEGUN, "restart", NOW), Wait)


def test_a_name_that_no_client_can_ask_for_does_not_keep_a_place_from_being_settled() -> None:
    assert isinstance(next_step(NEW, None, odd_name_beside(NEW, NEW), BEGUN, "auto", NOW), Serving)
    assert not all_serve(NEW, odd_name_beside(NEW, OLD))
    assert not all_serve(NEW, unheard("NotAskable"))


def odd_name_beside(*serves: Thumbprint) -> PlaceObservation:
    there = seen(*serves)
    odd = [
        replace(a, thumbprint=None, failure="no client can ask", inconclusive="NotAskable") for a in there.probe_results
    ]
    return replace(there, probe_results=(*there.probe_results, *odd))


def test_a_place_is_sound_though_a_replica_was_busy_and_not_where_nobody_could_be_asked() -> None:
    assert is_healthy(unheard("Busy", OLD))
    assert not is_healthy(unheard("Busy"))
    assert not is_healthy(seen(OLD, None))


@pytest.mark.parametrize(
    ("reason", "advice"),
    [("Busy", "its limits per client: kubectl"), ("TurnedAway", "give the relay a helo in the inventory")],
)
def test_what_to_do_about_a_replica_that_turns_us_away_is_not_to_roll_it(reason: Inconclusive, advice: str) -> None:
    words = remedy_for(NEW, place(), unheard(reason, NEW))
    assert advice in words
    assert "rollout restart" not in words
