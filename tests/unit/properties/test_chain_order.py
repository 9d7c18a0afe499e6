"""However a chain is handed over, it comes out the same, and right or refused."""

from collections.abc import Sequence
from contextlib import nullcontext, suppress
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.certificates.certificate import key_hash
from shared.domain.certificates.chain import ChainError, issued_by, pem, read_chain
from shared.domain.certificates.chain_faults import ChainPolicy, check_chain, date_faults, path_faults
from shared.domain.certificates.chain_order import order_chain
from tests.fakes.inventory import HOST, NOW
from tests.fakes.leaves import LIFETIME, Signer, builder
from tests.unit.properties.strategies import SAME_EACH_TIME

type Chain = tuple[x509.Certificate, ...]

KEY, OTHER_KEY = (ec.generate_private_key(ec.SECP256R1()).public_key() for _ in range(2))
ROOT = Signer("root")
UPPER = Signer("upper", ROOT)
LOWER = Signer("lower", UPPER)
NAMESAKE = Signer("lower", UPPER)
STRANGER = Signer("stranger")
LEAF = LOWER.issue(KEY, HOST)
CHAIN = (LEAF, LOWER.certificate, UPPER.certificate)
OTHERS = (
    ROOT.certificate,
    NAMESAKE.certificate,
    STRANGER.certificate,
    NAMESAKE.issue(OTHER_KEY, HOST),
    STRANGER.issue(OTHER_KEY, HOST),
)
WANTED = ChainPolicy(key_hash(LEAF), frozenset({HOST}), ("server",), (ROOT.certificate,))

EAST = Signer("east")
WEST = Signer("west", EAST)
EAST_BY_WEST = builder(EAST.name, WEST.name, EAST.key.public_key(), NOW, NOW + LIFETIME).sign(WEST.key, hashes.SHA256())
CIRCLE = (EAST.issue(KEY, HOST), EAST_BY_WEST, WEST.certificate)
"""Two authorities that signed each other, as cross-signing may leave them."""

RINGS = [Signer(f"ring {number}") for number in range(3)]
RING = tuple(
    one.certified(two, begins, timedelta(days=200), path_length=length)
    for one in RINGS
    for two in RINGS
    for begins in (NOW - timedelta(days=1), NOW - timedelta(days=300))
    for length in (None, 0)
)
"""Three authorities that signed themselves and each other, twice now and twice in the past."""

RING_LEAF = RINGS[0].issue(KEY, HOST)

piles = st.lists(st.sampled_from((*CHAIN, *OTHERS)), max_size=10) | st.permutations(CHAIN)
extras = st.lists(st.sampled_from((*CHAIN, *OTHERS)), max_size=6)


@SAME_EACH_TIME
@given(extras.flatmap(lambda extra: st.permutations([*CHAIN, *extra])))
def test_a_whole_chain_comes_out_whole_whatever_is_around_it(pile: Sequence[x509.Certificate]) -> None:
    ordered = order_chain(pile, key_hash(LEAF), NOW)

    assert ordered == CHAIN
    check_chain(ordered, WANTED, NOW)


@SAME_EACH_TIME
@given(piles)
def test_what_comes_out_begins_with_the_leaf_and_each_signs_the_one_before(pile: Sequence[x509.Certificate]) -> None:
    if LEAF not in pile:
        with pytest.raises(ChainError):
            order_chain(pile, key_hash(LEAF), NOW)
        return

    ordered = order_chain(pile, key_hash(LEAF), NOW)

    assert ordered[0] == LEAF
    assert set(ordered) <= set(pile)
    assert len(set(ordered)) == len(ordered)
    assert ROOT.certificate not in ordered
    assert all(issued_by(one, other) for one, other in pairwise(ordered))
    assert order_chain(ordered, key_hash(LEAF), NOW) == ordered


@SAME_EACH_TIME
@given(piles.filter(bool))
def test_only_the_one_right_chain_passes_the_check(pile: Sequence[x509.Certificate]) -> None:
    passes = tuple(pile) in (CHAIN, (*CHAIN, ROOT.certificate))
    with nullcontext() if passes else pytest.raises(ChainError):
        check_chain(pile, WANTED, NOW)


@SAME_EACH_TIME
@given(piles.filter(bool))
def test_what_is_laid_out_is_read_back(pile: Sequence[x509.Certificate]) -> None:
    assert read_chain(pem(pile)) == tuple(pile)


@SAME_EACH_TIME
@given(st.permutations(CIRCLE))
def test_authorities_that_signed_each_other_are_each_taken_once(pile: Sequence[x509.Certificate]) -> None:
    assert order_chain(pile, key_hash(CIRCLE[0]), NOW) == CIRCLE


def any_way(chain: Chain, pile: Sequence[x509.Certificate], roots: Chain) -> bool:
    """Try every way upwards, one after the other: slow and plain."""
    if not path_faults(chain, roots, NOW) and not date_faults(chain[1:], NOW):
        return True
    above = [one for one in pile if one not in chain and issued_by(chain[-1], one)]
    return any(any_way((*chain, one), pile, roots) for one in above)


@SAME_EACH_TIME
@given(
    st.lists(st.sampled_from(RING), max_size=7), st.sets(st.sampled_from(RING), min_size=1, max_size=3), st.randoms()
)
def test_a_way_to_a_root_is_found_where_there_is_one_in_any_order(
    pile: list[x509.Certificate], roots: set[x509.Certificate], randomly: Random
) -> None:
    trusted = tuple(sorted(roots, key=lambda root: root.serial_number))
    found = order_chain([RING_LEAF, *pile], key_hash(RING_LEAF), NOW, trusted)
    accepted = not path_faults(found, trusted, NOW) and not date_faults(found[1:], NOW)

    assert accepted is any_way((RING_LEAF,), pile, trusted)
    randomly.shuffle(pile)
    assert order_chain([*pile, RING_LEAF], key_hash(RING_LEAF), NOW, trusted[::-1]) == found


@SAME_EACH_TIME
@given(st.binary(max_size=400), st.integers(0, 3000), st.integers(0, 3000))
def test_junk_in_a_chain_is_refused_or_passed_over_and_no_crash(junk: bytes, start: int, end: int) -> None:
    whole = pem(CHAIN)
    found: tuple[x509.Certificate, ...] = ()
    with suppress(ChainError):
        found = read_chain(whole[:start] + junk + whole[end:])
    assert set(found) <= set(CHAIN)
