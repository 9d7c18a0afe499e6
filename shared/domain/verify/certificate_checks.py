"""Judge the certificate that a server presented, as a client does: its name, its chain to a root, its dates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import NameOID

from shared.domain.certificates.certificate import dns_names, leaf_of, thumbprint
from shared.domain.certificates.chain import ChainError, issued_by
from shared.domain.certificates.chain_faults import SLOW_CLOCK, date_faults, path_faults, use_faults
from shared.domain.certificates.chain_order import Way, best_way
from shared.domain.certificates.presented_chain import name_faults, presented_fault, read_presented
from shared.domain.checks import Check, CheckStatus
from shared.domain.object_ref import ObjectRef
from shared.domain.verify.answers import Handshake, HandshakeAnswer, Trouble
from shared.domain.verify.session_checks import REMEDIES
from shared.text import counted, printable_line

CertificateReason = Literal[
    "CertificateRead",
    "CertificateUnreadable",
    "WeakKey",
    "NameInCertificate",
    "NameNotInCertificate",
    "NoNameToCompare",
    "ChainTrusted",
    "ExtraCertificates",
    "OutOfOrder",
    "SelfSigned",
    "IssuerMissing",
    "RootNotTrusted",
    "ChainFaulty",
    "ValidLongEnough",
    "ExpiresSoon",
    "Expired",
    "NotYetValid",
    "SameCertificate",
    "OtherCertificate",
    "NameServed",
    "NameNotServed",
    "SniNeeded",
    "SniRefused",
    "NotAnswered",
]

LONGEST_WARNING = timedelta(days=21)
"""Before the end of a certificate. One of 90 days is renewed after 60: then its renewal is nine days late."""

SHORTEST_RSA = 2048
"""Bits that clients accept (CA/Browser Forum, Baseline Requirements, section 6.1.5)."""

MOST_NAMES = 3
"""Of a certificate that a line of text shows."""

LONGEST_NAME = 60

NO_SNI, WRONG_SNI = "without-sni", "wrong-sni"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What clients expect: a certificate for `name` (None: none is known) with a chain to one of `roots` at a time.

    `warn_within` is how long before its end a certificate is reported; None: LONGEST_WARNING, or a quarter of a shorter
    certificate's lifetime. `roots_from` names the roots in a sentence.
    """

    name: str | None
    at: datetime
    roots: tuple[x509.Certificate, ...] = field(repr=False)
    roots_from: str = "this machine"
    warn_within: timedelta | None = None

    def fault(self, handshake: Handshake, name: str | None) -> str:
        """Say what a client that asked for a name objects to; empty if nothing."""
        return presented_fault(handshake.chain, name, ("server",), self.roots, self.at)


def certificate_checks(about: ObjectRef, handshake: Handshake, expected: Expectation) -> Iterator[Check]:
    """Judge a chain as presented: certificate, name, chain, expiry."""
    reason: CertificateReason
    try:
        leaf, others = read_presented(handshake.chain)
    except ChainError as error:
        reason = "CertificateUnreadable"
        yield Check("certificate", about, "failed", reason, printable_line(str(error), 200))
        return
    way = best_way(leaf, others, expected.roots, expected.at)
    yield leaf_check(about, leaf)
    yield name_check(about, leaf, expected.name)
    yield chain_check(about, leaf, others, way, expected)
    yield expiry_check(about, way.chain, expected)


def leaf_check(about: ObjectRef, leaf: x509.Certificate) -> Check:
    reason: CertificateReason
    read = leaf_of(leaf)
    message = f"{read.key} by {short(leaf.issuer)}, SHA-256 {read.thumbprint[:12]}"
    kind, _, bits = read.key.partition("-")
    if kind == "rsa" and int(bits) < SHORTEST_RSA:
        reason = "WeakKey"
        remedy = f"Clients refuse RSA keys of fewer than {SHORTEST_RSA} bits: have it issued for a new key."
        return Check("certificate", about, "failed", reason, message, remedy)
    reason = "CertificateRead"
    return Check("certificate", about, "ok", reason, message)


def name_check(about: ObjectRef, leaf: x509.Certificate, name: str | None) -> Check:
    reason: CertificateReason
    names = sorted(dns_names(leaf.extensions))
    if name is None:
        reason = "NoNameToCompare"
        message = f"no name was given to compare; it is for {listed(names)}"
        return Check("name", about, "warning", reason, message, "Say which name clients use: --sni NAME.")
    if name_faults(leaf, name):
        reason = "NameNotInCertificate"
        message = f"it is for {listed(names)}, not for {name}"
        remedy = "Clients that verify the name refuse it. Is it the name that they use? Else have it issued for it."
        return Check("name", about, "failed", reason, message, remedy)
    reason = "NameInCertificate"
    others = [each for each in names if each != name]
    return Check("name", about, "ok", reason, f"{name}{f'; also {listed(others)}' if others else ''}")


