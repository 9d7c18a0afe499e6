"""Of all ways from a leaf to a root the same good one is found, however the certificates are piled up."""

import base64
import time
from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from shared.adapters.keyvault.bundles import PEM, PKCS12, BundleError, read_bundle
from shared.domain.certificates.certificate import key_hash
from shared.domain.certificates.chain import LONGEST_CHAIN, ChainError, pem
from shared.domain.certificates.chain_faults import ChainPolicy, check_chain
from shared.domain.certificates.chain_order import order_chain
from shared.domain.certificates.presented_chain import presented_fault
from shared.domain.serving.tls_secret import bundle_fault
from tests.fakes.inventory import HOST, NOW
from tests.fakes.leaves import LIFETIME, Signer

DAY = timedelta(days=1)
KEY = ec.generate_private_key(ec.SECP256R1())
KEY_TEXT = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

type Pile = tuple[x509.Certificate, ...]


def older(authority: Signer) -> x509.Certificate:
    """Return the authority's certificate by itself, as an older one than `Signer` makes."""
    return authority.certified(authority, NOW - 400 * DAY)


def expired(authority: Signer, by: Signer) -> x509.Certificate:
    return authority.certified(by, NOW - 200 * DAY, 199 * DAY)


OLD, NEW = Signer("old root"), Signer("new root")
OLD_ROOT = older(OLD)
NEW_BY_OLD = NEW.certified(OLD)
LOWER = Signer("intermediate", NEW)
LEAF = LOWER.issue(KEY.public_key(), HOST)
BY_OLD = LOWER.certified(OLD)

RENEWED = LOWER.certified(NEW, NOW - DAY, 800 * DAY)
EXPIRED = expired(LOWER, NEW)
EARLY = LOWER.certified(NEW, NOW + DAY)
LIMITED = LOWER.certified(NEW, path_length=0)
NAMESAKE = Signer("intermediate", NEW)

CROSS_SIGNED = (LEAF, LOWER.certificate, NEW.certificate, NEW_BY_OLD)
TWO_ROOTS = (LEAF, LOWER.certificate, BY_OLD)
TWINS = (LEAF, EXPIRED, RENEWED)
CIRCLE = (LEAF, LOWER.certificate, NEW_BY_OLD, OLD.certified(NEW))

KNOWN = {
    "the new root alone is trusted": (CROSS_SIGNED, (NEW.certificate,), CROSS_SIGNED[:2]),
    "the old root alone is trusted": (CROSS_SIGNED, (OLD_ROOT,), (*CROSS_SIGNED[:2], NEW_BY_OLD)),
    "both are, and more clients know the old one": (
        CROSS_SIGNED,
        (NEW.certificate, OLD_ROOT),
        (*CROSS_SIGNED[:2], NEW_BY_OLD),
    ),
    "the old root has expired": (CROSS_SIGNED, (expired(OLD, OLD), NEW.certificate), CROSS_SIGNED[:2]),
    "the old root signed for a short time": (
        (*CROSS_SIGNED[:3], NEW.certified(OLD, NOW - DAY, 20 * DAY)),
        (NEW.certificate, OLD_ROOT),
        CROSS_SIGNED[:2],
    ),
    "the cross-signature has expired": (
        (*CROSS_SIGNED[:3], expired(NEW, OLD)),
        (NEW.certificate, OLD_ROOT),
        CROSS_SIGNED[:2],
    ),
    "two roots, both trusted": (TWO_ROOTS, (NEW.certificate, OLD_ROOT), (LEAF, BY_OLD)),
    "two roots, one trusted": (TWO_ROOTS, (NEW.certificate,), (LEAF, LOWER.certificate)),
    "an expired twin": (TWINS, (NEW.certificate,), (LEAF, RENEWED)),
    "a twin that is not valid yet": ((LEAF, EARLY, RENEWED), (NEW.certificate,), (LEAF, RENEWED)),
    "a twin that ends before the leaf": (
        (LEAF, LOWER.certified(NEW, NOW - 300 * DAY, 310 * DAY), RENEWED),
        (NEW.certificate,),
        (LEAF, RENEWED),
    ),
    "a twin with another key": ((LEAF, NAMESAKE.certificate, RENEWED), (NEW.certificate,), (LEAF, RENEWED)),
    "a twin that may not sign": (
        (LEAF, LOWER.certified(NEW, signs=False), RENEWED),
        (NEW.certificate,),
        (LEAF, RENEWED),
    ),
    "two twins, the second lasts longer": ((LEAF, LOWER.certificate, RENEWED), (NEW.certificate,), CROSS_SIGNED[:2]),
    "roots that signed each other": (CIRCLE, (NEW.certificate,), CIRCLE[:2]),
    "roots that signed each other, the old one trusted": (CIRCLE, (OLD_ROOT,), CIRCLE[:3]),
    "a twin that allows no intermediate below it": (
        (LEAF, LOWER.certificate, NEW.certified(OLD, path_length=0), NEW_BY_OLD),
        (OLD_ROOT,),
        (LEAF, LOWER.certificate, NEW_BY_OLD),
    ),
    "an intermediate that allows none, and has none": ((LEAF, LIMITED), (NEW.certificate,), (LEAF, LIMITED)),
    "a trusted intermediate": (
        (LEAF, LOWER.certificate, Signer("other").certificate),
        (LOWER.certificate,),
        CROSS_SIGNED[:2],
    ),
    "the leaf twice, and another's": (
        (LEAF, LEAF, LOWER.certificate, NAMESAKE.issue(NAMESAKE.key.public_key(), HOST)),
        (NEW.certificate,),
        CROSS_SIGNED[:2],
    ),
    "an older leaf with the same key": (
        (LOWER.issue(KEY.public_key(), HOST, begins=NOW - LIFETIME - DAY), LEAF, LOWER.certificate),
        (NEW.certificate,),
        CROSS_SIGNED[:2],
    ),
}


