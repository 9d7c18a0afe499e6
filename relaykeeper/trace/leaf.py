"""The leaf that a server presents, for `trace`: one handshake, and what the leaf says of itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from relaykeeper.verify.target import Target
from shared.adapters.smtp.probe import SmtpProber
from shared.domain.certificates.certificate import Leaf, leaf_of
from shared.domain.certificates.chain import UNREADABLE, subject_name, why_unreadable
from shared.domain.certificates.presented_chain import presented_fault
from shared.domain.serving.probe import Probe, ProbeResult
from shared.errors import PermanentError, TransientError
from shared.text import printable_line

SECONDS = 20.0
"""For the handshake, all tries included."""


@dataclass(frozen=True, slots=True)
class SeenLeaf:
    """What `server` (HOST:PORT) presented at `at` to a client that asked for `name`; None: it asked for none.

    `issuer` is the name of who signed it. `chain_fault` is what a client objects to, empty if it accepts the chain.
    """

    server: str
    name: str | None
    at: datetime
    leaf: Leaf
    issuer: str
    chain_fault: str


def see_leaf(target: Target, sni: str | None, roots: Sequence[x509.Certificate], at: datetime) -> SeenLeaf:
    """Make one handshake. Raises TransientError if there is none, PermanentError for a leaf that cannot be read."""
    name = sni or target.name
    probe = Probe(target.host, target.host, target.port, name, implicit=target.implicit, seconds=SECONDS)
    [result] = SmtpProber().probe([probe])
    if not result.chain:
        raise TransientError(f"cannot see the certificate of {target}: {result.failure}")
    return SeenLeaf(str(target), name, at, *read_leaf(target, result), chain_fault(result, name, roots, at))


def read_leaf(target: Target, result: ProbeResult) -> tuple[Leaf, str]:
    try:
        certificate = x509.load_der_x509_certificate(result.chain[0])
        return leaf_of(certificate), printable_line(certificate.issuer.rfc4514_string()) or subject_name(certificate)
    except UNREADABLE as error:
        raise PermanentError(
            f"cannot read the certificate of {target}: {printable_line(why_unreadable(error))}"
        ) from None


def chain_fault(result: ProbeResult, name: str | None, roots: Sequence[x509.Certificate], at: datetime) -> str:
    return presented_fault(result.chain, name, ("server",), roots, at)
