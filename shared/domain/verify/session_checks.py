"""Judge what a mail server said in its session: greeting, STARTTLS, capabilities, TLS versions, key exchange."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from shared.domain.checks import Check, CheckStatus
from shared.domain.object_ref import ObjectRef
from shared.domain.verify.answers import (
    VERSIONS,
    Handshake,
    Offer,
    Session,
    Stage,
    TlsVersion,
    Trouble,
    TroubleReason,
    VersionAnswer,
)
from shared.text import printable_line

SessionReason = Literal[
    "Greeted",
    "StartTlsOffered",
    "StartTlsOfferedAgain",
    "StartTlsNotOffered",
    "CapabilitiesRead",
    "NoLoginInClear",
    "AuthOfferedInClear",
    "OnlyModernTls",
    "OldTlsAccepted",
    "OldTlsNotAsked",
    "NoModernTls",
    "TlsVersionsUnknown",
    "ForwardSecrecy",
    "NoForwardSecrecy",
]

CHECK_NAMES: Mapping[Stage, str] = {
    "connect": "connect",
    "greeting": "greeting",
    "starttls": "starttls",
    "handshake": "handshake",
    "in-tls": "capabilities",
}
"""Which check a session's trouble is the answer to."""

REMEDIES: Mapping[TroubleReason, str] = {
    "ConnectionRefused": "Nothing listens on that port there, or a firewall refuses it. Mail servers listen on 25, "
    "and for clients on 587 and 465.",
    "ConnectionTimedOut": "A firewall drops it, or the host is down.",
    "NoIpv6Route": "This machine has no IPv6. Run it on one that has, to examine this address too.",
    "ConnectionFailed": "Check this machine's network and routes.",
    "NotGreeted": "See the server's log. Is this the port of a mail server?",
    "TlsComesFirst": "This looks like a port where TLS comes first: add --tls.",
    "TlsDoesNotComeFirst": "This looks like a port that is greeted in clear: omit --tls, and at port 465 add "
    "--starttls smtp.",
    "ServerBusy": "Run it again in a minute: the server limits its sessions.",
    "TurnedAway": "The server refuses this machine's address, or what it said in EHLO: try --helo with a name that "
    "resolves to this machine.",
    "StartTlsRefused": "See the server's log: it may lack its certificate's files, or not be allowed to read them.",
    "NoHandshake": "See the server's log: it may lack its certificate's files, or have no version and cipher in common "
    "with this machine.",
    "NoAnswerInTls": "See the server's log: TLS works, and the session does not go on in it.",
    "OutOfTime": "Give it more time: --timeout SECONDS.",
}

PORT_25_BLOCKED = (
    "Many networks and clouds block port 25 outbound: run it from another network, or try the port for clients, "
    "HOST:587."
)

SOFTWARE = re.compile(
    r"\b(Exim|Postfix|Sendmail|OpenSMTPD|Haraka|Stalwart|maddy|MailEnable|hMailServer|Exchange|James|Microsoft ESMTP"
    r"|gsmtp)\b\W{0,2}(?:version )?v?([0-9][\w.-]*)?",
    re.IGNORECASE,
)

MOST_CAPABILITIES = 3
"""That a sentence shows; programs get all of them."""

OLD: Sequence[TlsVersion] = ("1.1", "1.0")
"""Deprecated by RFC 8996."""


def trouble_check(about: ObjectRef, trouble: Trouble, port: int) -> Check:
    """Return the check that a session's trouble is the answer to."""
    status: CheckStatus = "unknown" if trouble.inconclusive else "failed"
    if trouble.reason == "NoIpv6Route":
        status = "warning"
    remedy = REMEDIES.get(trouble.reason, "")
    if trouble.reason == "ConnectionTimedOut" and port == 25:
        remedy = f"{remedy} {PORT_25_BLOCKED}"
    if trouble.reason in ("ConnectionTimedOut", "ConnectionRefused") and port == 25 and is_name(about.name):
        remedy = f"{remedy} If this is a domain, its mail servers are its MX records: dig +short MX {about.name}"
    return Check(CHECK_NAMES[trouble.stage], about, status, trouble.reason, trouble.message, remedy)


def is_name(host: str) -> bool:
    """Say whether a host is a name: the last label of one is never a number (RFC 1123, section 2.1)."""
    return ":" not in host and not host.rpartition(".")[2].isdigit()


def session_checks(about: ObjectRef, session: Session, port: int, *, implicit: bool) -> Iterator[Check]:
    """Judge a session as far as it came, and say what ended it."""
    if session.greeting:
        yield greeting_check(about, session.greeting)
    if session.in_clear is not None:
        if session.trouble is None or session.trouble.stage != "starttls":
            yield starttls_check(about, session.in_clear, session.in_tls)
        yield clear_login_check(about, session.in_clear)
    if session.trouble is not None:
        yield trouble_check(about, session.trouble, port)
    elif session.in_tls is not None or session.in_clear is not None:
        yield capabilities_check(about, session, implicit=implicit)


def software(greeting: str) -> str:
    """Return software and version as the greeting names them after the host; empty where it does not."""
    found = SOFTWARE.search(greeting.partition(" ")[2])
    return "" if found is None else " ".join(filter(None, found.groups()))


def greeting_check(about: ObjectRef, greeting: str) -> Check:
    reason: SessionReason = "Greeted"
    known = software(greeting)
    message = f"{greeting.partition(' ')[0]}, {known}" if known else f"{greeting} (names no software)"
    return Check("greeting", about, "ok", reason, message)