@pytest.mark.parametrize(("pile", "roots", "chain"), KNOWN.values(), ids=KNOWN.keys())
def test_every_order_gives_the_same_chain_to_a_trusted_root(pile: Pile, roots: Pile, chain: Pile) -> None:
    check_chain(chain, ChainPolicy(key_hash(LEAF), frozenset({HOST}), ("server",), roots), NOW)
    for order in permutations(pile):
        for trusted in permutations(roots):
            assert order_chain(order, key_hash(LEAF), NOW, trusted) == chain


UNKNOWN = {
    "cross-signed": (CROSS_SIGNED, CROSS_SIGNED[:2]),
    "cross-signed, with both roots": ((*CROSS_SIGNED, OLD_ROOT), (*CROSS_SIGNED[:2], NEW_BY_OLD)),
    "cross-signed, and the root has expired": (
        (*CROSS_SIGNED[:2], expired(NEW, NEW), NEW_BY_OLD),
        (*CROSS_SIGNED[:2], NEW_BY_OLD),
    ),
    "two roots, one known": ((*TWO_ROOTS, NEW.certificate), (LEAF, LOWER.certificate)),
    "two signers, one soon gone": (
        (LEAF, LOWER.certificate, LOWER.certified(OLD, NOW - 300 * DAY, 310 * DAY)),
        (LEAF, LOWER.certificate),
    ),
    "an expired twin": (TWINS, (LEAF, RENEWED)),
    "an expired twin, and their root": ((*TWINS, NEW.certificate), (LEAF, RENEWED)),
    "a twin that is not valid yet": ((LEAF, EARLY, RENEWED), (LEAF, RENEWED)),
    "an older leaf with the same key": (
        (LOWER.issue(KEY.public_key(), HOST, begins=NOW - 30 * DAY), LEAF, LOWER.certificate),
        CROSS_SIGNED[:2],
    ),
}


