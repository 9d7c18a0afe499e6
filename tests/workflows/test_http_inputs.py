"""A request has exactly the members that were sent; lists are sorted."""

import pytest

from shared.inventory import SecretReference
from tests.fakes.inventory import NAME
from tests.workflows.asked_requests import ROLLBACK, done, with_versions
from tests.workflows.http import operator
from tests.workflows.world import World


@pytest.mark.parametrize("options", [{}, {"force": True}, {"ignore_backoff": True}])
def test_a_renewal_is_forced_or_ignores_a_backoff_only_on_request(served: World, options: dict[str, bool]) -> None:
    asked = operator(served).post(f"/api/certificates/{NAME}/renewals", reason="why", **options).document
    assert asked["kind"] == "renewal"
    assert {name: asked[name] for name in ("force", "ignore_backoff")} == {
        "force": False,
        "ignore_backoff": False,
        **options,
    }


@pytest.mark.parametrize("named", [False, True])
def test_a_rollback_goes_to_the_named_version(named: bool) -> None:
    served = with_versions(2)
    version = served.versions[0].version if named else None
    asked = operator(served).post(f"/api/certificates/{NAME}/rollbacks", reason="why", version=version).document
    assert (asked["kind"], asked["version"]) == ("rollback", version)


def test_a_release_is_asked_for_by_its_name() -> None:
    served = with_versions(2)
    done(served, ROLLBACK)
    asked = operator(served).delete(f"/api/certificates/{NAME}/quarantine?reason=why").document
    assert (asked["kind"], asked["reason"]) == ("release", "why")


def test_what_is_unmanaged_is_sorted_and_has_nothing_that_the_inventory_needs(served: World) -> None:
    for name in ("b", "Letsencrypt-Account-Key", "c", "a"):
        served.vault.put_secret(SecretReference("dev", name), "secret")
    found = operator(served).get("/api/certificates").document["unmanaged"]
    assert [(each["kind"], each["name"]) for each in found] == [("secret", "a"), ("secret", "b"), ("secret", "c")]


def test_the_list_has_every_pause_in_force(served: World) -> None:
    someone = operator(served)
    someone.post("/api/pauses", scope="cluster/ss-dev-00", until="2026-11-24", reason="incident")
    (pause,) = someone.get("/api/certificates").document["pauses"]
    assert (pause["scope"], pause["reason"], pause["until"]) == (
        "cluster/ss-dev-00",
        "incident",
        "2026-11-24T00:00:00Z",
    )
