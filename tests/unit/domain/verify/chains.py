"""Chains that a server may present, from one root."""

from collections.abc import Sequence
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from shared.domain.object_ref import ObjectRef
from shared.domain.verify.answers import Handshake
from shared.domain.verify.certificate_checks import Expectation
from tests.fakes.inventory import NOW
from tests.fakes.leaves import LIFETIME, Signer

NAME = "mail.example.net"
ABOUT = ObjectRef("relay", NAME)
KEY = ec.generate_private_key(ec.SECP256R1())
ROOT = Signer("Root X")
INTERMEDIATE = Signer("Intermediate 1", ROOT)
EXPECTED = Expectation(NAME, NOW, (ROOT.certificate,))


def leaf(*names: str, age: timedelta = timedelta(hours=1), lifetime: timedelta = LIFETIME) -> x509.Certificate:
    """Return a leaf of the intermediate, issued `age` before NOW."""
    return INTERMEDIATE.issue(KEY.public_key(), *(names or (NAME,)), begins=NOW - age, lifetime=lifetime)


def presented(*chain: x509.Certificate) -> Handshake:
    return Handshake("1.3", "TLS_AES_256_GCM_SHA384", "X25519", der(chain))


def der(chain: Sequence[x509.Certificate]) -> tuple[bytes, ...]:
    return tuple(each.public_bytes(Encoding.DER) for each in chain)
