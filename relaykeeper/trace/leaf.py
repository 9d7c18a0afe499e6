"""The leaf that a server presents, for `trace`: one handshake, and what the leaf says of itself."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from cryptography import x509

from relaykeeper.failures import NotReached
from relaykeeper.verify.run import unresolved
from relaykeeper.verify.target import Target
from shared.adapters.smtp.connect import MOST_ADDRESSES
from shared.adapters.smtp.probe import SmtpProber
from shared.adapters.smtp.reach import Later
from shared.domain.certificates.certificate import Leaf, leaf_of
from shared.domain.certificates.chain import UNREADABLE, subject_name, why_unreadable
from shared.domain.certificates.presented_chain import presented_fault
from shared.domain.serving.probe import Probe, ProbeResult
from shared.errors import PermanentError, TransientError
from shared.text import printable_line

SECONDS = 20.0
"""For the look-up of the name, and for the handshake with one address, all tries included."""

MORE = "For more: relaykeeper verify {}"


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
    """Make one handshake, with the first address that takes a connection.

    Raises NotReached if none does, TransientError if there is no handshake, PermanentError for a leaf that cannot be
    read.
    """
    name = sni or target.name
    result = first_answer(target, name)
    if not result.chain:
        raise TransientError(f"cannot see the certificate of {target}: {result.failure}. {MORE.format(target)}")
    leaf, issuer = read_leaf(target, result)
    fault = presented_fault(result.chain, name, ("server",), roots, at)
    return SeenLeaf(str(target), name, at, leaf, issuer, fault)


def first_answer(target: Target, name: str | None) -> ProbeResult:
    """Return what the first address said that took a connection. Raises NotReached."""
    prober, failures = SmtpProber(), []
    for address in addresses_of(target)[:MOST_ADDRESSES]:
        [result] = prober.probe([Probe(address, address, target.port, name, target.implicit, seconds=SECONDS)])
        if result.connected:
            return result
        failures.append(result.failure if address == target.host else f"{result.failure} at {address}")
    raise NotReached(f"cannot see the certificate of {target}: {'; '.join(failures)}. {MORE.format(target)}")


def addresses_of(target: Target) -> Sequence[str]:
    """Resolve the host as every program on this machine does, with /etc/hosts. Raises NotReached."""
    try:
        look_up = partial(socket.getaddrinfo, target.host, target.port, type=socket.SOCK_STREAM)
        found = Later(look_up).get(SECONDS)
    except (socket.gaierror, UnicodeError) as error:
        raise NotReached(f"cannot see the certificate of {target}: {unresolved(target.host, error)}") from None
    except TimeoutError:
        raise NotReached(
            f"cannot see the certificate of {target}: {target.host} does not resolve within {SECONDS:g} s. Check this "
            "machine's network and resolver."
        ) from None
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def read_leaf(target: Target, result: ProbeResult) -> tuple[Leaf, str]:
    try:
        certificate = x509.load_der_x509_certificate(result.chain[0])
        return leaf_of(certificate), printable_line(certificate.issuer.rfc4514_string()) or subject_name(certificate)
    except UNREADABLE as error:
        raise PermanentError(
            f"cannot read the certificate of {target}: {printable_line(why_unreadable(error))}"
        ) from None