@pytest.mark.parametrize(("pile", "chain"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_imported_bundle_becomes_the_chain_that_lives_longest(pile: Pile, chain: Pile) -> None:
    bundles = {read_bundle((KEY_TEXT + pem(order)).decode(), PEM, NOW) for order in permutations(pile)}
    (bundle,) = bundles
    assert bundle.chain == pem(chain)
    assert bundle_fault(bundle, NOW) is None


def test_a_pkcs12_bundle_is_no_other() -> None:
    for order in permutations(TWINS[1:]):
        content = pkcs12.serialize_key_and_certificates(b"name", KEY, LEAF, order, NoEncryption())
        assert read_bundle(base64.b64encode(content).decode(), PKCS12, NOW).chain == pem((LEAF, RENEWED))


@pytest.mark.parametrize(
    ("pile", "words"),
    [
        ((LEAF, EXPIRED), "CN=intermediate expired"),
        ((LEAF, EARLY), "CN=intermediate is not valid before"),
        ((LEAF, LOWER.certified(NEW, signs=False)), "CN=intermediate may not sign certificates"),
        ((LEAF, LOWER.certificate, NEW.certified(OLD, path_length=0)), "CN=new root allows 0 intermediates below it"),
    ],
)
def test_a_bundle_without_a_valid_way_is_not_delivered(pile: Pile, words: str) -> None:
    for order in permutations(pile):
        assert words in (bundle_fault(read_bundle((KEY_TEXT + pem(order)).decode(), PEM, NOW), NOW) or "")


def test_a_bundle_has_a_limit() -> None:
    with pytest.raises(BundleError, match="holds 11 certificates, at most 10"):
        read_bundle((KEY_TEXT + pem([LEAF] * 11)).decode(), PEM, NOW)


@pytest.mark.parametrize(
    ("pile", "roots", "words"),
    [
        ((LEAF, EXPIRED, NEW.certificate), (NEW.certificate,), f"CN=intermediate expired .* is CN={HOST} <- CN=int"),
        ((LEAF, EXPIRED, BY_OLD), (NEW.certificate,), "CN=intermediate expired"),
        (
            (LEAF, BY_OLD, NEW.certificate),
            (NEW.certificate,),
            r"no trusted root signed CN=intermediate \(issuer CN=old",
        ),
        ((LEAF, LOWER.certificate), (expired(NEW, NEW),), "CN=new root expired"),
        ((LEAF, NEW.certificate), (NEW.certificate,), rf"no trusted root signed CN={HOST} \(issuer CN=intermediate\)"),
        ((LEAF, NAMESAKE.certificate), (NEW.certificate,), f"no trusted root signed CN={HOST}"),
        ((LEAF, LOWER.certified(NEW, signs=False)), (NEW.certificate,), "CN=intermediate may not sign"),
    ],
)
def test_where_no_way_leads_to_a_root_the_nearest_is_named_with_what_it_lacks(
    pile: Pile, roots: Pile, words: str
) -> None:
    wanted = ChainPolicy(key_hash(LEAF), frozenset({HOST}), ("server",), roots)
    said = set()
    for order in permutations(pile):
        with pytest.raises(ChainError, match=words) as refusal:
            check_chain(order_chain(order, key_hash(LEAF), NOW, roots), wanted, NOW)
        said.add(str(refusal.value))
    assert len(said) == 1


@pytest.mark.parametrize("pile", [CROSS_SIGNED, TWO_ROOTS, TWINS, CIRCLE])
def test_a_client_accepts_what_a_relay_presents_in_any_order(pile: Pile) -> None:
    for others in permutations(pile[1:]):
        presented = [certificate.public_bytes(Encoding.DER) for certificate in (LEAF, *others)]
        assert presented_fault(presented, HOST, ("server",), (NEW.certificate,), NOW) == ""


def cross_signed_all_over(authorities: Sequence[Signer]) -> Pile:
    """Return ten certificates: a ring, and as many of the authorities' signatures for each other as fit."""
    pairs = [(one, two) for two in authorities for one in authorities if one is not two]
    return tuple(one.certified(two) for one, two in pairs)[: LONGEST_CHAIN - 1]


@pytest.mark.parametrize("count", [2, 3, 4, 9])
@pytest.mark.parametrize("known", [True, False])
def test_authorities_that_all_signed_each_other_take_no_time(count: int, known: bool) -> None:
    authorities = [Signer(f"authority {number}") for number in range(count)]
    leaf = authorities[0].issue(KEY.public_key(), HOST)
    far = authorities[-1]
    pile = (leaf, *cross_signed_all_over(authorities))
    begun = time.process_time()

    chain = order_chain(pile, key_hash(leaf), NOW, (far.certificate,) if known else ())

    assert time.process_time() - begun < 1
    assert chain[0] == leaf
    assert chain == order_chain(pile[::-1], key_hash(leaf), NOW, (far.certificate,) if known else ())


def test_ten_namesakes_with_one_key_take_no_time() -> None:
    authority = Signer("authority", OLD)
    leaf = authority.issue(KEY.public_key(), HOST)
    pile = (leaf, *(authority.certified(authority, NOW - number * DAY) for number in range(9)))
    begun = time.process_time()

    assert order_chain(pile, key_hash(leaf), NOW, (OLD_ROOT,)) == order_chain(
        pile[::-1], key_hash(leaf), NOW, (OLD_ROOT,)
    )

    assert time.process_time() - begun < 1
