"""The ports to the relays, apart from the others, so that one can examine a relay without loading the inventory."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.clients.login import Login, LoginResult
from shared.domain.clients.marked_message import MarkedMessage, SendResult
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


class MailSender(Protocol):
    """Sends a message through a relay. No part of `Ports`: only a person at a command line may have one sent."""

    def send(self, message: MarkedMessage) -> SendResult:
        """Effect: log in as `Prober.log_in` does, and submit the message (MAIL, RCPT, DATA: RFC 5321, section 3.3).

        A relay that took it delivers it, whatever we do then. Nothing is tried again once AUTH was sent. Where no reply
        to the end of the message came, it is not known whether the relay took it (RFC 1047): the result is
        `NotConfirmed`, and a repeat may deliver it twice. What prevents sending is a result, not an error. Raises
        ValueError if the message has a line of more than 998 bytes, or characters beyond ASCII.
        """
