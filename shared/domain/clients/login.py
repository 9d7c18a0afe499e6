"""A login at a relay: which server may get the password, how it is offered, and what the reply proves (RFC 4954)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cryptography import x509

from shared.domain.certificates.certificate import Thumbprint, thumbprint
from shared.domain.certificates.chain import UNREADABLE
from shared.domain.certificates.presented_chain import presented_fault
from shared.domain.clients.password import Password, is_sendable
from shared.domain.serving.probe import Probe

Mechanism = Literal["PLAIN", "LOGIN"]
"""PLAIN: RFC 4616. LOGIN: draft-murchison-sasl-login-00, which many clients speak and no RFC defines."""

LoginReason = Literal[
    "Accepted",
    "Refused",
    "Tainted",
    "TemporarilyRefused",
    "NotOffered",
    "NoTls",
    "WrongServer",
    "BadChallenge",
    "UnexpectedReply",
    "NoAnswer",
    "NoSession",
]

ACCEPTED, CHALLENGE, WRONG_CREDENTIALS = 235, 334, 535

REASONS: Mapping[int, LoginReason] = {
    ACCEPTED: "Accepted",
    435: "Tainted",  # Exim, where its own authenticator fails: tainted data, or a file that does not exist
    504: "NotOffered",
}
"""Replies that mean more than their first digit."""

ENHANCED_CODE = re.compile(r"^([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
"""At the beginning of a reply (RFC 2034, section 4)."""


@dataclass(frozen=True, slots=True)
class LoginWay:
    """One of the ways to say the same: a mechanism, its first response sent with AUTH or after the server's 334."""

    mechanism: Mechanism
    initial_response: bool

    def __str__(self) -> str:
        return f"AUTH {self.mechanism} {'with' if self.initial_response else 'without'} initial response"


PLAIN_AT_ONCE, PLAIN_ASKED = LoginWay("PLAIN", initial_response=True), LoginWay("PLAIN", initial_response=False)
LOGIN_AT_ONCE, LOGIN_ASKED = LoginWay("LOGIN", initial_response=True), LoginWay("LOGIN", initial_response=False)

WAYS = (PLAIN_AT_ONCE, PLAIN_ASKED, LOGIN_AT_ONCE, LOGIN_ASKED)


@dataclass(frozen=True, slots=True)
class ExpectedServer:
    """The server that a password is for: it presents a certificate for `name` with a chain that is valid `at` a time.

    The chain ends at one of `roots`. If there are `thumbprints`, the leaf is one of them; then `roots` may be empty,
    and the end of the presented chain is taken as its root, because the thumbprint alone names the certificate.
    """

    name: str
    at: datetime
    roots: tuple[x509.Certificate, ...] = field(repr=False)
    thumbprints: frozenset[Thumbprint] = frozenset()

    def __post_init__(self) -> None:
        if not self.name or not (self.roots or self.thumbprints):
            raise ValueError("a server is expected by its name, and by roots or by thumbprints")

    def fault(self, chain: Sequence[bytes]) -> str:
        """Say why a chain (DER, as presented) is not this server's; empty if it is."""
        if self.thumbprints and (not chain or thumbprint(chain[0]) not in self.thumbprints):
            shown = thumbprint(chain[0])[:12] if chain else "no certificate"
            return f"presents {shown}, not {' or '.join(sorted(each[:12] for each in self.thumbprints))}"
        return presented_fault(chain, self.name, ("server",), self.roots or last_of(chain), self.at)


def last_of(chain: Sequence[bytes]) -> tuple[x509.Certificate, ...]:
    try:
        return (x509.load_der_x509_certificate(chain[-1]),)
    except UNREADABLE:
        return ()


@dataclass(frozen=True, slots=True)
class Login:
    """One login to try: at `probe`, in one of the four ways, and only if the server is the one `expected`."""

    probe: Probe
    user: str
    password: Password
    way: LoginWay
    expected: ExpectedServer

    def __post_init__(self) -> None:
        if not is_sendable(self.user):
            raise ValueError("a user name has at least one character, no NUL, and only characters that UTF-8 encodes")


@dataclass(frozen=True, slots=True)
class LoginResult:
    """What came of a login. `message` quotes the reply that settled it, or says what stood in the way.

    `code` is that reply's; None where no reply to AUTH came. `enhanced` is its enhanced status code (RFC 3463), if any.
    No part of the password is in it, even if the server repeats what it was sent.
    """

    login: Login
    reason: LoginReason
    message: str
    code: int | None = None
    enhanced: str = ""

    @property
    def is_refusal(self) -> bool:
        """Whether the server says that it does not take this user with this password: 535, nothing else does."""
        return self.code == WRONG_CREDENTIALS


def judge_auth_reply(login: Login, code: int, text: str) -> LoginResult:
    """Judge the reply that ends an AUTH exchange (RFC 4954, section 6), of which `text` is the last line."""
    enhanced = ENHANCED_CODE.match(text)
    return LoginResult(
        login, reason_of(code), f"{code} {text}".rstrip(), code, enhanced[1] if enhanced is not None else ""
    )


def reason_of(code: int) -> LoginReason:
    by_class: Mapping[int, LoginReason] = {4: "TemporarilyRefused", 5: "Refused"}
    return REASONS.get(code) or by_class.get(code // 100, "UnexpectedReply")
