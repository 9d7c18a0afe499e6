"""A freeze ends at a moment that means the same everywhere, and says why."""

import pytest

from tests.unit.inventory.inventories import RIGHT, edited, problems_of

WHERE = [
    (("vaults:", "{}\nvaults:"), "freeze[0]"),
    (("c-01.pem}", "c-01.pem, {}}}"), "clusters.c-01.freeze[0]"),
    (("ports: [25]", "ports: [25]\n    {}"), "relays.inner.freeze[0]"),
]


@pytest.mark.parametrize(("place", "path"), WHERE)
@pytest.mark.parametrize(
    ("freeze", "key", "says"),
    [
        ("until: 2026-12-01T08:00:00, reason: x", ".until", "is not a moment of this century with its time zone"),
        ("until: '2026-12-01T08:00', reason: x", ".until", "allowed are for example 2026-12-01T08:00:00Z"),
        ("until: 2026-12-01, reason: x", ".until", "2026-12-01 is not a moment"),
        ("until: 2026-13-01T08:00:00Z, reason: x", ".until", "is not a moment"),
        ("until: 1026-12-01T08:00:00Z, reason: x", ".until", "of this century"),
        ("until: tomorrow, reason: x", ".until", "tomorrow is not a moment"),
        ("until: 1796112000, reason: x", ".until", "must be text"),
        ("until: , reason: x", ".until", "must be text; it is empty"),
        ("until: 2026-12-01T08:00:00Z, reason: '  '", ".reason", "an empty text is no reason; write one"),
        ("until: 2026-12-01T08:00:00Z, reason: ", ".reason", "must be text; it is empty"),
        ("until: 2026-12-01T08:00:00Z, reason: 7", ".reason", 'in quotes: "7"'),
        ("until: 2026-12-01T08:00:00Z", ".reason", "is missing"),
        ("until: 2026-12-01T08:00:00Z, reason: x, form: y", ".form", "allowed: until, reason"),
        ("until: 2026-12-01T08:00:00Z, reason: x, name: y", ".name", "allowed: until, reason"),
    ],
)
def test_a_freeze_without_clear_times_is_a_problem(
    place: tuple[str, str], path: str, freeze: str, key: str, says: str
) -> None:
    old, new = place
    [problem] = problems_of(edited((old, new.format(f"freeze: [{{{freeze}}}]"))))
    assert problem.path == path + key
    assert says in problem.message


def test_freezes_are_a_list() -> None:
    [problem] = problems_of("freeze: {until: 2026-12-01T08:00:00Z, reason: x}\n" + RIGHT)
    assert (problem.path, problem.line) == ("freeze", 1)
    assert "must be a list" in problem.message
