"""`relaykeeper verify` at one address: what is asked, in which order. It needs no inventory and no cluster.

The order is that of what can fail: nothing more is asked of a server whose first session did not come as far as TLS.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.domain.verify.answers import (
    VERSIONS,
    Answers,
    HandshakeAnswer,
    Session,
    TlsVersion,
    VersionAnswer,
)

WRONG_NAME = "relaykeeper-asks-for-no-such-name.invalid"
"""No server has a certificate for it (RFC 6761, section 6.4)."""

RANGES: tuple[tuple[TlsVersion, TlsVersion], ...] = (("1.3", "1.3"), ("1.2", "1.2"), ("1.0", "1.1"), ("1.0", "1.0"))
"""Of versions that are offered: the old ones together, because nearly every server refuses both."""

type Progress = Callable[[str], None]
"""Gets what is asked next, as a part of a sentence."""


class Server(Protocol):
    """One server at one address. Each question is a session; what goes wrong in it is an answer, not an error."""

    address: str

    def session(self, sni: str | None) -> Session:
        """Read: greeting, EHLO, STARTTLS, handshake with TLS 1.2 or newer, EHLO, QUIT. No SNI where None."""

    def handshake(self, sni: str | None) -> HandshakeAnswer:
        """Read: as `session`, up to the handshake."""

    def agreed_version(self, lowest: TlsVersion, highest: TlsVersion, sni: str | None) -> TlsVersion | VersionAnswer:
        """Read: offer these versions and those between, and return the one that the server chose."""


@dataclass(frozen=True, slots=True)
class Questions:
    """`name` is asked for first (None: no SNI), then each `further` name."""

    name: str | None
    further: Sequence[str] = ()


def ask(server: Server, questions: Questions, progress: Progress) -> Answers:
    """Put every question to one server: five sessions, less for a server without TLS 1.3, one more per further name."""
    progress("greeting, capabilities, certificate")
    session = server.session(questions.name)
    if session.handshake is None and (session.trouble is None or session.trouble.reason != "NoHandshake"):
        return Answers(server.address, session)
    versions = ask_versions(server, session, questions.name, progress)
    if session.handshake is None:
        progress("no SNI")
        return Answers(server.address, session, versions, without_sni=server.handshake(None))
    further = {}
    for name in questions.further:
        progress(f"SNI {name}")
        further[name] = server.handshake(name)
    progress("no SNI, and a wrong one")
    without = server.handshake(None) if questions.name is not None else None
    return Answers(server.address, session, versions, further, without, server.handshake(WRONG_NAME))


def ask_versions(
    server: Server, session: Session, sni: str | None, progress: Progress
) -> Mapping[TlsVersion, VersionAnswer]:
    """Ask from the newest version down, leaving out what an answer before tells already."""
    found: dict[TlsVersion, VersionAnswer] = {}
    if session.handshake is not None:
        learn(found, "1.2", "1.3", session.handshake.version)
    for lowest, highest in RANGES:
        if lowest not in found:
            progress(f"TLS {highest}" if lowest == highest else f"TLS {lowest} and {highest}")
            learn(found, lowest, highest, server.agreed_version(lowest, highest, sni))
    return {version: found[version] for version in VERSIONS}


def learn(found: dict[TlsVersion, VersionAnswer], lowest: TlsVersion, highest: TlsVersion, answer: str) -> None:
    """Note what an answer says of the versions that were offered: a server chooses the newest that it takes."""
    for version in VERSIONS[VERSIONS.index(highest) : VERSIONS.index(lowest) + 1]:
        if answer == version:
            found[version] = "accepted"
            return
        found[version] = "refused" if answer in VERSIONS else answer  # type: ignore[assignment]
