"""What an examination of a relay finds: a check for each answer of a replica, with status, reason and sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shared.domain.checks import Check, CheckStatus
from shared.domain.clients.login import ExpectedServer, LoginReason, LoginResult, LoginWay
from shared.domain.clients.password import Password
from shared.domain.clients.plaintext import PlaintextResult
from shared.domain.object_ref import ObjectRef
from shared.domain.serving.open_relay import OpenRelayResult
from shared.domain.serving.place_observation import Pod
from shared.domain.serving.probe import ProbeResult
from shared.errors import OutOfTime, RelaykeeperError
from shared.text import counted

RelayCheckReason = Literal[
    "AllReplicasReady",
    "SomeReplicasNotReady",
    "NoReplicaReady",
    "ClusterNotRead",
    "Greeted",
    "NotGreeted",
    "Inconclusive",
    "StartTlsOffered",
    "StartTlsNotOffered",
    "ServesExpected",
    "ServesUnexpected",
    "NoHandshake",
    "NoLoginInClear",
    "AuthOfferedInClear",
    "AuthTakenInClear",
    "RefusesWithoutLogin",
    "AcceptsWithoutLogin",
    "NotTried",
    "NotExamined",
    "OutOfTime",
]

MOST_REFUSALS = 3
"""Refusals of a client's own password after which it is not tried again: a relay may lock its user out."""

REMEDIES: dict[LoginReason, str] = {
    "Refused": "Compare the password in the vault with the file in the pod, a line break at its end included, and the "
    "user's name with the file's.",
    "Tainted": "See the relay's log: Exim cannot read the user's file: there is none, or the client gave a part of its "
    "path. Look users up by dsearch, or let clients use another of the four ways.",
    "TemporarilyRefused": "See the relay's log: its look-up of users fails, or it limits logins. Try again later.",
    "NotOffered": "Offer the mechanism, or tell clients which one to use.",
    "BadChallenge": "See the relay's configuration of this mechanism (Exim: server_prompts).",
    "NoAnswer": "See the relay's log: it hung up or fell silent in the login.",
    "UnexpectedReply": "See the relay's configuration: it ends a login with a reply that RFC 4954 does not have.",
    "NoSession": "Check that the port can be reached from here, and the relay's log.",
}

LIMITED_TO_TLS = "Offer AUTH only in TLS. Exim: auth_advertise_hosts = ${if def:tls_in_cipher {*}}"


@dataclass(frozen=True, slots=True)
class ReplicaCheck:
    """A check at one port of a replica. Without `port` it is about all ports, without `replica` about all replicas."""

    replica: str
    address: str
    port: int | None
    check: Check

    def fields(self) -> dict[str, Any]:
        """Return the check as the API and `verify-relay --json` show it."""
        check = self.check
        return {
            "about": str(check.about),
            "replica": self.replica,
            "address": self.address,
            "port": self.port,
            "name": check.name,
            "status": check.status,
            "reason": check.reason,
            "message": check.message,
            "remedy": check.remedy,
        }


def summary(checks: Sequence[ReplicaCheck]) -> str:
    """Return how many checks there are, and how many of each status."""
    statuses = [each.check.status for each in checks]
    counts = [f"{statuses.count(status)} {status}" for status in ("ok", "warning", "failed", "unknown")]
    return f"{len(checks)} checks: {', '.join(counts)}"


def replicas_check(about: ObjectRef, pods: Sequence[Pod]) -> Check:
    """Say how many pods are Ready; the others are not examined."""
    waiting = [pod for pod in pods if not pod.ready or pod.address is None]
    ready = len(pods) - len(waiting)
    status, reason = replicas_status(ready, bool(waiting))
    names = "; ".join(f"{pod.name} is not Ready{f' ({pod.reason})' if pod.reason else ''}" for pod in waiting)
    message = f"{ready} of {counted(len(pods), 'pod')} Ready{f': {names}' if names else ''}"
    return Check("replicas", about, status, reason, message, "See kubectl describe pod." if waiting else "")


