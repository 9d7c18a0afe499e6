"""What a server answered at one address: the session, the handshakes, the versions. Nothing is judged here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

type TlsVersion = Literal["1.0", "1.1", "1.2", "1.3"]

VERSIONS: tuple[TlsVersion, ...] = ("1.3", "1.2", "1.1", "1.0")

type VersionAnswer = Literal["accepted", "refused", "not asked", "unknown"]
"""`not asked`: the TLS library of this machine cannot offer it. `unknown`: no answer that says anything."""

TroubleReason = Literal[
    "ConnectionRefused",
    "ConnectionTimedOut",
    "NoIpv6Route",
    "ConnectionFailed",
    "NotGreeted",
    "TlsComesFirst",
    "TlsDoesNotComeFirst",
    "ServerBusy",
    "TurnedAway",
    "StartTlsRefused",
    "NoHandshake",
    "NoAnswerInTls",
    "OutOfTime",
]

type Stage = Literal["connect", "greeting", "starttls", "handshake", "in-tls"]
"""How far a session came."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What ended a session before its end. `message` may quote the server, and is one printable line."""

    stage: Stage
    reason: TroubleReason
    message: str

    @property
    def inconclusive(self) -> bool:
        """Whether it says nothing of how the server is set up: the same question may be answered later."""
        return self.reason in ("ServerBusy", "TurnedAway", "OutOfTime", "NoIpv6Route")


@dataclass(frozen=True, slots=True)
class Offer:
    """The reply to EHLO: the lines that name extensions, whether STARTTLS is one, and the mechanisms of AUTH."""

    extensions: tuple[str, ...]
    starttls: bool
    mechanisms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handshake:
    """`chain` is as presented (DER, leaf first). `version` is written `1.3`, `cipher` by OpenSSL's name.

    `group` is what the keys were exchanged by: `X25519`, `DHE 2048 bits`; empty for a static key or where it is not
    known.
    """

    version: str
    cipher: str
    group: str
    chain: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """One session from the greeting to QUIT, as far as it came; `trouble` ended it.

    `greeting` is its first line without the code. `in_clear` is None where TLS comes first or EHLO was not answered.
    """

    greeting: str = ""
    in_clear: Offer | None = None
    handshake: Handshake | None = None
    in_tls: Offer | None = None
    trouble: Trouble | None = None


type HandshakeAnswer = Handshake | Trouble


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that was asked at one address, in the order of the names.

    `further` are the handshakes for each further name, `without_sni` and `wrong_sni` those that their names say; None
    where they were not asked, because the session did not come as far.
    """

    address: str
    session: Session
    versions: Mapping[TlsVersion, VersionAnswer] = field(default_factory=dict)
    further: Mapping[str, HandshakeAnswer] = field(default_factory=dict)
    without_sni: HandshakeAnswer | None = None
    wrong_sni: HandshakeAnswer | None = None

    @property
    def out_of_time(self) -> bool:
        """Whether the time-out left something unanswered."""
        troubles = [self.session.trouble, self.without_sni, self.wrong_sni, *self.further.values()]
        return any(isinstance(each, Trouble) and each.reason == "OutOfTime" for each in troubles)
