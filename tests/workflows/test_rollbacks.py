"""A person goes back to an earlier version, and forward again, and its status says what happened."""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from shared.domain.journal import Journal
from shared.domain.object_ref import Version
from shared.domain.serving.tls_secret import SecretApply
from shared.errors import NotAllowed, TransientError
from shared.ports import Ports
from shared.workflows.watch import watch
from tests.fakes.inventory import NAME
from tests.fakes.vault_certificates import Held
from tests.workflows.asked_requests import (
    FORCED,
    RELEASE_REQUEST,
    ROLLBACK,
    asked,
    done,
    state,
    thumbprint_of,
    with_versions,
    words,
)
from tests.workflows.world import FILE, A, B, World, new_world


@pytest.fixture
def twice() -> World:
    """Two versions, the second served everywhere."""
    return with_versions(2)


def prints(world: World) -> list[str]:
    return [thumbprint_of(version) for version in world.versions]


def test_the_version_before_is_served_until_the_quarantine_is_lifted(twice: World) -> None:
    first, second = prints(twice)

    request = done(twice, ROLLBACK)

    assert state(twice, request) == "done"
    assert twice.served(A) == twice.served(B) == {first}
    twice.tick()
    assert twice.served(A) == {first}
    lifted = done(twice, RELEASE_REQUEST)
    assert state(twice, lifted) == "done"
    assert twice.served(A) == twice.served(B) == {second}


def test_a_named_version_is_served_instead(twice: World) -> None:
    done(twice, FORCED)

    request = done(twice, replace(ROLLBACK, version=twice.versions[0].version))

    assert state(twice, request) == "done"
    assert twice.served(A) == twice.served(B) == {prints(twice)[0]}


def test_after_a_named_version_is_gone_the_one_before_the_newest_is_served(twice: World) -> None:
    done(twice, FORCED)
    done(twice, replace(ROLLBACK, version=twice.versions[0].version))
    second = prints(twice)[1]

    del twice.versions[0]
    twice.tick()

    assert twice.served(A) == twice.served(B) == {second}


def test_the_next_version_ends_it(twice: World) -> None:
    done(twice, ROLLBACK)

    done(twice, FORCED)

    assert twice.served(A) == {prints(twice)[-1]}
    assert twice.journal.quarantine == ()


@pytest.mark.parametrize("version", [None, Version("nowhere")])
def test_to_nothing_it_is_refused_and_changes_nothing(served: World, version: Version | None) -> None:
    before = served.journal

    with pytest.raises(NotAllowed, match="cannot roll back"):
        asked(served, replace(ROLLBACK, version=version))

    assert served.journal == before


def test_to_the_newest_version_it_is_refused(twice: World) -> None:
    with pytest.raises(NotAllowed, match="is the newest version itself"):
        asked(twice, replace(ROLLBACK, version=twice.versions[-1].version))

    assert twice.journal.quarantine == ()


def test_where_the_version_before_is_gone_it_is_refused_and_the_newest_stays(twice: World) -> None:
    second = prints(twice)[1]
    del twice.versions[0]

    request = done(twice, ROLLBACK)

    assert state(twice, request) == "failed"
    assert "no earlier version that is good still" in words(twice, request)
    assert twice.served(A) == {second}
    assert twice.journal.quarantine == ()


def test_a_second_one_has_to_name_how_far_back(twice: World) -> None:
    done(twice, FORCED)
    done(twice, ROLLBACK)

    with pytest.raises(NotAllowed, match="name a version"):
        asked(twice, ROLLBACK)

    further = done(twice, replace(ROLLBACK, version=twice.versions[0].version))
    assert state(twice, further) == "done"
    assert twice.served(B) == {prints(twice)[0]}


def test_it_does_not_wait_for_a_line_that_settles() -> None:
    world = new_world({"settle": 86400})
    world.tick(timedelta(hours=30))
    first = prints(world)[0]
    done(world, FORCED)
    assert world.served(A) != world.served(B) == {first}

    request = done(world, ROLLBACK, timedelta(minutes=5))

    assert world.served(A) == {first}
    assert state(world, request) == "done"


def test_a_named_version_does_not_wait_for_a_line_that_settles_where_the_newest_never_came() -> None:
    world = new_world({"settle": 86400})
    world.tick(timedelta(hours=30))
    done(world, FORCED, timedelta(hours=30))
    done(world, FORCED)
    first, second, third = prints(world)
    assert (world.served(A), world.served(B)) == ({third}, {second})

    request = done(world, replace(ROLLBACK, version=world.versions[0].version), timedelta(minutes=5))

    assert world.served(A) == world.served(B) == {first}
    assert state(world, request) == "done"


def test_a_rollback_to_a_broken_version_stops_at_the_first_cluster_and_is_undone() -> None:
    world = with_versions(3)
    bad, good, _ = world.versions
    for cluster in (A, B):
        world.running(cluster).crashes = lambda _pod, files: leaf_in(bad) in files[FILE]
    written: list[str] = []
    world.through = noting_writes_to_b(written)

    request = done(world, replace(ROLLBACK, version=bad.version), timedelta(hours=2))

    assert world.served(A) == world.served(B) == {thumbprint_of(good)}
    assert written
    assert not any(bad.version in note for note in written)
    assert state(world, request) == "failed"
    assert f"goes back to version {good.version} instead: version {bad.version} is in quarantine" in words(
        world, request
    )


