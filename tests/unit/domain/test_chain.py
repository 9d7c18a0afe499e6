"""A chain is put in order and checked before it goes anywhere."""

from base64 import b64encode
from datetime import timedelta
from itertools import permutations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from shared.domain.certificates.certificate import key_hash
from shared.domain.certificates.chain import LARGEST_PEM, ChainError, pem, read_chain
from shared.domain.certificates.chain_faults import ChainPolicy, check_chain
from shared.domain.certificates.chain_order import order_chain
from tests.fakes.inventory import HOST, NOW
from tests.fakes.leaves import Signer

KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
ROOT = Signer("root")
UPPER = Signer("upper", ROOT)
LOWER = Signer("lower", UPPER)
LEAF = LOWER.issue(KEY, HOST)
CHAIN = (LEAF, LOWER.certificate, UPPER.certificate)


def wanted(
    *names: str, uses: tuple[str, ...] = ("server",), roots: tuple[x509.Certificate, ...] = (ROOT.certificate,)
) -> ChainPolicy:
    return ChainPolicy(key_hash(LEAF), frozenset(names or (HOST,)), uses, roots)


@pytest.mark.parametrize("given", list(permutations([*CHAIN, ROOT.certificate])))
def test_any_order_becomes_leaf_first_without_the_root(given: tuple[x509.Certificate, ...]) -> None:
    assert order_chain(given, key_hash(LEAF), NOW) == CHAIN


def test_certificates_that_do_not_belong_are_left_out() -> None:
    stranger = Signer("stranger")
    assert order_chain([stranger.certificate, *CHAIN], key_hash(LEAF), NOW) == CHAIN


def test_a_leaf_that_signed_itself_is_a_chain() -> None:
    own = Signer("self")
    assert order_chain([own.certificate], key_hash(own.certificate), NOW) == (own.certificate,)


def test_a_chain_without_our_key_is_refused() -> None:
    with pytest.raises(ChainError, match="has the key that was asked for"):
        order_chain(CHAIN[1:], key_hash(LEAF), NOW)


def test_a_good_chain_passes() -> None:
    check_chain(CHAIN, wanted(), NOW)


@pytest.mark.parametrize(
    ("chain", "asked", "words"),
    [
        (CHAIN, wanted("other.example.net"), "the leaf lacks other.example.net"),
        (CHAIN, wanted(uses=("server", "client")), "may not be used by a TLS client"),
        (CHAIN, wanted(roots=(Signer("root").certificate,)), "no trusted root signed CN=upper"),
        (CHAIN[:2], wanted(), "no trusted root signed CN=lower"),
        ((LEAF, UPPER.certificate), wanted(), "CN=upper did not sign CN=" + HOST),
        ((LOWER.issue(KEY, HOST, client_only=True), *CHAIN[1:]), wanted(), "may not be used by a TLS server"),
        ((LOWER.issue(KEY, HOST, begins=NOW + timedelta(hours=1)), *CHAIN[1:]), wanted(), "is not valid before"),
        ((LOWER.issue(KEY, HOST, begins=NOW - timedelta(days=91)), *CHAIN[1:]), wanted(), "expired"),
    ],
)
def test_a_fault_is_named(chain: tuple[x509.Certificate, ...], asked: ChainPolicy, words: str) -> None:
    with pytest.raises(ChainError, match=words):
        check_chain(chain, asked, NOW)


def test_a_leaf_may_not_sign_another() -> None:
    false_ca = Signer("false", ROOT, ca=False)
    with pytest.raises(ChainError, match="CN=false may not sign certificates"):
        check_chain((false_ca.issue(KEY, HOST), false_ca.certificate), wanted(), NOW)


def test_a_forged_signature_is_found() -> None:
    namesake = Signer("lower", UPPER)
    with pytest.raises(ChainError, match="did not sign"):
        check_chain((LEAF, namesake.certificate, UPPER.certificate), wanted(), NOW)


def test_another_key_than_the_csr_s_is_found() -> None:
    other = LOWER.issue(ec.generate_private_key(ec.SECP256R1()).public_key(), HOST)
    with pytest.raises(ChainError, match="the leaf's key is not the one"):
        check_chain((other, *CHAIN[1:]), wanted(), NOW)


def test_what_is_laid_out_can_be_read_back() -> None:
    assert read_chain(pem(CHAIN)) == CHAIN


@pytest.mark.parametrize("junk", [b"", b"not PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_junk_is_no_chain(junk: bytes) -> None:
    with pytest.raises(ChainError, match="not PEM certificates"):
        read_chain(junk)


def test_a_chain_that_is_too_long_is_not_even_parsed() -> None:
    with pytest.raises(ChainError, match="at most 100,000"):
        read_chain(b"x" * (LARGEST_PEM + 1))
    with pytest.raises(ChainError, match="has 11 certificates"):
        read_chain(pem([LEAF] * 11))


def test_a_clock_that_is_a_little_behind_does_not_refuse_what_was_issued_just_now() -> None:
    check_chain((LOWER.issue(KEY, HOST, begins=NOW + timedelta(minutes=10)), *CHAIN[1:]), wanted(), NOW)


def test_a_certificate_of_a_version_that_nobody_knows_is_refused_in_words() -> None:
    der = bytearray(LEAF.public_bytes(Encoding.DER))
    version = der.index(b"\xa0\x03\x02\x01\x02")
    der[version + 4] = 9
    junk = b"-----BEGIN CERTIFICATE-----\n" + b64encode(bytes(der)) + b"\n-----END CERTIFICATE-----\n"
    with pytest.raises(ChainError, match="not PEM certificates"):
        read_chain(junk)