def listed(names: Sequence[str]) -> str:
    shown = ", ".join(printable_line(each, LONGEST_NAME) for each in names[:MOST_NAMES]) or "no name"
    return f"{shown} and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else shown


def chain_check(
    about: ObjectRef, leaf: x509.Certificate, others: Sequence[x509.Certificate], way: Way, expected: Expectation
) -> Check:
    """Judge the chain that a client builds from what was presented, and whether more or less was than it takes."""
    status: CheckStatus = "failed"
    reason, message, remedy = chain_fault(leaf, others, way, expected) or ("ChainTrusted", "", "")
    if reason == "ChainTrusted":
        status = "ok"
        message = " <- ".join(map(holder, dict.fromkeys([*way.chain, way.top])))
        useless = [each for each in others if each == leaf or not signs_any(each, (leaf, *others))]
        if useless:
            status, reason = "warning", "ExtraCertificates"
            message = (
                f"{message}; beside it {', '.join(short(each.subject) for each in useless)}, which signed none of it"
            )
            remedy = "Take it out of the file: it makes every handshake longer, and some clients refuse it."
        elif [each for each in (leaf, *others) if each in way.chain] != list(way.chain):
            status, reason = "warning", "OutOfOrder"
            message = f"{message}; not presented in this order"
            remedy = "Put the leaf first, and after each certificate the one that signed it (RFC 5246, section 7.4.2)."
    return Check("chain", about, status, reason, printable_line(message, 400), remedy)


def signs_any(issuer: x509.Certificate, chain: Sequence[x509.Certificate]) -> bool:
    return any(each != issuer and issued_by(each, issuer) for each in chain)


def chain_fault(
    leaf: x509.Certificate, others: Sequence[x509.Certificate], way: Way, expected: Expectation
) -> tuple[CertificateReason, str, str] | None:
    """Return reason, sentence and remedy of the worst fault; None where a client takes the chain."""
    private = "For a private authority name the file of its root: --roots FILE."
    faults = [
        *use_faults(leaf, ("server",)),
        *path_faults(way.chain, expected.roots, expected.at),
        *date_faults(way.chain[1:], expected.at),
    ]
    if [each for each in others if each != leaf and issued_by(each, leaf)]:
        faults.append("the first certificate is not the leaf")
    if not faults:
        return None
    if not way.trusted and issued_by(leaf, leaf):
        return "SelfSigned", "it signed itself, and no client has a reason to trust it", f"Have it issued. {private}"
    if not any(issued_by(leaf, each) for each in (*others, *expected.roots)):
        message = f"{short(leaf.issuer)} signed it, and is neither presented nor a root of {expected.roots_from}"
        remedy = f"Serve the whole chain: the leaf, then its intermediates (fullchain.pem). {private}"
        return "IssuerMissing", message, remedy
    if not way.trusted and len(faults) == 1:
        top = short(way.top.subject if issued_by(way.top, way.top) else way.top.issuer)
        message = f"it ends at {top}, which is no root of {expected.roots_from}"
        return "RootNotTrusted", message, f"Serve every intermediate. {private}"
    return "ChainFaulty", "; ".join(faults), "Serve the chain that the authority gave with the certificate."


def expiry_check(about: ObjectRef, chain: Sequence[x509.Certificate], expected: Expectation) -> Check:
    """Judge the dates of the leaf, and of an intermediate that ends before it."""
    reason: CertificateReason
    leaf, at = chain[0], expected.at
    remedy = "Renew it, and have the server load it."
    if at >= leaf.not_valid_after_utc:
        reason = "Expired"
        message = f"expired {moment(leaf.not_valid_after_utc)}, {lasting(at - leaf.not_valid_after_utc)} ago"
        return Check("expiry", about, "failed", reason, message, remedy)
    if at + SLOW_CLOCK < leaf.not_valid_before_utc:
        reason = "NotYetValid"
        message = f"not valid before {moment(leaf.not_valid_before_utc)}"
        return Check("expiry", about, "failed", reason, message, "Compare the clock of this machine with the issuer's.")
    alive = [each for each in chain if at < each.not_valid_after_utc]
    first = min(alive, key=lambda each: each.not_valid_after_utc)
    left = first.not_valid_after_utc - at
    whose = "" if first == leaf else f"its issuer {short(first.subject)}: "
    message = f"{whose}{moment(first.not_valid_after_utc)}, in {lasting(left)}"
    lifetime = first.not_valid_after_utc - first.not_valid_before_utc
    within = expected.warn_within if expected.warn_within is not None else min(LONGEST_WARNING, lifetime / 4)
    if left < within:
        reason = "ExpiresSoon"
        return Check("expiry", about, "warning", reason, f"{message}, within {lasting(within)}", remedy)
    reason = "ValidLongEnough"
    return Check("expiry", about, "ok", reason, message)


