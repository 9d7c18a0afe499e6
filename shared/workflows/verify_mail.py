"""What `relaykeeper verify` asks only if it is told to: a mail without a login, and one login."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shared.domain.checks import Check, CheckStatus
from shared.domain.clients.login import (
    LOGIN_ASKED,
    PLAIN_AT_ONCE,
    ExpectedServer,
    Login,
    LoginReason,
    LoginResult,
    LoginWay,
)
from shared.domain.clients.password import Password
from shared.domain.clients.relay_checks import RelayCheckReason, without_login_check
from shared.domain.object_ref import ObjectRef
from shared.domain.serving.probe import Probe
from shared.domain.verify.answers import Session
from shared.prober import Prober

REMEDIES: Mapping[LoginReason, str] = {
    "Refused": "Compare user and password with what the server has.",
    "Tainted": "See the server's log: Exim's own authenticator failed.",
    "TemporarilyRefused": "See the server's log: its look-up of users fails, or it limits logins. Try again later.",
    "NotOffered": "Offer AUTH PLAIN or LOGIN in TLS.",
    "NoAnswer": "See the server's log: it hung up or fell silent in the login.",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who logs in, and at which server alone."""

    user: str
    password: Password
    expected: ExpectedServer


def offer_mail(about: ObjectRef, probe: Probe, recipient: str, sender: str, prober: Prober) -> Check:
    """Offer a mail without a login, take it back, and judge whether it was refused."""
    [result] = prober.check_open_relay([probe], recipient, sender)
    check = without_login_check(about, result, "")
    if result.verdict != "accepted":
        return check
    domain = recipient.rpartition("@")[2]
    mine = f"If this server takes the mail of {domain}, it had to accept: name an address elsewhere."
    return replace(check, remedy=f"{mine} {check.remedy}")


def log_in(about: ObjectRef, session: Session, probe: Probe, credentials: Credentials, prober: Prober) -> Check:
    """Log in once, by PLAIN where it is offered, else by LOGIN, and only at a server whose chain and name are verified.

    The session before tells whether it is worth trying; the login's own session decides who gets the password.
    """
    if session.handshake is None or session.in_tls is None:
        return not_tried(about, "there was no session in TLS")
    if fault := credentials.expected.fault(session.handshake.chain):
        return not_tried(about, f"the password is not sent, because the certificate is refused: {fault}")
    way = way_for(session.in_tls.mechanisms)
    [result] = prober.log_in([Login(probe, credentials.user, credentials.password, way, credentials.expected)])
    return login_check(about, result)


def way_for(mechanisms: tuple[str, ...]) -> LoginWay:
    return LOGIN_ASKED if "LOGIN" in mechanisms and "PLAIN" not in mechanisms else PLAIN_AT_ONCE


def login_check(about: ObjectRef, result: LoginResult) -> Check:
    status: CheckStatus = "failed"
    if result.reason == "Accepted":
        status = "ok"
    elif result.reason in ("TemporarilyRefused", "NoSession"):
        status = "unknown"
    message = f"AUTH {result.login.way.mechanism}: {result.message}"
    return Check("login", about, status, result.reason, message, REMEDIES.get(result.reason, ""))


def not_tried(about: ObjectRef, why: str) -> Check:
    reason: RelayCheckReason = "NotTried"
    return Check("login", about, "unknown", reason, why)
