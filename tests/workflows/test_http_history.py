"""The history over HTTP: what is chosen stays chosen from part to part, and what cannot be is refused."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from shared.domain.audit import Actor, AuditRecord
from tests.workflows.http import operator
from tests.workflows.world import World

ADA, TIMER = Actor("person", "4711", "Ada & Charles"), Actor("timer")


def write(world: World, *actors: Actor) -> None:
    """Write a record a second, the last one now."""
    now = world.clock.now()
    for number, actor in enumerate(actors):
        at = now - timedelta(seconds=len(actors) - 1 - number)
        reason = str(number)
        world.history.records.append(
            AuditRecord(at=at, event="merge", actor=actor, reason=reason, correlation="c", outcome="merged")
        )


def test_the_next_part_is_of_the_same_actor_time_and_length(world: World) -> None:
    world.clock.advance(timedelta(microseconds=250))
    write(world, ADA, TIMER, ADA, ADA)
    url = "/api/history?actor=Ada%20%26%20Charles&since=2026-11-01T00:00:00.000250Z&limit=1"
    first = operator(world).get(url).document
    world.clock.advance(timedelta(hours=1))
    second = operator(world).get(first["next"]).document

    assert [each["reason"] for part in (first, second) for each in part["records"]] == ["0", "2"]
    for part in (first, second):
        asked = dict(parse_qsl(urlsplit(part["next"]).query))
        assert asked.keys() == {"actor", "since", "until", "limit", "after"}
        assert (asked["since"], asked["limit"]) == ("2026-11-01T00:00:00.000250Z", "1")
        assert asked["until"] == "2026-11-22T12:00:00.000250Z"


def test_a_time_that_ends_in_the_future_ends_now(world: World) -> None:
    write(world, TIMER, TIMER)
    found = operator(world).get("/api/history?until=2999-12-31&since=2026-11-20").document
    assert [each["reason"] for each in found["records"]] == ["0"]
    assert found["next"] is None


def test_no_time_at_all_has_no_records(world: World) -> None:
    write(world, TIMER)
    reply = operator(world).get("/api/history?since=2026-11-20&until=2026-11-20")
    assert (reply.status, reply.document) == (200, {"records": [], "next": None})


def test_a_period_that_ends_before_it_begins_is_an_error_of_its_parameter(world: World) -> None:
    problem = operator(world).get("/api/history?since=2026-11-20&until=2026-11-19T12:00:00Z").document
    assert problem["errors"] == [
        {"detail": "must not be after until (2026-11-19T12:00:00Z), which is now at the latest", "parameter": "since"}
    ]


@pytest.mark.parametrize(
    "after", ["", "2026-11-22", "2026-02-30.1", "2026-11-22.1%0A", "2026-11-22.-1", "2026-11-22.1234567890"]
)
def test_after_takes_only_the_end_of_a_part(world: World, after: str) -> None:
    problem = operator(world).get(f"/api/history?after={after}").document
    assert problem["errors"] == [{"detail": "must be taken from `next` of the part before", "parameter": "after"}]


@pytest.mark.parametrize(("limit", "status"), [(0, 400), (1, 200), (1000, 200), (1001, 400)])
def test_a_part_has_at_most_a_thousand_records(world: World, limit: int, status: int) -> None:
    assert operator(world).get(f"/api/history?limit={limit}").status == status


def test_a_month_is_thirty_days(world: World) -> None:
    for days in (30.5, 29.5):
        at = world.clock.now() - timedelta(days=days)
        world.history.records.append(
            AuditRecord(at=at, event="merge", actor=TIMER, reason=str(days), correlation="c", outcome="merged")
        )
    assert [each["reason"] for each in operator(world).get("/api/history").document["records"]] == ["29.5"]


def test_the_newest_first_from_part_to_part_is_the_whole_backwards(world: World) -> None:
    at = world.clock.now()
    for days in (29, 3.2, 3.1, 3, 1, 0.5, 0.4):
        when = at - timedelta(days=days)
        world.history.records.append(
            AuditRecord(at=when, event="merge", actor=TIMER, reason=str(days), correlation="c", outcome="")
        )
    someone = operator(world)
    url: str | None = "/api/history?order=newest&limit=2"
    reasons: list[str] = []
    while url is not None:
        part = someone.get(url).document
        reasons += [each["reason"] for each in part["records"]]
        url = part["next"]
        world.clock.advance(timedelta(minutes=1))
        write(world, TIMER)

    assert reasons == ["0.4", "0.5", "1", "3", "3.1", "3.2", "29"]


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_either_way_each_record_is_there_once_whatever_else_is_chosen(world: World, order: str) -> None:
    write(world, *[ADA, TIMER] * 5)
    world.clock.advance(timedelta(seconds=1))
    for limit in (1, 2, 3, 5, 100):
        url: str | None = f"/api/history?order={order}&limit={limit}&actor=4711&since=2026-11-20"
        reasons: list[str] = []
        while url is not None:
            part = operator(world).get(url).document
            reasons += [each["reason"] for each in part["records"]]
            url = part["next"]
        expected = ["0", "2", "4", "6", "8"]
        assert reasons == (expected if order == "oldest" else expected[::-1])


def test_a_long_time_is_read_backwards_in_parts(world: World) -> None:
    at = world.clock.now() - timedelta(days=300)
    world.history.records = [AuditRecord(at=at, event="merge", actor=TIMER, reason="x", correlation="c", outcome="")]
    url: str | None = "/api/history?since=2026-01-01&order=newest"
    found: list[object] = []
    parts = 0
    while url is not None:
        part = operator(world).get(url).document
        found, url, parts = [*found, *part["records"]], part["next"], parts + 1
    assert (len(found), parts) == (1, 4)


@pytest.mark.parametrize("order", ["", "Newest", "desc"])
def test_there_is_no_other_order(world: World, order: str) -> None:
    problem = operator(world).get(f"/api/history?order={order}").document
    assert problem["errors"][0]["parameter"] == "order"


PRINT, OTHER_PRINT = "9f86d081884c7d65" * 4, "60303ae22b998861" * 4


def write_pairs(world: World) -> None:
    """Write four records, of each of two leaves by each of two calls, a second apart."""
    pairs = [(PRINT, "call-1"), (OTHER_PRINT, "call-1"), (PRINT, "call-2"), (OTHER_PRINT, "call-2")]
    for number, (thumbprint, correlation) in enumerate(pairs):
        at = world.clock.now() - timedelta(seconds=10 - number)
        world.history.records.append(
            AuditRecord(
                at=at,
                event="served",
                actor=TIMER,
                reason=str(number),
                correlation=correlation,
                outcome="",
                thumbprint=thumbprint,
            )
        )


@pytest.mark.parametrize(
    ("chosen", "reasons"),
    [
        (f"thumbprint={PRINT}", ["0", "2"]),
        ("correlation=call-2", ["2", "3"]),
        (f"thumbprint={PRINT}&correlation=call-2", ["2"]),
        ("correlation=call", []),
        (f"thumbprint={'0' * 64}", []),
        (f"thumbprint={PRINT}&actor=person", []),
    ],
)
@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_a_leaf_and_a_correlation_are_chosen_exactly_from_part_to_part(
    world: World, chosen: str, reasons: list[str], order: str
) -> None:
    write_pairs(world)
    url: str | None = f"/api/history?{chosen}&limit=1&order={order}"
    found: list[str] = []
    while url is not None:
        part = operator(world).get(url).document
        found += [each["reason"] for each in part["records"]]
        url = part["next"]
        assert url is None or {*chosen.split("&")} <= {*urlsplit(url).query.split("&")}
    assert found == (reasons if order == "oldest" else reasons[::-1])


@pytest.mark.parametrize("thumbprint", ["", "9f86", PRINT.upper(), f"{PRINT}0", f"{PRINT}%0A", "9f:86" * 13])
def test_a_thumbprint_that_no_record_can_have_is_refused(world: World, thumbprint: str) -> None:
    problem = operator(world).get(f"/api/history?thumbprint={thumbprint}").document
    assert problem["errors"] == [
        {
            "detail": "must be the SHA-256 of a leaf's DER, in 64 lower-case hex digits without colons",
            "parameter": "thumbprint",
        }
    ]


@pytest.mark.parametrize("correlation", ["", "c" * 201])
def test_a_correlation_that_no_record_can_have_is_refused(world: World, correlation: str) -> None:
    problem = operator(world).get(f"/api/history?correlation={correlation}").document
    assert problem["errors"][0]["parameter"] == "correlation"