def further_name_check(
    about: ObjectRef, name: str, answer: HandshakeAnswer, first: Handshake, expected: Expectation
) -> Check:
    """Judge what is served for one more name."""
    if isinstance(answer, Trouble):
        return not_answered("sni", about, answer)
    reason: CertificateReason
    if fault := expected.fault(answer, name):
        reason = "NameNotServed"
        remedy = "Have the certificate issued for this name too, or let the server choose another by SNI."
        return Check("sni", about, "failed", reason, f"{name}: {fault}", remedy)
    reason = "NameServed"
    return Check("sni", about, "ok", reason, f"{name}: {compared(answer, first)}, valid for it")


def without_sni_check(about: ObjectRef, answer: HandshakeAnswer, first: Handshake, expected: Expectation) -> Check:
    """Judge what a client gets that names no server, as many mail servers do when they deliver."""
    reason: CertificateReason
    if isinstance(answer, Trouble):
        if answer.stage != "handshake" or answer.inconclusive:
            return not_answered(NO_SNI, about, answer)
        reason = "SniNeeded"
        remedy = "Many mail servers and old clients send no SNI: give the server a default certificate."
        return Check(NO_SNI, about, "warning", reason, f"no session without SNI: {answer.message}", remedy)
    if not (fault := expected.fault(answer, expected.name)) or answer.chain[:1] == first.chain[:1]:
        reason = "SameCertificate" if answer.chain[:1] == first.chain[:1] else "OtherCertificate"
        return Check(NO_SNI, about, "ok", reason, compared(answer, first))
    reason = "OtherCertificate"
    remedy = "Many mail servers and old clients send no SNI: make this name's certificate the default one."
    return Check(NO_SNI, about, "warning", reason, f"{compared(answer, first)}: {fault}", remedy)


def wrong_sni_check(about: ObjectRef, answer: HandshakeAnswer, first: Handshake) -> Check:
    """Say what a client gets that asks for a name that the server cannot know: both answers are usual (RFC 6066,
    section 3)."""
    reason: CertificateReason
    if isinstance(answer, Handshake):
        reason = "SameCertificate" if answer.chain[:1] == first.chain[:1] else "OtherCertificate"
        return Check(WRONG_SNI, about, "ok", reason, compared(answer, first))
    if answer.stage != "handshake" or answer.inconclusive:
        return not_answered(WRONG_SNI, about, answer)
    reason = "SniRefused"
    return Check(WRONG_SNI, about, "ok", reason, f"refused: {answer.message}")


def not_answered(name: str, about: ObjectRef, trouble: Trouble) -> Check:
    reason: CertificateReason = "NotAnswered"
    status: CheckStatus = "unknown" if trouble.inconclusive else "failed"
    return Check(name, about, status, reason, trouble.message, REMEDIES.get(trouble.reason, ""))


def compared(answer: Handshake, first: Handshake) -> str:
    if answer.chain[:1] == first.chain[:1]:
        return "the same certificate"
    return f"another certificate, SHA-256 {thumbprint(answer.chain[0])[:12]}"


def short(name: x509.Name) -> str:
    """Return a name as people call it: its common name, or else the organization, or else all of it."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        if found := name.get_attributes_for_oid(kind):
            return printable_line(str(found[0].value), LONGEST_NAME)
    return printable_line(name.rfc4514_string() or "a nameless authority", LONGEST_NAME)


def holder(certificate: x509.Certificate) -> str:
    """Return whose certificate it is; the leaf of some authorities has an empty subject, and DNS names alone."""
    names = sorted(dns_names(certificate.extensions)) if not certificate.subject.rdns else []
    return printable_line(names[0], LONGEST_NAME) if names else short(certificate.subject)


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def lasting(span: timedelta) -> str:
    """Return a length of time in whole days, or in hours where it is less than two days."""
    return (
        counted(span.days, "day") if span >= timedelta(days=2) else counted(round(span.total_seconds() / 3600), "hour")
    )