def replicas_status(ready: int, some_wait: bool) -> tuple[CheckStatus, RelayCheckReason]:
    if ready == 0:
        return "failed", "NoReplicaReady"
    return ("warning", "SomeReplicasNotReady") if some_wait else ("ok", "AllReplicasReady")


def cluster_not_read(about: ObjectRef, why: str) -> Check:
    """Return the check of a cluster whose pods could not be listed."""
    reason: RelayCheckReason = "ClusterNotRead"
    return Check("replicas", about, "unknown", reason, why)


def not_examined(about: ObjectRef, failure: RelaykeeperError) -> Check:
    """Return the check that stands for a cluster or a replica that was not examined to its end."""
    reason: RelayCheckReason = "NotExamined"
    if not isinstance(failure, OutOfTime):
        return Check("examination", about, "unknown", reason, str(failure))
    remedy = "Examine one cluster at a time, leave logins out, or use the command verify-relay, which takes its time."
    reason = "OutOfTime"
    return Check("examination", about, "unknown", reason, str(failure), remedy)


def plaintext_checks(about: ObjectRef, result: PlaintextResult) -> list[Check]:
    """Judge what a relay says in clear: greeting, STARTTLS, and no login."""
    if result.failure:
        reason: RelayCheckReason = "Inconclusive" if result.inconclusive in ("Busy", "TurnedAway") else "NotGreeted"
        status: CheckStatus = "unknown" if reason == "Inconclusive" else "failed"
        remedy = "Check that the port can be reached from here, and the relay's log and limits."
        return [Check("greeting", about, status, reason, result.failure, remedy)]
    greeted: RelayCheckReason = "Greeted"
    return [
        Check("greeting", about, "ok", greeted, result.greeting),
        starttls_check(about, result),
        clear_login_check(about, result),
    ]


def starttls_check(about: ObjectRef, result: PlaintextResult) -> Check:
    reason: RelayCheckReason = "StartTlsOffered" if result.starttls else "StartTlsNotOffered"
    if result.starttls:
        return Check("starttls", about, "ok", reason, "STARTTLS is offered")
    remedy = "Exim: tls_advertise_hosts = *, and tls_certificate must name a file that it can read."
    return Check("starttls", about, "failed", reason, "STARTTLS is not offered", remedy)


def clear_login_check(about: ObjectRef, result: PlaintextResult) -> Check:
    """Judge whether a login is possible where everybody can read it."""
    reason: RelayCheckReason
    if result.taken:
        reason, message = "AuthTakenInClear", f"AUTH {' and '.join(result.taken)} is taken before TLS"
    elif result.offered:
        reason, message = (
            "AuthOfferedInClear",
            f"AUTH is offered before TLS, and not taken: {', '.join(result.offered)}",
        )
    else:
        reason = "NoLoginInClear"
        return Check("auth-before-tls", about, "ok", reason, "AUTH is neither offered nor taken before TLS")
    return Check("auth-before-tls", about, "failed", reason, message, LIMITED_TO_TLS)


def certificate_check(about: ObjectRef, result: ProbeResult, expected: ExpectedServer) -> Check:
    """Judge the presented chain: the expected certificate, for the expected name, valid for a client."""
    reason: RelayCheckReason
    if result.thumbprint is None:
        status: CheckStatus = "unknown" if result.inconclusive else "failed"
        reason = "Inconclusive" if result.inconclusive else "NoHandshake"
        remedy = "See the relay's log: it may lack its files, or not be allowed to read them."
        return Check("certificate", about, status, reason, result.failure, remedy)
    if fault := expected.fault(result.chain):
        reason = "ServesUnexpected"
        remedy = (
            "See which files the relay has, and whether they are newer than its sessions. No login is tried at a "
            "server that is not the expected one."
        )
        return Check("certificate", about, "failed", reason, fault, remedy)
    reason = "ServesExpected"
    return Check(
        "certificate", about, "ok", reason, f"{result.thumbprint[:12]} for {expected.name}, with a valid chain"
    )


