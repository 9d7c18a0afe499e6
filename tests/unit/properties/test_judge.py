"""Whatever is stored, `judge` comes to rest once the certificate was issued, and never lets a version run out."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.certificates.certificate import StoredVersion
from shared.domain.issuing.due import Due, Fresh, RenewalInfo, Waiting, judge_renewal, renew_at
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
    renewal_infos,
    versions,
)


@SAME_EACH_TIME
@given(certificates, moments, lifetimes)
def test_an_issued_version_is_fresh_until_it_is_due(
    certificate: Certificate, begins: datetime, lifetime: timedelta
) -> None:
    issued = as_wanted(certificate, begins, lifetime)
    due = renew_at(issued.leaf, None)

    assert isinstance(judge_renewal(certificate, issued, None, None, begins), Fresh)
    assert isinstance(judge_renewal(certificate, issued, None, None, due - timedelta(microseconds=1)), Fresh)
    assert isinstance(judge_renewal(certificate, issued, None, None, due), Due)


@SAME_EACH_TIME
@given(lifetimes)
def test_there_is_time_left_for_more_than_one_attempt(lifetime: timedelta) -> None:
    leaf = as_wanted(CERTIFICATES[0], NOW, lifetime).leaf
    left = leaf.not_after - renew_at(leaf, None)
    assert lifetime / 3 <= left + timedelta(microseconds=1)
    assert left <= lifetime / 2 + timedelta(microseconds=1)


@SAME_EACH_TIME
@given(certificates_and_versions(), st.none() | renewal_infos(), moments, lifetimes)
def test_what_is_due_stays_due_until_it_is_issued(
    case: tuple[Certificate, StoredVersion | None], info: RenewalInfo | None, now: datetime, later: timedelta
) -> None:
    certificate, stored = case
    if isinstance(judge_renewal(certificate, stored, info, None, now), Due):
        assert isinstance(judge_renewal(certificate, stored, info, None, now + later), Due)


@SAME_EACH_TIME
@given(certificates, moments, lifetimes, st.none() | renewal_infos(), lifetimes)
def test_an_expired_version_is_due_whatever_the_authority_suggests(
    certificate: Certificate, begins: datetime, lifetime: timedelta, info: RenewalInfo | None, late: timedelta
) -> None:
    stored = as_wanted(certificate, begins, lifetime)
    assert isinstance(judge_renewal(certificate, stored, info, None, stored.leaf.not_after + late), Due)


@SAME_EACH_TIME
@given(certificates_and_versions(), st.none() | renewal_infos(), moments, moments)
def test_a_backoff_delays_what_is_due_to_its_end_and_nothing_else(
    case: tuple[Certificate, StoredVersion | None], info: RenewalInfo | None, until: datetime, now: datetime
) -> None:
    certificate, stored = case
    without, verdict = (
        judge_renewal(certificate, stored, info, None, now),
        judge_renewal(certificate, stored, info, until, now),
    )

    if isinstance(without, Due) and now < until:
        assert isinstance(verdict, Waiting)
        assert verdict.until == until
        assert verdict.message.startswith(without.message)
    else:
        assert verdict == without
    assert not isinstance(judge_renewal(certificate, stored, info, until, max(now, until)), Waiting)


@SAME_EACH_TIME
@given(certificates, versions, fractions)
def test_a_version_for_other_names_or_with_another_key_is_never_fresh(
    certificate: Certificate, stored: StoredVersion, age: float
) -> None:
    now = stored.leaf.not_before + age * stored.leaf.lifetime
    if isinstance(judge_renewal(certificate, stored, None, None, now), Fresh):
        assert stored.leaf.names == frozenset(certificate.dns_names)
        assert stored.leaf.key == certificate.key
        assert now < stored.leaf.not_after
