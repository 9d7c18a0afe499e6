"""Failures as problem details."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.api.http import ProblemKind, to_problem
from shared.errors import (
    ConfigError,
    ConfigProblem,
    JournalNewer,
    JournalUnreadable,
    LeaseLost,
    LeaseTaken,
    NotAllowed,
    NotFound,
    NotYet,
    PermanentError,
    RateLimited,
    RelaykeeperError,
    TransientError,
)

DOCS = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")


def problem_of(failure: RelaykeeperError) -> Mapping[str, Any]:
    answer = to_problem(failure).response("corr-1")
    assert answer.content_type == "application/problem+json"
    document: Mapping[str, Any] = json.loads(answer.body)
    assert document["status"] == answer.status
    assert document["correlation"] == "corr-1"
    return document


@pytest.mark.parametrize(
    ("failure", "status", "slug"),
    [
        (NotFound("no certificate x.", ["y"]), 404, "unknown"),
        (NotAllowed("only observed."), 409, "refused"),
        (TransientError("no answer."), 503, "unavailable"),
        (LeaseTaken("another worker."), 503, "unavailable"),
        (LeaseLost("it ran out."), 503, "unavailable"),
        (NotYet("a rollout.", timedelta(seconds=90)), 503, "unavailable"),
        (PermanentError("access refused."), 502, "blocked"),
        (JournalUnreadable("not ours."), 502, "blocked"),
        (JournalNewer("a newer release's."), 503, "unavailable"),
        (ConfigError([ConfigProblem("vaults", 3, "is required")]), 500, "configuration"),
    ],
)
def test_each_failure_has_its_status_and_type(failure: RelaykeeperError, status: int, slug: str) -> None:
    document = problem_of(failure)
    kind = next(kind for kind in ProblemKind if kind.slug == slug)
    assert (document["status"], document["type"]) == (status, f"urn:relaykeeper:problem:{slug}")
    assert (document["title"], document["detail"]) == (kind.title, str(failure))


def test_an_unknown_name_comes_with_similar_names() -> None:
    assert problem_of(NotFound("no certificate prdo.", ["prod"]))["near"] == ["prod"]


def test_every_problem_of_the_inventory_is_listed() -> None:
    problems = [ConfigProblem("vaults.dev", 3, "is required"), ConfigProblem("relays", 9, "is empty")]
    assert problem_of(ConfigError(problems))["errors"] == [
        {"detail": "is required", "parameter": "vaults.dev"},
        {"detail": "is empty", "parameter": "relays"},
    ]


@pytest.mark.parametrize(
    ("failure", "seconds"),
    [
        (RateLimited("slow down", timedelta(minutes=2), "account"), "120"),
        (RateLimited("slow down", timedelta(milliseconds=1), "account"), "1"),
        (RateLimited("slow down", timedelta(seconds=90, milliseconds=1), "account"), "91"),
        (NotYet("a rollout", timedelta(seconds=90)), "90"),
        (LeaseTaken("another worker"), "30"),
        (TransientError("no answer"), "30"),
    ],
)
def test_a_temporary_problem_says_when_to_retry(failure: RelaykeeperError, seconds: str) -> None:
    assert to_problem(failure).response("corr-1").headers["retry-after"] == seconds


@pytest.mark.parametrize("kind", ProblemKind)
def test_each_kind_is_documented(kind: ProblemKind) -> None:
    assert f"`{kind.type}` | {kind.status} |" in DOCS
