"""Whatever a server, a vault or a file presents as a certificate, reading it ends in words or in a known error."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.domain.alerting.alert import lateness, longest_hold, stage
from shared.domain.certificates.certificate import leaf_of
from shared.domain.certificates.chain import UNREADABLE, ChainError, issued_by, read_all, read_chain
from shared.domain.certificates.presented_chain import presented_fault
from shared.domain.holds import hold_of, remaining_lifetime
from shared.domain.issuing.due import renew_at
from shared.domain.object_ref import certificate_ref
from shared.domain.report import presented
from shared.domain.serving.probe import Probe, ProbeResult
from tests.fakes import odd
from tests.fakes.inventory import HOST, NAME, NOW, place
from tests.fakes.leaves import Signer
from tests.fakes.observed import leaf_der, showing

ROOT = Signer("Odd Root").certificate
MOMENTS = (datetime.min.replace(tzinfo=UTC), NOW, datetime.max.replace(tzinfo=UTC))

unreadable = pytest.mark.parametrize("der", odd.UNREADABLE.values(), ids=odd.UNREADABLE)
half_readable = pytest.mark.parametrize("der", odd.HALF_READABLE.values(), ids=odd.HALF_READABLE)
lives = pytest.mark.parametrize("der", odd.LIVES.values(), ids=odd.LIVES)


def answer(der: bytes) -> ProbeResult:
    return ProbeResult(Probe("pod", "10.0.0.1", 25, HOST), None, chain=(der,))


@unreadable
def test_a_leaf_that_cannot_be_read_fails_with_an_error_that_we_know(der: bytes) -> None:
    with pytest.raises(UNREADABLE):
        leaf_of(x509.load_der_x509_certificate(der))


@unreadable
def test_a_leaf_that_cannot_be_read_says_nothing_of_its_life(der: bytes) -> None:
    assert list(presented([answer(der)])) == []


@pytest.mark.parametrize("der", [odd.UNREADABLE["no DER"], odd.UNREADABLE["version 4"], odd.UNREADABLE["the year 0"]])
def test_a_leaf_whose_dates_cannot_be_read_has_no_life_left(der: bytes) -> None:
    assert remaining_lifetime(der, NOW) == 0.0


@pytest.mark.parametrize("where", [0, 1])
@pytest.mark.parametrize("der", {**odd.UNREADABLE, **odd.HALF_READABLE}.values())
def test_a_presented_chain_is_judged_in_words_whatever_it_holds(der: bytes, where: int) -> None:
    chain = [Signer("Good").certificate.public_bytes(Encoding.DER)]
    chain.insert(where, der)
    words = presented_fault(chain, HOST, ["server"], [ROOT], NOW)
    assert words
    assert words.isprintable()


@half_readable
def test_what_nobody_can_name_is_no_part_of_a_chain(der: bytes) -> None:
    certificate = x509.load_der_x509_certificate(der)
    assert not issued_by(certificate, ROOT)
    assert not issued_by(ROOT, certificate)


@pytest.mark.parametrize("der", [der for what, der in odd.HALF_READABLE.items() if "name" in what])
def test_a_chain_with_a_name_that_cannot_be_read_is_refused(der: bytes) -> None:
    certificate = x509.load_der_x509_certificate(der)
    with pytest.raises(UNREADABLE):
        read_all(certificate)
    with pytest.raises(ChainError, match="certificate 1 of the chain cannot be read"):
        read_chain(certificate.public_bytes(Encoding.PEM))


@pytest.mark.parametrize("what", ["no life", "an end before its beginning", "all years, backwards"])
def test_what_ends_before_it_lives_has_no_life_left(what: str) -> None:
    assert [remaining_lifetime(odd.LIVES[what], moment) for moment in MOMENTS] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("der", [odd.LIVES["no life"], odd.LIVES["an end before its beginning"]])
def test_what_has_no_life_left_is_replaced_outside_the_relay_s_window(der: bytes) -> None:
    windowed = place(window="Mon 03:00-03:05 UTC")
    assert hold_of(certificate_ref(NAME), windowed, showing(leaf_der()), (), NOW) is not None
    assert hold_of(certificate_ref(NAME), windowed, showing(leaf_der(), der), (), NOW) is None


@lives
@pytest.mark.parametrize("now", MOMENTS, ids=["the year 1", "now", "the year 9999"])
def test_odd_dates_have_a_due_moment_and_an_urgency(der: bytes, now: datetime) -> None:
    leaf = leaf_of(x509.load_der_x509_certificate(der))
    assert leaf.lifetime >= timedelta(0)
    assert renew_at(leaf) <= leaf.not_after
    assert longest_hold(leaf) >= timedelta(0)
    assert lateness(leaf, now) <= 1.0
    assert now < leaf.not_after or stage(lateness(leaf, now)) == "page"
    assert remaining_lifetime(der, now) >= 0.0
    assert presented_fault([der], HOST, ["server"], [ROOT], NOW).isprintable()


def test_a_leaf_without_life_is_due_when_it_ends() -> None:
    leaf = leaf_of(x509.load_der_x509_certificate(odd.LIVES["no life"]))
    assert renew_at(leaf) == leaf.not_after
    assert renew_at(replace(leaf, not_before=leaf.not_after + timedelta(days=9))) == leaf.not_after
