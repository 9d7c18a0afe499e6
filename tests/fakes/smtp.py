"""Relays that show what their pods see."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import count
from typing import get_args

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.domain.certificates.certificate import leaf_of, thumbprint
from shared.domain.clients.client_file import LineContent
from shared.domain.clients.login import Login, LoginResult, LoginWay, Mechanism, judge_auth_reply
from shared.domain.clients.marked_message import (
    MailStep,
    MarkedMessage,
    SendResult,
    judge_confirmation,
    judge_refusal,
)
from shared.domain.clients.plaintext import PlaintextResult
from shared.domain.serving.open_relay import OpenRelayResult
from shared.domain.serving.probe import Inconclusive, Probe, ProbeResult
from shared.inventory import Workload
from tests.fakes.faults import Faults
from tests.fakes.kubernetes import FakeClusters, Replica

BEGIN = b"-----BEGIN CERTIFICATE-----"

REFUSED = "550 relay not permitted: authenticate after STARTTLS"

MAIL_REPLIES: Mapping[MailStep, str] = {
    "MAIL": "250 OK",
    "RCPT": "250 Accepted",
    "DATA": "354 go on",
    "the message": "250 OK id=1tHxyz-000000012AB-3CdE",
}

type Chain = tuple[bytes, ...]

type Found = tuple[Replica, Mapping[str, bytes]]
"""A Ready pod, and the files it sees."""


class FakeProber:
    """Implements prober.Prober and prober.MailSender.

    A pod presents a file's certificates as they stand in it; which file: `chain_for`.

    `failing` gives a cluster's pod (`cluster`, `name`) words to fail with, `failing_for` a name that is asked for;
    `turning_away` gives a pod a cause that says nothing of its files, and words. `showing` gives it a chain whatever it
    mounts, `replying` a reply to mail without a login, which it refuses unless given. `users` gives it the passwords
    that it takes, `compares` what it takes a line of a file for (a SHA-256 unless given), `auth_replies` what it
    replies to a login by one way for any user, `mechanisms` those that it offers, `clear_mechanisms` those that it
    offers and takes before TLS. `logged_in` are the logins that it got.
    `mail_replies` gives it replies to the steps of a mail, of which it takes every one unless given; an empty reply to
    the message is a cut. `sent` are the messages whose content it got.
    `behind` gives an address or host name the workloads (cluster, workload) whose pods take turns.
    """

    def __init__(self, clusters: FakeClusters) -> None:
        self._clusters = clusters
        self._turns = count()
        self.failing: dict[tuple[str, str], str] = {}
        self.failing_for: dict[str, str] = {}
        self.turning_away: dict[tuple[str, str], tuple[Inconclusive, str]] = {}
        self.showing: dict[tuple[str, str], Chain] = {}
        self.replying: dict[tuple[str, str], str] = {}
        self.users: dict[tuple[str, str], Mapping[str, str]] = {}
        self.compares: dict[tuple[str, str], tuple[LineContent, ...]] = {}
        self.auth_replies: dict[tuple[str, str], Mapping[LoginWay, str]] = {}
        self.mechanisms: dict[tuple[str, str], tuple[Mechanism, ...]] = {}
        self.clear_mechanisms: dict[tuple[str, str], tuple[Mechanism, ...]] = {}
        self.logged_in: list[Login] = []
        self.mail_replies: dict[tuple[str, str], Mapping[MailStep, str]] = {}
        self.sent: list[MarkedMessage] = []
        self.behind: dict[str, Sequence[tuple[str, Workload]]] = {}
        self.asked: list[Probe] = []
        self.offered: list[tuple[Probe, str, str]] = []
        self.faults = Faults()

    def probe(self, probes: Sequence[Probe]) -> tuple[ProbeResult, ...]:
        with self.faults.around("probe"):
            self.asked += probes
            return tuple(self._answer(question) for question in probes)

    def check_open_relay(self, probes: Sequence[Probe], recipient: str, sender: str) -> tuple[OpenRelayResult, ...]:
        with self.faults.around("check_open_relay"):
            self.offered += [(question, recipient, sender) for question in probes]
            return tuple(self._met(question) for question in probes)

    def check_plaintext(self, probes: Sequence[Probe]) -> tuple[PlaintextResult, ...]:
        with self.faults.around("check_plaintext"):
            return tuple(self._in_clear(question) for question in probes)

    def log_in(self, logins: Sequence[Login]) -> tuple[LoginResult, ...]:
        with self.faults.around("log_in"):
            return tuple(self._log_in(login) for login in logins)

    def send(self, message: MarkedMessage) -> SendResult:
        with self.faults.around("send"):
            logged_in = self._log_in(message.login)
            if logged_in.reason == "NoSession":
                return SendResult(message, "NotSent", logged_in.message)
            if logged_in.reason != "Accepted":
                return SendResult(message, "NotLoggedIn", logged_in.message, logged_in.code)
            return self._submitted(message)

    def _submitted(self, message: MarkedMessage) -> SendResult:
        found = self._found(message.login.probe.address)
        assert found is not None, "it has let somebody in"
        replies = {**MAIL_REPLIES, **self.mail_replies.get((found[0].cluster, found[0].name), {})}
        awaited_codes: Mapping[MailStep, str] = {"MAIL": "2", "RCPT": "2", "DATA": "354"}
        for step, awaited in awaited_codes.items():
            code, _, text = replies[step].partition(" ")
            if not code.startswith(awaited):
                return judge_refusal(message, step, int(code), text)
        self.sent.append(message)
        code, _, text = replies["the message"].partition(" ")
        if not code:
            return SendResult(message, "NotConfirmed", "connection cut, it is not known whether it was taken")
        return judge_confirmation(message, int(code), [text])

    def _in_clear(self, question: Probe) -> PlaintextResult:
        found = self._found(question.address)
        if found is None:
            return PlaintextResult(question, failure="connection refused")
        pod = found[0].cluster, found[0].name
        if away := self.turning_away.get(pod):
            return PlaintextResult(question, failure=away[1], inconclusive=away[0])
        if failure := self.failing.get(pod):
            return PlaintextResult(question, failure=failure)
        clear = self.clear_mechanisms.get(pod, ())
        return PlaintextResult(question, "220 relay ESMTP", "", starttls=True, offered=clear, taken=clear)

    def _log_in(self, login: Login) -> LoginResult:
        answer = self._answer(login.probe)
        if answer.thumbprint is None:
            return LoginResult(login, "NoSession", answer.failure)
        if fault := login.expected.fault(answer.chain):
            return LoginResult(login, "WrongServer", fault)
        found = self._found(login.probe.address)
        assert found is not None, "it has answered"
        pod = found[0].cluster, found[0].name
        if login.way.mechanism not in self.mechanisms.get(pod, get_args(Mechanism)):
            return LoginResult(login, "NotOffered", f"AUTH {login.way.mechanism} is not offered")
        self.logged_in.append(login)
        accepted = self._takes(pod, found[1], login)
        given = self.auth_replies.get(pod, {}).get(login.way)
        code, _, text = (given or ("235 Authentication succeeded" if accepted else "535 Incorrect data")).partition(" ")
        return judge_auth_reply(login, int(code), text)

    def _takes(self, pod: tuple[str, str], files: Mapping[str, bytes], login: Login) -> bool:
        """Say whether a pod takes a login: the password is one of `users`, or a line of the user's file is what the pod
        compares with."""
        given = login.password.reveal_for_auth()
        lines = files.get(login.user, b"").decode().splitlines()
        forms = {"password": given, "sha256": sha256(given.encode()).hexdigest()}
        compared = {forms[content] for content in self.compares.get(pod, ("sha256",))}
        return self.users.get(pod, {}).get(login.user) == given or not compared.isdisjoint(lines)

    def _answer(self, question: Probe) -> ProbeResult:
        found = self._found(question.address)
        if found is None:
            return ProbeResult(question, None, "connection refused")
        pod, files = found
        if away := self.turning_away.get((pod.cluster, pod.name)):
            return ProbeResult(question, None, away[1], inconclusive=away[0])
        if failure := self.failing.get((pod.cluster, pod.name)) or self.failing_for.get(question.sni or ""):
            return ProbeResult(question, None, failure)
        if chain := self.showing.get((pod.cluster, pod.name)) or chain_for(question.sni, files):
            return ProbeResult(question, thumbprint(chain[0]), chain=chain)
        return ProbeResult(question, None, "STARTTLS refused: 454 TLS currently unavailable")

    def _met(self, question: Probe) -> OpenRelayResult:
        found = self._found(question.address)
        if found is None:
            return OpenRelayResult(question, None, "connection refused")
        pod, _ = found
        if failure := self.failing.get((pod.cluster, pod.name)):
            return OpenRelayResult(question, None, failure)
        reply = self.replying.get((pod.cluster, pod.name), REFUSED)
        return OpenRelayResult(question, int(reply.split()[0]), reply)

    def _found(self, address: str) -> Found | None:
        if address not in self.behind:
            return self._clusters.files_at(address)
        replicas = [replica for workload in self.behind[address] for replica in self._clusters.running[workload].pods]
        ready = [found for replica in replicas if (found := self._clusters.files_at(replica.address))]
        return ready[next(self._turns) % len(ready)] if ready else None


def chain_for(sni: str | None, files: Mapping[str, bytes]) -> Chain:
    """Return what a relay with these files presents, if anything.

    The file of the version that `{host}.current` names, else one whose leaf has the name; without SNI, or where there
    is none for it, the file of the version that `default.current` names, else `default.pem` or `tls.crt`.
    """
    chains = {file: chain for file, content in files.items() if (chain := chain_in(content))}
    for host in (sni, "default"):
        version = files.get(f"{host}.current", b"").decode(errors="replace")
        if current := chains.get(f"{host}.{version}.pem"):
            return current
    if sni is not None:
        for chain in chains.values():
            if names_of(chain[0]) & {sni, f"*.{sni.partition('.')[2]}"}:
                return chain
    return chains.get("default.pem") or chains.get("tls.crt") or ()


@lru_cache(maxsize=64)
def chain_in(content: bytes) -> Chain:
    """Return the certificates of a file, in their order."""
    if BEGIN not in content:
        return ()
    found = x509.load_pem_x509_certificates(content[content.index(BEGIN) :])
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in found)


@lru_cache(maxsize=64)
def names_of(certificate: bytes) -> frozenset[str]:
    return leaf_of(x509.load_der_x509_certificate(certificate)).names
