"""Requests have limits, and what is known to be impossible is refused at once, over HTTP."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.object_ref import Version, certificate_ref
from shared.domain.requests import MAX_OPEN, MAX_OPEN_PER_OBJECT, Request, id_at
from shared.errors import JournalUnreadable, PermanentError, TransientError
from tests.fakes.inventory import INTERNAL, NAME
from tests.workflows.asked_requests import ANNA, FORCED, RELEASE_REQUEST, ROLLBACK, asked, done, with_versions
from tests.workflows.calls import Calls
from tests.workflows.http import Reply, operator
from tests.workflows.world import World, new_world

RENEWALS = f"/api/certificates/{NAME}/renewals"
ELSEWHERE = certificate_ref("elsewhere")
QUARANTINE = f"/api/certificates/{NAME}/quarantine?reason=why"


def crowd(world: World, number: int) -> None:
    """Let so many requests for something else be open."""
    at = world.clock.now()
    for each in range(number):
        id_ = id_at(at - timedelta(seconds=each), ELSEWHERE, f"{each:04x}")
        world.state.requests.content[id_] = Request(id=id_, target=ELSEWHERE, at=at, kind="release", trigger=ANNA)


def roll_back(world: World, version: str | None = None) -> Reply:
    return operator(world).post(f"/api/certificates/{NAME}/rollbacks", reason="why", version=version)


def detail(reply: Reply, status: int = 409) -> str:
    assert reply.status == status, reply.document
    return str(reply.document["detail"])


def test_many_rollbacks_to_made_up_versions_are_refused_at_once_and_leave_nothing() -> None:
    world = with_versions(2)
    before = (list(world.history.records), world.journal, dict(world.state.requests.content))
    for number in range(160):
        assert f"version made{number} has expired, or is gone" in detail(roll_back(world, f"made{number}"))
    assert (world.history.records, world.journal, world.state.requests.content) == before
    assert world.queue.sent == []


def test_of_one_certificate_only_so_many_requests_are_open() -> None:
    world = with_versions(3)
    for number in range(MAX_OPEN_PER_OBJECT):
        asked(world, FORCED if number % 2 else ROLLBACK)
    for _ in range(2):
        assert f"{MAX_OPEN_PER_OBJECT} requests for {NAME} are open" in detail(roll_back(world))
    assert operator(world).post(RENEWALS, reason="why", force=True).status == 202, "it joins the last one"
    assert operator(world).post(RENEWALS.replace(NAME, INTERNAL), reason="why").status == 202
    world.work_off()
    assert operator(world).post(RENEWALS, reason="why").status == 202


def test_in_all_only_so_many_requests_are_open(served: World) -> None:
    crowd(served, MAX_OPEN - 1)
    taken = operator(served).post(RENEWALS, reason="why")
    assert taken.status == 202
    full = operator(served).post(RENEWALS.replace(NAME, INTERNAL), reason="why")
    assert f"{MAX_OPEN} requests are open" in detail(full, 429)
    assert full.headers["retry-after"] == "60"
    assert full.document["type"] == "urn:relaykeeper:problem:too-many"
    assert operator(served).post(RENEWALS, reason="why").document["id"] == taken.document["id"]


def test_asking_does_not_read_the_requests_for_other_certificates(served: World) -> None:
    crowd(served, MAX_OPEN - 10)
    calls = Calls()
    served.through = calls.recorded

    assert operator(served).post(RENEWALS, reason="why").status == 202

    made = [str(call) for call in calls.made]
    assert made.count("state.requests.read") == 1, "its own, to tell how far it has come"
    assert made.count("vault.latest") == 1
    assert made.count("state.certificates.read") <= 2


@pytest.mark.parametrize("version", [None, "made"])
def test_what_is_impossible_is_refused_by_few_reads(served: World, version: str | None) -> None:
    calls = Calls()
    served.through = calls.recorded
    assert roll_back(served, version).status == 409
    made = [str(call) for call in calls.made]
    assert made.count("state.certificates.read") == 1
    assert [made.count(each) for each in ("vault.latest", "vault.version")] == [1, 1 if version else 0]


def test_a_rollback_without_an_earlier_version_names_the_places(served: World) -> None:
    words = detail(roll_back(served))
    assert words.startswith(f"cannot roll back {NAME}: no earlier version is known at dev@ss-dev-00, dev@ss-dev-01")


def test_without_any_version_there_is_no_way_back(world: World) -> None:
    assert "there is no version yet" in detail(roll_back(world))


def test_no_quarantine_is_lifted_that_is_not_there(served: World) -> None:
    assert "none of its versions is in quarantine" in detail(operator(served).delete(QUARANTINE))


def test_what_is_only_observed_or_marked_by_another_tool_is_refused_at_once(served: World) -> None:
    observed = new_world(mode="observe")
    served.vault.mark(served.certificate, {"Acmebot": ""})
    for world, says in ((observed, "is only observed"), (served, "is marked by Acmebot")):
        someone = operator(world)
        assert says in detail(someone.post(RENEWALS, reason="why"))
        assert says in detail(someone.delete(QUARANTINE))
        assert says in detail(roll_back(world))
        assert not world.state.requests.content


def test_what_an_open_request_may_change_is_taken() -> None:
    world = with_versions(2)
    asked(world, ROLLBACK)
    assert operator(world).delete(QUARANTINE).status == 202
    assert roll_back(world).status == 202


@pytest.mark.parametrize("failure", [TransientError("away"), PermanentError("no role")])
def test_what_cannot_be_judged_now_is_taken(served: World, failure: Exception) -> None:
    served.vault.faults.before("latest", failure)
    assert roll_back(served, "made").status == 202
    served.vault.faults.before("version", failure)
    assert asked(served, replace(ROLLBACK, version=Version("other"))).id


def test_a_journal_that_cannot_be_read_refuses_nothing(served: World) -> None:
    served.state.certificates.faults.before("read", JournalUnreadable("junk"))
    assert asked(served, RELEASE_REQUEST).kind == "release"


def test_open_requests_and_those_that_ended_are_listed() -> None:
    world = with_versions(3)
    someone = operator(world)
    first = asked(world, ROLLBACK)
    second = asked(world, replace(FORCED, target=certificate_ref(INTERNAL)))

    listed = someone.get("/api/requests").document
    assert {each["id"] for each in listed["open"]} == {first.id, second.id}
    assert [each["kind"] for each in listed["ended"]] == ["renewal", "renewal"]
    ids = [each["id"] for each in listed["ended"]]
    assert ids == sorted(ids, reverse=True)

    mine = someone.get(f"/api/requests?target=certificate/{NAME}&limit=1").document
    assert ([each["id"] for each in mine["open"]], [each["id"] for each in mine["ended"]]) == ([first.id], ids[:1])
    assert mine["open"][0]["state"] == "queued"
    assert someone.get("/api/requests?target=certificate/nobody&limit=0").document == {"open": [], "ended": []}
    for query in ("limit=101", "limit=-1", "target=", "target=certificate/", f"target=certificate/{'x' * 128}"):
        assert someone.get(f"/api/requests?{query}").status == 400


def test_the_list_reads_no_more_than_it_shows() -> None:
    world = with_versions(2)
    for _ in range(3):
        done(world, FORCED)
    calls = Calls()
    world.through = calls.recorded

    assert len(operator(world).get("/api/requests?limit=2").document["ended"]) == 2

    assert [str(call) for call in calls.made].count("state.requests.read") == 2


def test_a_request_that_nobody_did_for_a_week_has_ended_in_the_list(served: World) -> None:
    request = asked(served, FORCED)
    served.state.requests.unreadable["20261122T120000Z-0123abcd"] = "junk"
    served.clock.advance(timedelta(days=8))

    listed = operator(served).get("/api/requests").document

    assert listed["open"] == []
    assert [(each["id"], each["state"]) for each in listed["ended"]] == [(request.id, "failed")]


def test_a_name_of_seven_thousand_characters_is_not_repeated(served: World) -> None:
    name = "x" * 7000
    someone = operator(served)
    for reply in (
        someone.get(f"/api/certificates/{name}"),
        someone.get(f"/api/requests/{name}"),
        someone.delete(f"/api/pauses/{name}?reason=why"),
        someone.post(f"/api/certificates/{name}/renewals", reason="why"),
    ):
        assert "(7,000 characters)" in detail(reply, 404)
        assert len(reply.answer.body) < 700
    assert someone.get(f"/api/history?target=certificate/{name}").status == 400
    assert someone.get(f"/api/history?actor={name}").status == 400
