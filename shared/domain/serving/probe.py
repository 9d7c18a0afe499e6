"""One TLS handshake to make at a pod or public endpoint, and its result."""

from dataclasses import dataclass, field
from typing import Literal

from shared.domain.certificates.certificate import Thumbprint
from shared.endpoint import Endpoint

SESSION_SECONDS = 10.0
"""How long a question to a relay may take that does not say it itself, all its tries included."""

type KeyType = Literal["ec", "rsa"]

type Inconclusive = Literal["Busy", "TurnedAway", "NoSession", "NotAskable"]
"""Why a result says nothing of a relay's files: the relay was busy (4xx at the greeting or EHLO), it refused our
session (5xx there), there was no reply to EHLO, or no client can ask for such a name."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One handshake to make: which certificate does this pod present on this port for this name (None: no SNI)?

    `implicit`: TLS comes first (RFC 8314, section 3.3), else by STARTTLS. `resolver` is asked for an `address` that is
    a name; the system's where None. `helo` is said in EHLO where the address literal is refused. `seconds` are for all
    tries together; SESSION_SECONDS where None. `key`: ask for a certificate with this kind of key; None: any.
    """

    pod: str
    address: str
    port: int
    sni: str | None
    implicit: bool = False
    resolver: Endpoint | None = None
    helo: str | None = None
    seconds: float | None = None
    key: KeyType | None = None


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What the handshake returned: the leaf's thumbprint and the `chain` as presented (DER, leaf first); or why none.

    `chain_fault` is the domain's judgement of the chain, empty where a client accepts it. `inconclusive`: why
    there is none, if that says nothing of the relay's files. `connected`: a server was met; False where the name does
    not resolve, or no address takes a connection.
    """

    probe: Probe
    thumbprint: Thumbprint | None
    failure: str = ""
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    chain_fault: str = ""
    inconclusive: Inconclusive | None = None
    connected: bool = True