def starttls_check(about: ObjectRef, in_clear: Offer, in_tls: Offer | None) -> Check:
    reason: SessionReason
    if not in_clear.starttls:
        reason = "StartTlsNotOffered"
        remedy = (
            "Everything is sent in clear here. Exim: tls_advertise_hosts = *, and a tls_certificate that it can read; "
            "Postfix: smtpd_tls_security_level = may, and smtpd_tls_chain_files."
        )
        return Check("starttls", about, "failed", reason, "not offered", remedy)
    if in_tls is not None and in_tls.starttls:
        reason = "StartTlsOfferedAgain"
        message = "offered, and again in TLS, where RFC 3207 (section 4.2) forbids it"
        return Check(
            "starttls",
            about,
            "warning",
            reason,
            message,
            "A proxy or firewall between here and the server may change the session: look there.",
        )
    reason = "StartTlsOffered"
    return Check("starttls", about, "ok", reason, "offered")


def clear_login_check(about: ObjectRef, in_clear: Offer) -> Check:
    """Judge whether passwords are asked for where everybody can read them."""
    reason: SessionReason
    if in_clear.mechanisms:
        reason = "AuthOfferedInClear"
        message = printable_line(f"AUTH is offered before TLS: {' '.join(in_clear.mechanisms)}", 100)
        remedy = (
            "Offer AUTH only in TLS. Exim: auth_advertise_hosts = ${if def:tls_in_cipher {*}}; "
            "Postfix: smtpd_tls_auth_only = yes."
        )
        return Check("auth-before-tls", about, "failed", reason, message, remedy)
    reason = "NoLoginInClear"
    return Check("auth-before-tls", about, "ok", reason, "AUTH is not offered in clear")


def capabilities_check(about: ObjectRef, session: Session, *, implicit: bool) -> Check:
    """Say what is offered, and what TLS adds or takes away."""
    reason: SessionReason = "CapabilitiesRead"
    clear = names_in(session.in_clear)
    tls = names_in(session.in_tls)
    parts = [listed(tls if implicit else clear)]
    if not implicit and session.in_tls is not None:
        parts += [f"TLS adds {listed(more)}" for more in [[each for each in tls if each not in clear]] if more]
        parts += [f"TLS takes away {listed(less)}" for less in [[each for each in clear if each not in tls]] if less]
    return Check("capabilities", about, "ok", reason, "; ".join(parts))


def names_in(offer: Offer | None) -> list[str]:
    """Return the extensions, those first that people look for; STARTTLS has a check of its own."""
    if offer is None:
        return []
    lines = [line for line in offer.extensions if line.upper().split()[:1] != ["STARTTLS"]]
    return sorted(lines, key=lambda line: (line.split() or [""])[0].upper() not in ("SIZE", "PIPELINING", "AUTH"))


def listed(extensions: Sequence[str]) -> str:
    shown = [printable_line(each, 40) for each in extensions[:MOST_CAPABILITIES]]
    more = len(extensions) - len(shown)
    return (", ".join(shown) + (f" and {more} more" if more > 0 else "")) or "no extension"


def versions_check(about: ObjectRef, versions: Mapping[TlsVersion, VersionAnswer]) -> Check:
    """Judge which versions the server takes."""
    reason: SessionReason
    status: CheckStatus
    remedy = ""
    if all(versions[version] == "refused" for version in ("1.3", "1.2")):
        status, reason = "failed", "NoModernTls"
        remedy = "Clients of today connect in TLS 1.2 or 1.3 only: update the server's TLS library, or its settings."
    elif any(versions[version] == "accepted" for version in OLD):
        status, reason = "warning", "OldTlsAccepted"
        remedy = (
            "Turn TLS 1.0 and 1.1 off (RFC 8996). Exim with GnuTLS: tls_require_ciphers = "
            "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1; Postfix: smtpd_tls_protocols = >=TLSv1.2."
        )
    elif "unknown" in versions.values():
        status, reason = "unknown", "TlsVersionsUnknown"
    elif "not asked" in versions.values():
        status, reason = "ok", "OldTlsNotAsked"
    else:
        status, reason = "ok", "OnlyModernTls"
    return Check("tls-versions", about, status, reason, describe_versions(versions), remedy)


def describe_versions(versions: Mapping[TlsVersion, VersionAnswer]) -> str:
    """Return `1.3 and 1.2 accepted, 1.1 and 1.0 refused`."""
    words = {
        "accepted": "accepted",
        "refused": "refused",
        "not asked": "not asked (this machine's TLS library cannot)",
        "unknown": "not answered",
    }
    by_answer = {answer: [version for version in VERSIONS if versions[version] == answer] for answer in words}
    return ", ".join(f"{enumerated(found)} {words[answer]}" for answer, found in by_answer.items() if found)


def enumerated(versions: Sequence[str]) -> str:
    *first, last = versions
    return f"{', '.join(first)} and {last}" if first else last


def key_exchange_check(about: ObjectRef, handshake: Handshake) -> Check:
    reason: SessionReason
    agreed = f"{handshake.cipher} in TLS {handshake.version}"
    if handshake.version == "1.3" or handshake.cipher.startswith(("ECDHE", "DHE")):
        reason = "ForwardSecrecy"
        return Check("key-exchange", about, "ok", reason, ", ".join(filter(None, [handshake.group, agreed])))
    reason = "NoForwardSecrecy"
    message = f"{agreed}, without forward secrecy: who gets the key later can read what was recorded"
    remedy = "Offer ECDHE suites before others."
    return Check("key-exchange", about, "warning", reason, message, remedy)
