"""What a Secret may be given."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.domain.certificates.certificate import Bundle, leaf_of
from shared.domain.certificates.chain import pem
from shared.domain.serving.place_observation import FieldOwner, SecretSnapshot
from shared.domain.serving.tls_secret import LARGEST_SECRET, SecretApply, bundle_fault, size_fault, type_fault
from tests.fakes.inventory import HOST, NOW
from tests.fakes.leaves import Signer

ROOT = Signer("Root")
INTERMEDIATE = Signer("Intermediate", ROOT)
KEY, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
LEAF = INTERMEDIATE.issue(KEY.public_key(), HOST)
CHAIN = pem([LEAF, INTERMEDIATE.certificate])


def key_text(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def bundle(chain: bytes = CHAIN, key: bytes | None = None) -> Bundle:
    return Bundle(leaf_of(LEAF), key_text(KEY) if key is None else key, chain)


def test_a_key_with_its_chain_in_order_may_be_given() -> None:
    assert bundle_fault(bundle(), NOW) is None


def test_a_leaf_alone_may_be_given() -> None:
    assert bundle_fault(bundle(pem([LEAF])), NOW) is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (bundle(key=key_text(OTHER)), "its key is not that of the first certificate"),
        (bundle(pem([INTERMEDIATE.certificate, LEAF])), "its key is not that of the first certificate"),
        (bundle(pem([LEAF, Signer("Stranger").certificate])), "each certificate signed by the next"),
        (bundle(pem([LEAF, INTERMEDIATE.certificate, ROOT.certificate])), "without root"),
        (bundle(key=b"no key"), "its key cannot be read"),
        (bundle(key=key_text(KEY)[:60]), "its key cannot be read"),
        (bundle(b"no chain"), "not PEM certificates"),
        (bundle(b""), "not PEM certificates"),
    ],
)
def test_what_no_server_can_serve_is_said(given: Bundle, words: str) -> None:
    assert words in (bundle_fault(given, NOW) or "")


def test_what_no_client_accepts_is_said() -> None:
    assert f"CN={HOST} expired" in (bundle_fault(bundle(), LEAF.not_valid_after_utc) or "")
    early = LEAF.not_valid_before_utc - timedelta(hours=1)
    assert f"CN={HOST} is not valid before" in (bundle_fault(bundle(), early) or "")


def test_a_version_without_a_wanted_name_may_be_given() -> None:
    other = INTERMEDIATE.issue(KEY.public_key(), "other.example.net")
    assert bundle_fault(bundle(pem([other, INTERMEDIATE.certificate])), NOW) is None


def test_a_secret_holds_a_mebibyte() -> None:
    assert size_fault({"a": bytes(LARGEST_SECRET - 1), "b": b"x"}) is None
    fault = size_fault({"a": bytes(LARGEST_SECRET), "b": b"x"}) or ""
    assert "its 2 files have 1,048,577 bytes, and a Secret holds at most 1,048,576" in fault


US, FLUX = FieldOwner("relaykeeper/certificate.a", True), FieldOwner("kustomize-controller", True)


def fault_in(kind: str, owner: FieldOwner, *files: str) -> str | None:
    """Judge a part with these files, to be put into a Secret of this type whose pair has this owner."""
    pair = ("tls.crt", "tls.key")
    part = SecretApply("mailrelay", "relay-tls", kind, dict.fromkeys(files, b""), {}, "relaykeeper/certificate.a", "7")
    return type_fault(
        part, SecretSnapshot("7", kind, False, {}, dict.fromkeys(pair, ""), dict.fromkeys(pair, (owner,)), ())
    )


def test_a_type_that_asks_for_a_pair_is_kept_in_mind() -> None:
    assert "asks for tls.crt and tls.key" in (fault_in("kubernetes.io/tls", US, "a.pem") or "")
    assert fault_in("kubernetes.io/tls", US, "tls.crt", "tls.key") is None
    assert fault_in("kubernetes.io/tls", FLUX, "a.pem") is None
    assert fault_in("Opaque", US, "a.pem") is None
