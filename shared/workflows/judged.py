"""Judge what relays present as their clients would."""

from collections.abc import Iterable
from dataclasses import replace

from cryptography import x509

from shared.domain.certificates import Stored
from shared.domain.chain import UNREADABLE
from shared.domain.marks import issuer_mark
from shared.domain.places import Answer
from shared.domain.presented import fault
from shared.inventory import Certificate
from shared.ports import Ports


def judged(certificate: Certificate, wanted: Stored, answers: Iterable[Answer], ports: Ports) -> tuple[Answer, ...]:
    """Judge each presented chain as a client that trusts the issuer's roots.

    Whoever imported a version that we did not issue answers for where its chain ends.
    """
    issuer, now = ports.inventory.issuers.get(issuer_mark(wanted) or ""), ports.clock.now()
    roots = ports.trust.roots(issuer) if issuer is not None else ()
    return tuple(
        replace(a, fault=fault(a.chain, a.question.sni, certificate.uses, roots or last_of(a.chain), now))
        if a.thumbprint == wanted.leaf.thumbprint
        else a
        for a in answers
    )


def last_of(chain: tuple[bytes, ...]) -> tuple[x509.Certificate, ...]:
    """Return where the chain ends; nothing if that cannot be read."""
    try:
        return tuple(x509.load_der_x509_certificate(der) for der in chain[-1:])
    except UNREADABLE:
        return ()
