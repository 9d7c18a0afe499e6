"""A look at a server before TLS begins: is a login offered, or taken, where everybody can read it?"""

import ipaddress
import re
from contextlib import suppress
from typing import get_args

from shared.adapters.smtp.connect import connected
from shared.adapters.smtp.connection import Deadline, SessionError
from shared.adapters.smtp.session import Introduction, Reply, SmtpSession, mechanisms, offers_tls
from shared.domain.clients.login import CHALLENGE, Mechanism
from shared.domain.clients.plaintext import PlaintextResult
from shared.domain.serving.probe import Probe

ADDRESS_LITERAL = re.compile(r"\[(?:IPv6:)?([0-9a-fA-F.:]+)\]")

MECHANISMS: tuple[Mechanism, ...] = get_args(Mechanism)


def look_in_clear(probe: Probe, introduction: Introduction, deadline: Deadline) -> PlaintextResult:
    """Greet, and say AUTH without credentials (RFC 4954, section 4): a challenge shows that they would be taken."""
    with connected(probe, introduction, deadline) as session:
        greeting = session.greeting()
        extensions = session.ehlo()
        taken = tuple(each for each in MECHANISMS if is_taken(session, each))
        session.quit()
    return PlaintextResult(
        probe, str(greeting), greeted_address(extensions), offers_tls(extensions), mechanisms(extensions), taken
    )


def is_taken(session: SmtpSession, mechanism: Mechanism) -> bool:
    """Say AUTH, and cancel it where it is taken. A server that hangs up takes nothing."""
    try:
        taken = session.command(f"AUTH {mechanism}").code == CHALLENGE
    except (SessionError, OSError):
        return False
    if taken:
        with suppress(SessionError, OSError):
            session.command("*", awaited="to the cancelled AUTH")
    return taken


def greeted_address(extensions: Reply) -> str:
    """Return the IP address that the reply to EHLO greets (RFC 5321, section 4.1.1.1); empty where it names none.

    Where it repeats the address literal that we said, the address that the server sees comes after it.
    """
    for candidate in reversed(ADDRESS_LITERAL.findall(extensions.lines[0])):
        with suppress(ValueError):
            return str(ipaddress.ip_address(candidate))
    return ""