def without_login_check(about: ObjectRef, result: OpenRelayResult, seen_address: str) -> Check:
    """Judge whether mail is taken without a login; from a host that the relay trusts, that shows nothing of others."""
    reason: RelayCheckReason
    where = f" from {seen_address}, the address at which the relay sees us" if seen_address else ""
    match result.verdict:
        case "refused":
            reason = "RefusesWithoutLogin"
            message = f"{result.message}; so the relay does not trust our address"
            return Check("mail-without-login", about, "ok", reason, message)
        case "accepted":
            reason = "AcceptsWithoutLogin"
            message = (
                f"takes mail without a login{where}: {result.message}. Either everybody may relay, or our address is "
                "among the hosts that it trusts, and then this proves nothing about others"
            )
            remedy = "Exim: see hostlist relay_from_hosts. If it trusts this address, examine it from another one."
            return Check("mail-without-login", about, "failed", reason, message, remedy)
    reason = "Inconclusive"
    return Check("mail-without-login", about, "unknown", reason, result.message)


def nobody_check(name: str, about: ObjectRef, result: LoginResult) -> Check:
    """Judge the login of a user that cannot exist: only 535 tells a client that user or password is wrong."""
    if result.is_refusal:
        return Check(name, about, "ok", result.reason, result.message)
    match result.reason:
        case "Accepted":
            remedy = "Take the relay out of service: its authenticator lets everybody in."
            return Check(name, about, "failed", result.reason, f"a made-up user is let in: {result.message}", remedy)
        case "Refused" | "Tainted" | "TemporarilyRefused" | "UnexpectedReply":
            message = f"not 535, by which clients know that user or password is wrong: {result.message}"
            return Check(name, about, "warning", result.reason, message, nobody_remedy(result.reason))
    return Check(name, about, "unknown", result.reason, result.message, REMEDIES.get(result.reason, ""))


def nobody_remedy(reason: LoginReason) -> str:
    return (
        "Turn such names down before they are looked up (Exim: match {$auth2}{\\N^[A-Za-z0-9][A-Za-z0-9._-]*$\\N})."
        if reason in ("Tainted", "TemporarilyRefused")
        else ""
    )


def not_tried(about: ObjectRef, why: str) -> Check:
    """Return the check that stands for all logins at a port where none was tried."""
    reason: RelayCheckReason = "NotTried"
    return Check("login", about, "unknown", reason, why)


def way_name(way: LoginWay) -> str:
    return f"login-{way.mechanism.lower()}-{'initial' if way.initial_response else 'prompted'}"


def client_checks(about: ObjectRef, results: Sequence[LoginResult | LoginWay]) -> list[Check]:
    """Judge a client's logins at one port, by each way; a way alone stands for a login that was not tried.

    Clients choose a way that works for them: where one does, one that is not offered or is tainted is a warning.
    """
    works = any(isinstance(result, LoginResult) and result.reason == "Accepted" for result in results)
    return [
        client_check(about, result, works) if isinstance(result, LoginResult) else after_refusals(about, result)
        for result in results
    ]


def client_check(about: ObjectRef, result: LoginResult, another_works: bool) -> Check:
    status: CheckStatus
    match result.reason:
        case "Accepted":
            status = "ok"
        case "NotOffered" | "Tainted" if another_works:
            status = "warning"
        case "TemporarilyRefused" | "NoSession":
            status = "unknown"
        case _:
            status = "failed"
    remedy = REMEDIES.get(result.reason, "")
    return Check(way_name(result.login.way), about, status, result.reason, result.message, remedy)


def after_refusals(about: ObjectRef, way: LoginWay) -> Check:
    reason: RelayCheckReason = "NotTried"
    message = f"not tried: the relay refused this client {MOST_REFUSALS} times, and may lock it out"
    return Check(way_name(way), about, "unknown", reason, message)


def password_checks(about: ObjectRef, password: Password) -> list[Check]:
    """Say what is wrong with a password itself; nothing if it is sound."""
    remedy = "Give the client a new password: 32 letters and digits, without a line break."
    return [Check("password", about, "warning", fault.reason, fault.message, remedy) for fault in password.faults()]
