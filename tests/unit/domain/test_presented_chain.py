"""A presented chain is judged as a client judges it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.certificates.certificate import dns_names, key_hash
from shared.domain.certificates.chain import ChainError
from shared.domain.certificates.chain_faults import ChainPolicy, check_chain
from shared.domain.certificates.presented_chain import LONGEST_FAULT, presented_fault
from tests.fakes.inventory import HOST, NOW
from tests.fakes.leaves import LIFETIME, Signer, builder
from tests.unit.properties.strategies import SAME_EACH_TIME

PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY = PRIVATE.public_key()
ROOT = Signer("root")
UPPER = Signer("upper", ROOT)
LOWER = Signer("lower", UPPER)
LEAF = LOWER.issue(KEY, HOST)
CHAIN = (LEAF, LOWER.certificate, UPPER.certificate)
STRANGER = Signer("stranger")
NAMESAKE = Signer("lower", UPPER)
NOT_CA = Signer("false", ROOT, ca=False)


def self_signed(begins: datetime = NOW - timedelta(days=1)) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    unsigned = builder(name, name, KEY, begins, begins + LIFETIME)
    alternatives = x509.SubjectAlternativeName([x509.DNSName(HOST)])
    return unsigned.add_extension(alternatives, critical=False).sign(PRIVATE, hashes.SHA256())


def judge(
    chain: Sequence[x509.Certificate],
    name: str | None = HOST,
    *,
    uses: Sequence[str] = ("server",),
    roots: Sequence[x509.Certificate] = (ROOT.certificate,),
    now: datetime = NOW,
) -> str:
    return presented_fault([certificate.public_bytes(Encoding.DER) for certificate in chain], name, uses, roots, now)


EXPIRED_LOWER = LOWER.certified(UPPER, NOW - LIFETIME - timedelta(days=1), LIFETIME)


@pytest.mark.parametrize(
    "chain",
    [
        CHAIN,
        (*CHAIN, ROOT.certificate),
        (LEAF, UPPER.certificate, LOWER.certificate),
        (LEAF, STRANGER.certificate, LOWER.certificate, NAMESAKE.certificate, LOWER.certificate, UPPER.certificate),
        (LEAF, LEAF, *CHAIN[1:]),
        (LEAF, EXPIRED_LOWER, *CHAIN[1:]),
        (LEAF, LOWER.certified(STRANGER), *CHAIN[1:]),
    ],
    ids=["in order", "with root", "unordered", "with extras", "leaf twice", "beside an expired one", "cross-signed"],
)
def test_a_client_finds_its_way_to_a_root(chain: Sequence[x509.Certificate]) -> None:
    assert judge(chain) == ""


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        ((), "no certificate was presented"),
        ((LEAF,), f"the chain lacks its intermediate: no trusted root signed CN={HOST} (issuer CN=lower)"),
        (
            (LEAF, UPPER.certificate),
            f"the chain lacks its intermediate: no trusted root signed CN={HOST} (issuer CN=lower)",
        ),
        ((LEAF, LOWER.certificate), "no trusted root signed CN=lower (issuer CN=upper)"),
        ((LOWER.certificate, LEAF), f"the chain does not begin with its leaf: CN=lower signed CN={HOST}"),
        (
            (LOWER.certificate, UPPER.certificate, LEAF),
            f"the chain does not begin with its leaf: CN=lower signed CN={HOST}",
        ),
        ((STRANGER.issue(KEY, HOST), STRANGER.certificate), f"no trusted root signed CN={HOST} (issuer CN=stranger)"),
        ((NOT_CA.issue(KEY, HOST), NOT_CA.certificate), "CN=false may not sign certificates"),
        ((LEAF, EXPIRED_LOWER, UPPER.certificate), "CN=lower expired 2026-11-21 12:00 UTC"),
        ((self_signed(),), f"no trusted root signed CN={HOST} (issuer CN={HOST})"),
        ([LEAF] * 11, "the chain has 11 certificates, at most 10 are accepted"),
    ],
)
def test_a_chain_that_no_root_vouches_for_is_refused(chain: Sequence[x509.Certificate], words: str) -> None:
    assert judge(chain) == words


def test_a_root_that_expired_vouches_for_nobody() -> None:
    expired = ROOT.certified(ROOT, NOW - LIFETIME, LIFETIME)
    assert judge(CHAIN, roots=[expired]) == "CN=root expired 2026-11-22 12:00 UTC"


@pytest.mark.parametrize(
    ("leaf", "words"),
    [
        (LOWER.issue(KEY, HOST, begins=NOW - timedelta(days=91)), f"CN={HOST} expired 2026-11-21 12:00 UTC"),
        (
            LOWER.issue(KEY, HOST, begins=NOW + timedelta(hours=1)),
            f"CN={HOST} is not valid before 2026-11-22 13:00 UTC",
        ),
        (LOWER.issue(KEY, HOST, client_only=True), "the leaf may not be used by a TLS server"),
        (LOWER.issue(KEY, "a.example"), f"the leaf is for a.example, not {HOST}"),
        (
            LOWER.issue(KEY, *(f"{letter}.example" for letter in "gfedcba")),
            f"the leaf is for a.example, b.example, c.example, d.example, e.example and 2 more, not {HOST}",
        ),
    ],
)
def test_a_leaf_that_does_not_do_is_refused(leaf: x509.Certificate, words: str) -> None:
    assert judge((leaf, *CHAIN[1:])) == words


def test_every_fault_has_its_message() -> None:
    late = LOWER.issue(KEY, "a.example", begins=NOW - timedelta(days=91), client_only=True)
    assert judge((late,)) == (
        f"the leaf is for a.example, not {HOST}; "
        "CN=a.example expired 2026-11-21 12:00 UTC; "
        "the leaf may not be used by a TLS server; "
        "the chain lacks its intermediate: no trusted root signed CN=a.example (issuer CN=lower)"
    )


@pytest.mark.parametrize(
    ("pattern", "host", "accepted"),
    [
        ("mail.example.net", "MAIL.example.net", True),
        ("mail.example.net", "mail.example.net.", True),
        ("*.example.net", "mail.example.net", True),
        ("*.example.net", "example.net", False),
        ("*.example.net", ".example.net", False),
        ("*.example.net", "a.mail.example.net", False),
        ("*.example.net", "*.example.net", True),
        ("*", "localhost", False),
        ("ma*.example.net", "mail.example.net", False),
        ("mail.*.net", "mail.example.net", False),
        ("mail.example.net", None, True),
    ],
)
def test_a_wildcard_stands_for_one_left_most_label(pattern: str, host: str | None, accepted: bool) -> None:
    assert (judge((LOWER.issue(KEY, pattern), *CHAIN[1:]), host) == "") is accepted


def test_a_leaf_without_names_is_for_none() -> None:
    nameless = builder(LOWER.name, LOWER.name, KEY, NOW, NOW + LIFETIME).sign(LOWER.key, hashes.SHA256())
    assert judge((nameless, *CHAIN[1:])) == f"the leaf is for no name, not {HOST}"


def test_a_leaf_that_signed_itself_is_its_own_root() -> None:
    leaf = self_signed()
    assert judge((leaf,), roots=[leaf]) == ""


def test_a_leaf_that_signed_itself_expires_all_the_same() -> None:
    expired = self_signed(NOW - LIFETIME)
    assert judge((expired,), roots=[expired]) == f"CN={HOST} expired 2026-11-22 12:00 UTC"


def test_quoted_text_of_a_server_is_cleaned_and_cut() -> None:
    red = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "\x1b[31mred\n")])
    names = x509.SubjectAlternativeName([x509.DNSName("a\nb" + "x" * 1000)])
    rude = builder(red, LOWER.name, KEY, NOW, NOW + LIFETIME).add_extension(names, critical=False)

    words = judge((rude.sign(LOWER.key, hashes.SHA256()),))

    assert words.startswith("the leaf is for a?bxxx")
    assert words.isprintable()
    assert len(words) <= LONGEST_FAULT + len("...")


OTHERS = (*CHAIN[1:], ROOT.certificate, NAMESAKE.certificate, STRANGER.certificate, EXPIRED_LOWER, NOT_CA.certificate)


@SAME_EACH_TIME
@given(st.lists(st.sampled_from(OTHERS), max_size=9))
def test_whatever_follows_the_leaf_both_intermediates_among_it_are_enough(others: list[x509.Certificate]) -> None:
    enough = LOWER.certificate in others and UPPER.certificate in others
    assert (judge((LEAF, *others)) == "") is enough


@SAME_EACH_TIME
@given(st.lists(st.sampled_from((LEAF, *OTHERS)), min_size=1, max_size=9))
def test_what_passes_the_check_before_storing_passes_a_client(chain: list[x509.Certificate]) -> None:
    wanted = ChainPolicy(key_hash(chain[0]), dns_names(chain[0].extensions), ("server",), (ROOT.certificate,))
    try:
        check_chain(chain, wanted, NOW)
    except ChainError:
        return
    assert judge(chain, None) == ""


MANGLED = [certificate.public_bytes(Encoding.DER) for certificate in CHAIN]


@pytest.mark.filterwarnings("ignore")  # `cryptography` warns of serial numbers and country names that are out of line
@SAME_EACH_TIME
@given(st.data())
def test_mangled_certificates_are_a_fault_or_left_aside_and_no_crash(draw: st.DataObject) -> None:
    chain = list(MANGLED)
    for _ in range(draw.draw(st.integers(1, 3))):
        number = draw.draw(st.integers(0, len(chain) - 1))
        start = draw.draw(st.integers(0, len(chain[number]) - 1))
        junk = draw.draw(st.binary(min_size=1, max_size=3))
        chain[number] = chain[number][:start] + junk + chain[number][start + len(junk) :]

    words = presented_fault(chain, HOST, ("server",), (ROOT.certificate,), NOW)

    assert words.isprintable()
    assert (words == "") is (chain == MANGLED)


@pytest.mark.filterwarnings("ignore")
@SAME_EACH_TIME
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=12), st.integers(0, 3))
def test_junk_is_a_fault(junk: list[bytes], position: int) -> None:
    chain = [*MANGLED[:position], *junk, *MANGLED[position:]]
    words = presented_fault(chain, HOST, ("server",), (ROOT.certificate,), NOW)
    assert words.startswith("the chain has" if len(chain) > 10 else f"certificate {position + 1} of the chain is not")