def leaf_in(version: Held) -> bytes:
    return version.chain[0].public_bytes(Encoding.PEM)


def noting_writes_to_b(written: list[str]) -> Callable[[Ports], Ports]:
    """Note what each write to the second cluster says that it is."""

    def through(ports: Ports) -> Ports:
        inner = ports.clusters.apply

        def apply(cluster: str, part: SecretApply) -> None:
            if cluster == B:
                written.append(str(part.annotations))
            inner(cluster, part)

        clusters = copy(ports.clusters)
        clusters.apply = apply  # type: ignore[method-assign]
        return replace(ports, clusters=clusters)

    return through


def test_when_somebody_lifts_the_quarantine_meanwhile_it_says_so(twice: World) -> None:
    twice.clusters.unreachable.add(A)
    request = done(twice, ROLLBACK)
    assert state(twice, request) == "held"

    twice.clusters.unreachable.clear()
    done(twice, RELEASE_REQUEST)
    twice.tick()

    assert state(twice, request) == "failed"
    assert "lifted meanwhile" in words(twice, request)


def test_when_its_journal_is_lost_it_says_so(twice: World) -> None:
    twice.clusters.unreachable.add(A)
    request = done(twice, ROLLBACK)
    twice.clusters.unreachable.clear()
    twice.state.certificates.content[NAME] = Journal()

    twice.tick()

    assert state(twice, request) == "failed"
    assert twice.served(A) == twice.served(B) == {prints(twice)[1]}


def test_a_cluster_out_of_reach_holds_it_until_it_is_back(twice: World) -> None:
    first = prints(twice)[0]
    twice.clusters.unreachable.add(A)

    request = done(twice, ROLLBACK)
    assert state(twice, request) == "held"
    assert A in words(twice, request)
    assert twice.served(B) == {first}

    twice.clusters.unreachable.clear()
    twice.tick()
    assert state(twice, request) == "done"
    assert twice.served(A) == {first}


def test_an_authority_that_refuses_a_renewal_is_no_failure_of_a_rollback(twice: World) -> None:
    twice.authority.refusals = dict.fromkeys(twice.certificate.dns_names, "CAA record forbids it")
    done(twice, FORCED, timedelta(seconds=30))

    request = done(twice, ROLLBACK, timedelta(minutes=4))

    assert state(twice, request) == "done"


def test_back_released_and_back_again_is_back(twice: World) -> None:
    first = prints(twice)[0]
    twice.clusters.unreachable.add(A)
    requests = []
    for request in (ROLLBACK, RELEASE_REQUEST, ROLLBACK):
        requests.append(asked(twice, request))
        twice.clock.advance(timedelta(seconds=1))
    twice.clusters.unreachable.clear()
    twice.work_off()

    assert requests[0].id != requests[2].id
    assert twice.served(A) == twice.served(B) == {first}


def test_an_alert_fires_as_long_as_the_rollback_lasts(twice: World) -> None:
    done(twice, ROLLBACK)
    for _ in range(3):
        watch(twice.ports)
        twice.clock.advance(timedelta(hours=1))

    firing = twice.state.watch.content["alerts"].firing
    assert {alert.name for alert in firing} == {"VersionQuarantined"}
    assert all("rolled back by anna@example.net: key leaked" in alert.message for alert in firing)


def test_what_something_else_brings_cannot_be_rolled_back() -> None:
    world = with_versions(2, {"sync": "none", "serves": [{"certificate": NAME}], "files": None})

    with pytest.raises(NotAllowed, match="something else brings the files"):
        asked(world, ROLLBACK)

    assert world.journal.quarantine == ()


def test_a_worker_that_was_only_held_up_at_the_request_comes_back_in_seconds(twice: World) -> None:
    request = asked(twice, ROLLBACK)
    twice.state.requests.take(request.id)
    twice.work_off(timedelta(0))
    assert twice.journal.attempt.error is None

    twice.work_off()

    assert state(twice, request) == "done"
    assert twice.error_at(f"dev@{A}") == ""


def test_a_release_with_nothing_to_lift_is_refused_at_once(twice: World) -> None:
    with pytest.raises(NotAllowed, match="none of its versions is in quarantine"):
        asked(twice, RELEASE_REQUEST)


def test_a_release_after_an_open_rollback_is_taken(twice: World) -> None:
    back, forward = asked(twice, ROLLBACK), asked(twice, RELEASE_REQUEST)

    twice.work_off()

    assert {state(twice, back), state(twice, forward)} <= {"done", "failed"}
    assert twice.journal.quarantine == ()


def test_what_turns_out_impossible_only_later_fails_in_the_workers_words(twice: World) -> None:
    request = asked(twice, replace(ROLLBACK, version=twice.versions[0].version))
    del twice.versions[0]

    twice.work_off()

    assert state(twice, request) == "failed"
    assert "has expired, or is gone or disabled" in words(twice, request)


def test_the_vault_that_cannot_be_asked_is_asked_later(twice: World) -> None:
    twice.vault.faults.before("latest", TransientError("vault is away"))

    request = asked(twice, ROLLBACK)
    assert request.baseline is None
    twice.work_off()

    assert state(twice, request) == "done"
