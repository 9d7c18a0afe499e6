"""Whatever is stored, `judge` comes to rest once the certificate was issued, and never lets a version run out."""

from datetime import datetime, timedelta

from hypothesis import given

from shared.domain.certificates.certificate import StoredVersion
from shared.domain.issuing.due import Due, Fresh, Waiting, judge_renewal, renew_at
from shared.inventory.relays import Certificate
from tests.fakes.inventory import NOW
from tests.unit.properties.strategies import (
    CERTIFICATES,
    SAME_EACH_TIME,
    as_wanted,
    certificates,
    certificates_and_versions,
    fractions,
    lifetimes,
    moments,
    versions,
)


@SAME_EACH_TIME
@given(certificates, moments, lifetimes)
def test_an_issued_version_is_fresh_until_it_is_due(
    certificate: Certificate, begins: datetime, lifetime: timedelta
) -> None:
    issued = as_wanted(certificate, begins, lifetime)
    due = renew_at(issued.leaf)

    assert isinstance(judge_renewal(certificate, issued, None, begins), Fresh)
    assert isinstance(judge_renewal(certificate, issued, None, due - timedelta(microseconds=1)), Fresh)
    assert isinstance(judge_renewal(certificate, issued, None, due), Due)


@SAME_EACH_TIME
@given(lifetimes)
def test_there_is_time_left_for_more_than_one_attempt(lifetime: timedelta) -> None:
    leaf = as_wanted(CERTIFICATES[0], NOW, lifetime).leaf
    left = leaf.not_after - renew_at(leaf)
    assert lifetime / 3 <= left + timedelta(microseconds=1)
    assert left <= lifetime / 2 + timedelta(microseconds=1)


@SAME_EACH_TIME
@given(certificates_and_versions(), moments, lifetimes)
def test_what_is_due_stays_due_until_it_is_issued(
    case: tuple[Certificate, StoredVersion | None], now: datetime, later: timedelta
) -> None:
    certificate, stored = case
    if isinstance(judge_renewal(certificate, stored, None, now), Due):
        assert isinstance(judge_renewal(certificate, stored, None, now + later), Due)


@SAME_EACH_TIME
@given(certificates, moments, lifetimes, lifetimes)
def test_an_expired_version_is_due(
    certificate: Certificate, begins: datetime, lifetime: timedelta, late: timedelta
) -> None:
    stored = as_wanted(certificate, begins, lifetime)
    assert isinstance(judge_renewal(certificate, stored, None, stored.leaf.not_after + late), Due)


@SAME_EACH_TIME
@given(certificates_and_versions(), moments, moments)
def test_a_backoff_delays_what_is_due_to_its_end_and_nothing_else(
    case: tuple[Certificate, StoredVersion | None], until: datetime, now: datetime
) -> None:
    certificate, stored = case
    without, verdict = (
        judge_renewal(certificate, stored, None, now),
        judge_renewal(certificate, stored, until, now),
    )

    if isinstance(without, Due) and now < until:
        assert isinstance(verdict, Waiting)
        assert verdict.until == until
        assert verdict.message.startswith(without.message)
    else:
        assert verdict == without
    assert not isinstance(judge_renewal(certificate, stored, until, max(now, until)), Waiting)


@SAME_EACH_TIME
@given(certificates, versions, fractions)
def test_a_version_for_other_names_or_with_another_key_is_never_fresh(
    certificate: Certificate, stored: StoredVersion, age: float
) -> None:
    now = stored.leaf.not_before + age * stored.leaf.lifetime
    if isinstance(judge_renewal(certificate, stored, None, now), Fresh):
        assert stored.leaf.names == frozenset(certificate.dns_names)
        assert stored.leaf.key == certificate.key
        assert now < stored.leaf.not_after
