"""The port to the relays, apart from the others, so that one can examine a relay without loading the inventory."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.clients.login import Login, LoginResult
from shared.domain.clients.plaintext import PlaintextResult
from shared.domain.serving.open_relay import OpenRelayResult
from shared.domain.serving.probe import Probe, ProbeResult


class Prober(Protocol):
    """TLS handshakes, logins and test dialogues with the relays; what `shared/ports.py` promises holds here too."""

    def probe(self, probes: Sequence[Probe]) -> tuple[ProbeResult, ...]:
        """Read: make each handshake (EHLO, STARTTLS, QUIT: RFC 3207), one at a time per address, several addresses in
        parallel; results in the probes' order. A busy server is asked again within the probe's time. A failed
        handshake is a result, not an error. No chain is judged here."""

    def check_open_relay(self, probes: Sequence[Probe], recipient: str, sender: str) -> tuple[OpenRelayResult, ...]:
        """Read: offer each a mail from `sender` to `recipient` without logging in, and take it back (EHLO, STARTTLS
        where there is any, EHLO, MAIL, RCPT, RSET, QUIT: RFC 5321, section 3.3), as `probe` does, in the probes'
        order. A failed session is a result. There is never a DATA: no mail is sent."""

    def check_plaintext(self, probes: Sequence[Probe]) -> tuple[PlaintextResult, ...]:
        """Read: say EHLO in clear, and AUTH without credentials, cancelled where it is taken (RFC 4954, section 4), as
        `probe` does, in the probes' order. A failed session is a result. Not for ports where TLS comes first."""

    def log_in(self, logins: Sequence[Login]) -> tuple[LoginResult, ...]:
        """Read: log in and leave, as `probe` does, in the logins' order. A failed login is a result.

        The password is sent only over TLS, and only to a server that presented the certificate that the login expects.
        Once AUTH was sent nothing is tried again. It changes nothing, but a relay counts logins, and refuses those of
        a user who failed too often: callers decide how many there are.
        """
