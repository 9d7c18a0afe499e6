"""The verdicts of `verify` as JSON for programs; docs/verify.md has the shape."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography import x509

from relaykeeper.verify.report import Report
from shared.domain.certificates.certificate import leaf_of
from shared.domain.certificates.chain import UNREADABLE
from shared.domain.verify.answers import Answers, Handshake, Offer
from shared.domain.verify.session_checks import software
from shared.domain.verify.verdicts import AddressVerdicts, Verdict, count


def as_json(report: Report) -> str:
    target = report.target
    document = {
        "host": target.host,
        "port": target.port,
        "tls_first": target.implicit,
        "name": target.name,
        "roots": report.roots_from,
        "at": timestamp(report.at),
        "seconds": round(report.seconds, 3),
        "addresses": [address_fields(each) for each in report.addresses],
        "addresses_left_out": report.left_out,
        "not_asked": list(report.not_asked),
        "failure": report.failure,
        "timed_out": report.timed_out,
        "summary": count(report.addresses),
        "exit_code": int(report.exit_code),
    }
    return json.dumps(document, indent=2)


def address_fields(address: AddressVerdicts) -> Mapping[str, Any]:
    answers = address.answers
    return {
        "address": address.address,
        "greeting": answers.session.greeting,
        "software": software(answers.session.greeting),
        "capabilities": {
            "clear": extensions(answers.session.in_clear),
            "tls": extensions(answers.session.in_tls),
        },
        "tls": tls_fields(answers),
        "chain": [certificate_fields(der) for der in chain_of(answers.session.handshake)],
        "checks": [verdict_fields(each) for each in address.verdicts],
    }


def extensions(offer: Offer | None) -> list[str] | None:
    return None if offer is None else list(offer.extensions)


def tls_fields(answers: Answers) -> Mapping[str, Any] | None:
    """Return what was agreed on in the first session, and how each version was answered; None without TLS."""
    handshake = answers.session.handshake
    if handshake is None and not answers.versions:
        return None
    return {
        "version": handshake and handshake.version,
        "cipher": handshake and handshake.cipher,
        "group": handshake and handshake.group,
        "versions": dict(answers.versions),
    }


def chain_of(handshake: Handshake | None) -> tuple[bytes, ...]:
    return () if handshake is None else handshake.chain


def certificate_fields(der: bytes) -> Mapping[str, Any] | None:
    """Return what a presented certificate says; None for what cannot be read."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        leaf = leaf_of(certificate)
        return {
            "subject": certificate.subject.rfc4514_string(),
            "issuer": certificate.issuer.rfc4514_string(),
            "names": sorted(leaf.names),
            "key": leaf.key,
            "serial": leaf.serial,
            "sha256": leaf.thumbprint,
            "not_before": timestamp(leaf.not_before),
            "not_after": timestamp(leaf.not_after),
        }
    except UNREADABLE:
        return None


def verdict_fields(verdict: Verdict) -> Mapping[str, str]:
    check = verdict.check
    return {
        "name": check.name,
        "server_name": verdict.server_name,
        "status": check.status,
        "reason": check.reason,
        "message": check.message,
        "remedy": check.remedy,
    }


def timestamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
