"""When a certificate is due, and that the reason says why."""

from datetime import timedelta

import pytest

from shared.domain.certificates.certificate import StoredVersion
from shared.domain.certificates.vault_tags import ISSUER_TAG
from shared.domain.issuing.due import Due, DueReason, Fresh, Waiting, judge_renewal
from tests.fakes.inventory import HOST, NOW, certificate
from tests.fakes.leaves import leaf, stored

DAY = timedelta(days=1)


def test_a_certificate_without_a_version_is_due() -> None:
    assert judge_renewal(certificate(), None, None, NOW) == Due("NeverIssued", "no version in the vault yet")


def test_a_young_version_for_the_wanted_names_is_fresh() -> None:
    assert isinstance(judge_renewal(certificate(), stored(), None, NOW), Fresh)


@pytest.mark.parametrize(
    ("lifetime", "left_when_due"),
    [(90 * DAY, 30 * DAY), (45 * DAY, 15 * DAY), (10 * DAY, 10 * DAY / 3), (timedelta(hours=160), timedelta(hours=80))],
)
def test_a_version_is_due_by_a_fraction_of_its_lifetime(lifetime: timedelta, left_when_due: timedelta) -> None:
    second = timedelta(seconds=1)
    just_before = stored(leaf(lifetime=lifetime, age=lifetime - left_when_due - second))
    just_after = stored(leaf(lifetime=lifetime, age=lifetime - left_when_due + second))

    assert isinstance(judge_renewal(certificate(), just_before, None, NOW), Fresh)
    assert isinstance(judge_renewal(certificate(), just_after, None, NOW), Due)


@pytest.mark.parametrize(
    ("found", "reason", "message"),
    [
        (
            stored(leaf(names=(HOST, "old.mail.example.net"))),
            "DueByNames",
            "names no longer wanted: old.mail.example.net",
        ),
        (
            stored(leaf(names=("old.mail.example.net",))),
            "DueByNames",
            f"names wanted that the stored version lacks: {HOST}",
        ),
        (stored(leaf(key="rsa-2048")), "DueByKeyType", "key is rsa-2048, wanted ec-256"),
        (stored(tags={ISSUER_TAG: "staging"}), "DueByIssuer", "issued by staging, wanted letsencrypt"),
        (stored(leaf(age=90 * DAY)), "DueByExpiry", "expired 2026-11-22 12:00 UTC"),
    ],
)
def test_a_version_that_is_not_what_is_wanted_is_due_and_says_why(
    found: StoredVersion, reason: DueReason, message: str
) -> None:
    assert judge_renewal(certificate(), found, None, NOW) == Due(reason, message)


def test_a_version_that_a_human_imported_is_judged_by_its_leaf_alone() -> None:
    assert isinstance(judge_renewal(certificate(), stored(tags={}), None, NOW), Fresh)


def test_a_due_certificate_waits_for_the_end_of_its_backoff() -> None:
    until = NOW + timedelta(minutes=5)

    verdict = judge_renewal(certificate(), None, until, NOW)

    assert isinstance(verdict, Waiting)
    assert verdict.until == until
    assert "no version in the vault yet" in verdict.message
    assert isinstance(judge_renewal(certificate(), None, until, until), Due)
