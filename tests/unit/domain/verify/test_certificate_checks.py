"""A presented chain is judged by name, chain and dates, each with its own verdict and reason."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.domain.verify.answers import Trouble
from shared.domain.verify.certificate_checks import (
    CertificateReason,
    Expectation,
    certificate_checks,
    further_name_check,
    without_sni_check,
    wrong_sni_check,
)
from tests.fakes.inventory import NOW
from tests.fakes.leaves import LIFETIME, Signer, builder
from tests.unit.domain.verify.chains import ABOUT, EXPECTED, INTERMEDIATE, KEY, NAME, ROOT, leaf, presented

LEAF = leaf()
ISSUER = INTERMEDIATE.certificate
STRANGER = Signer("Stranger")
LATE = timedelta(days=80)
"""Age of a leaf that has ten of its ninety days left."""

type Chain = tuple[x509.Certificate, ...]


def verdicts(*chain: x509.Certificate, expected: Expectation = EXPECTED) -> dict[str, tuple[str, str]]:
    """Return status and reason by check."""
    checks = certificate_checks(ABOUT, presented(*chain), expected)
    return {check.name: (check.status, check.reason) for check in checks}


def test_a_certificate_in_order_is_four_verdicts_that_are_ok() -> None:
    assert verdicts(LEAF, ISSUER) == {
        "certificate": ("ok", "CertificateRead"),
        "name": ("ok", "NameInCertificate"),
        "chain": ("ok", "ChainTrusted"),
        "expiry": ("ok", "ValidLongEnough"),
    }


def test_the_sentences_name_key_issuer_names_chain_and_days() -> None:
    sentences = {
        each.name: each.message
        for each in certificate_checks(ABOUT, presented(leaf(NAME, "b.example.net"), ISSUER), EXPECTED)
    }
    assert sentences["certificate"].startswith("ec-256 by Intermediate 1, SHA-256 ")
    assert sentences["name"] == f"{NAME}; also b.example.net"
    assert sentences["chain"] == f"{NAME} <- Intermediate 1 <- Root X"
    assert sentences["expiry"].endswith("in 89 days")


def test_a_leaf_with_dns_names_alone_is_called_by_the_first() -> None:
    bare = (
        builder(x509.Name([]), INTERMEDIATE.name, KEY.public_key(), NOW, NOW + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=True)
        .sign(INTERMEDIATE.key, hashes.SHA256())
    )
    [chain] = [each for each in certificate_checks(ABOUT, presented(bare, ISSUER), EXPECTED) if each.name == "chain"]
    assert chain.message == f"{NAME} <- Intermediate 1 <- Root X"


@pytest.mark.parametrize(
    ("chain", "status", "reason"),
    [
        ((LEAF,), "failed", "IssuerMissing"),
        ((STRANGER.issue(KEY.public_key(), NAME),), "failed", "IssuerMissing"),
        ((STRANGER.issue(KEY.public_key(), NAME), STRANGER.certificate), "failed", "RootNotTrusted"),
        ((Signer(NAME, ca=False).certificate,), "failed", "SelfSigned"),
        ((ISSUER, LEAF), "failed", "ChainFaulty"),
        ((LEAF, ISSUER, STRANGER.certificate), "warning", "ExtraCertificates"),
        ((LEAF, LEAF, ISSUER), "warning", "ExtraCertificates"),
        ((LEAF, ISSUER, ROOT.certificate), "ok", "ChainTrusted"),
    ],
    ids=["no intermediate", "unknown issuer", "unknown root", "self-signed", "leaf last", "extra", "twice", "root too"],
)
def test_the_chain_is_judged_as_a_client_builds_it(chain: Chain, status: str, reason: CertificateReason) -> None:
    assert verdicts(*chain)["chain"] == (status, reason)


def test_intermediates_in_a_wrong_order_are_a_warning() -> None:
    lower = Signer("Intermediate 2", INTERMEDIATE)
    deep = lower.issue(KEY.public_key(), NAME)
    assert verdicts(deep, ISSUER, lower.certificate)["chain"] == ("warning", "OutOfOrder")
    assert verdicts(deep, lower.certificate, ISSUER)["chain"] == ("ok", "ChainTrusted")


def test_an_intermediate_that_has_expired_is_a_faulty_chain() -> None:
    old = INTERMEDIATE.certified(ROOT, begins=NOW - timedelta(days=90), lifetime=timedelta(days=80))
    assert verdicts(LEAF, old)["chain"] == ("failed", "ChainFaulty")


@pytest.mark.parametrize(
    ("names", "name", "verdict"),
    [
        (("*.example.net",), NAME, ("ok", "NameInCertificate")),
        (("other.example.net",), NAME, ("failed", "NameNotInCertificate")),
        ((NAME,), None, ("warning", "NoNameToCompare")),
    ],
)
def test_the_name_is_judged_as_a_client_does(
    names: tuple[str, ...], name: str | None, verdict: tuple[str, str]
) -> None:
    assert verdicts(leaf(*names), ISSUER, expected=replace(EXPECTED, name=name))["name"] == verdict


@pytest.mark.parametrize(
    ("certificate", "within", "verdict"),
    [
        (leaf(age=LATE), None, ("warning", "ExpiresSoon")),
        (leaf(age=LATE), timedelta(days=5), ("ok", "ValidLongEnough")),
        (leaf(), timedelta(days=100), ("warning", "ExpiresSoon")),
        (leaf(age=timedelta(days=3), lifetime=timedelta(days=6)), None, ("ok", "ValidLongEnough")),
        (leaf(age=timedelta(days=5), lifetime=timedelta(days=6)), None, ("warning", "ExpiresSoon")),
        (leaf(age=timedelta(days=91)), None, ("failed", "Expired")),
        (leaf(age=timedelta(hours=-1)), None, ("failed", "NotYetValid")),
    ],
    ids=["late", "late for us", "early for us", "six days, half over", "six days, last", "expired", "tomorrow's"],
)
def test_the_end_of_a_certificate_is_reported_in_time(
    certificate: x509.Certificate, within: timedelta | None, verdict: tuple[str, str]
) -> None:
    assert verdicts(certificate, ISSUER, expected=replace(EXPECTED, warn_within=within))["expiry"] == verdict


def test_an_intermediate_that_ends_before_the_leaf_is_reported_with_its_name() -> None:
    soon = INTERMEDIATE.certified(ROOT, lifetime=timedelta(days=11))
    *_, expiry = certificate_checks(ABOUT, presented(LEAF, soon), replace(EXPECTED, warn_within=timedelta(days=21)))
    assert (expiry.status, expiry.reason) == ("warning", "ExpiresSoon")
    assert expiry.message.startswith("its issuer Intermediate 1: ")


def test_a_short_rsa_key_is_a_failure() -> None:
    weak = INTERMEDIATE.issue(rsa.generate_private_key(65_537, 1024).public_key(), NAME)  # noqa: S505
    assert verdicts(weak, ISSUER)["certificate"] == ("failed", "WeakKey")


def test_what_is_no_certificate_is_one_failure() -> None:
    broken = replace(presented(LEAF), chain=(b"\x30\x03\x02\x01\x00",))
    [check] = certificate_checks(ABOUT, broken, EXPECTED)
    assert (check.name, check.status, check.reason) == ("certificate", "failed", "CertificateUnreadable")


def test_names_of_a_certificate_cannot_write_on_a_terminal() -> None:
    hostile = Signer("\x1b[31mred\x1b[0m\nsecond line")
    issued = hostile.issue(KEY.public_key(), NAME)
    assert all(check.message.isprintable() for check in certificate_checks(ABOUT, presented(issued), EXPECTED))


FIRST, OTHER, FOREIGN = (
    presented(LEAF, ISSUER),
    presented(leaf(NAME, "b.example.net"), ISSUER),
    presented(leaf("c.example.net"), ISSUER),
)
REFUSED = Trouble("handshake", "NoHandshake", "TLS handshake failed: TLSV1_UNRECOGNIZED_NAME")
BUSY = Trouble("greeting", "ServerBusy", "busy at the greeting: 421 later")


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (FIRST, ("ok", "SameCertificate")),
        (OTHER, ("ok", "OtherCertificate")),
        (FOREIGN, ("warning", "OtherCertificate")),
        (REFUSED, ("warning", "SniNeeded")),
        (BUSY, ("unknown", "NotAnswered")),
    ],
)
def test_a_client_that_sends_no_sni_should_get_a_certificate_for_the_name(
    answer: object, verdict: tuple[str, str]
) -> None:
    check = without_sni_check(ABOUT, answer, FIRST, EXPECTED)  # type: ignore[arg-type]
    assert (check.status, check.reason) == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (FIRST, ("ok", "SameCertificate")),
        (FOREIGN, ("ok", "OtherCertificate")),
        (REFUSED, ("ok", "SniRefused")),
        (BUSY, ("unknown", "NotAnswered")),
    ],
)
def test_a_wrong_name_may_be_refused_or_answered(answer: object, verdict: tuple[str, str]) -> None:
    check = wrong_sni_check(ABOUT, answer, FIRST)  # type: ignore[arg-type]
    assert (check.status, check.reason) == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (OTHER, ("ok", "NameServed")),
        (FIRST, ("failed", "NameNotServed")),
        (REFUSED, ("failed", "NotAnswered")),
        (BUSY, ("unknown", "NotAnswered")),
    ],
)
def test_each_further_name_must_be_served(answer: object, verdict: tuple[str, str]) -> None:
    check = further_name_check(ABOUT, "b.example.net", answer, FIRST, EXPECTED)  # type: ignore[arg-type]
    assert (check.status, check.reason) == verdict
