"""What a relay says before TLS begins: it greets, offers STARTTLS, and neither offers nor takes a login."""

from dataclasses import dataclass

from shared.domain.clients.login import Mechanism
from shared.domain.serving.probe import Inconclusive, Probe


@dataclass(frozen=True, slots=True)
class PlaintextResult:
    """What was said in clear. With a `failure` there was no complete reply to EHLO, and nothing else is known.

    `greeting` is the greeting's last line; `seen_address` the IP address at which the relay says that it sees us,
    empty where it does not say. `offered` are the mechanisms of the extension AUTH, and `taken` those whose AUTH
    command was answered with a challenge; no credentials are ever sent.
    """

    probe: Probe
    greeting: str = ""
    seen_address: str = ""
    starttls: bool = False
    offered: tuple[str, ...] = ()
    taken: tuple[Mechanism, ...] = ()
    failure: str = ""
    inconclusive: Inconclusive | None = None
