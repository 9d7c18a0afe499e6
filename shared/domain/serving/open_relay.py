"""Whether a relay accepts mail without authentication, judged by its replies when it is offered some."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from shared.domain.serving.place_observation import PlaceObservation
from shared.domain.serving.probe import Probe

OpenRelayVerdict = Literal["accepted", "refused", "unknown"]

type MailCommand = Literal["MAIL", "RCPT"]

AUTHENTICATION_REQUIRED = 530
"""RFC 4954, section 6, of any command; without TLS also STARTTLS required (RFC 3207, section 4)."""

ABOUT_SYNTAX = (*range(500, 506), 555)
"""Replies about a command's form, its arguments or its place in the sequence (RFC 5321, section 4.2.2)."""

ABOUT_THE_MAILBOX = (552, 556)
"""A full mailbox, and a domain that takes no mail (RFC 7504)."""

ABOUT_EHLO = re.compile(r"\b(ehlo|helo)\b", re.IGNORECASE)

LOGIN_DEMANDED = re.compile(
    r"\bauthentication (is )?required|\brequires? authentication|\b(must|please|need to|to) (first )?authenticate\b"
    r"|\bauthenticate (first|after)|\bnot authenticated|\bsend auth\b|\bauth (command )?first|\blog ?in first",
    re.IGNORECASE,
)

ABOUT_RELAYING = re.compile(r"\brelay(ing|ed)?\b|\brcpthosts\b|\bnot local\b", re.IGNORECASE)

ABOUT_SOMETHING_ELSE = re.compile(
    r"starttls|sender|client host|reverse (dns|host)|\bptr\b|\bspf\b|\bdkim\b|\bdmarc\b|\b(dns|r)bl\b|reputation|\bspam"
    r"|(black|block|deny) ?list|\bblocked\b|\blisted (at|in|by)\b|rate limit|too many|verification failed|null ?mx"
    r"|(user|host) unknown|unknown (user|recipient|host)|no such |does not exist|unrouteable",
    re.IGNORECASE,
)

HOST_NAMES = re.compile(r"<[^>]*>|\[[^\]]*\]|\S+@\S+|\b[\w-]+(\.[\w-]+)*\.[a-z][\w-]+\b", re.IGNORECASE)
"""Addresses and host names that a reply quotes: words inside them say nothing about the refusal."""

ENHANCED = re.compile(r"\b5\.([0-9]{1,3})\.([0-9]{1,3})\b")
"""Enhanced status code (RFC 3463): class, subject, detail."""

SUBJECTS_OF_RELAYING = (0, 7)
"""Undefined, and policy."""

ABOUT_SENDER_POLICY = (*range(20, 30), 515)
"""Details of policy about DKIM, SPF, DMARC, reverse DNS and the sender's MX (RFC 7372, RFC 7505), and Outlook's own."""


@dataclass(frozen=True, slots=True)
class OpenRelayResult:
    """What came of offering a mail: `code` is the reply that settled it, None where the session came to no reply.

    `message` is that reply as one printable line, or what stood in the way. The reply was to `command`; `text`
    has all its lines, and the session was `encrypted`.
    """

    probe: Probe
    code: int | None
    message: str
    command: MailCommand = "RCPT"
    text: str = ""
    encrypted: bool = False

    @property
    def verdict(self) -> OpenRelayVerdict:
        """Say what the reply proves.

        `refused` needs a demand to authenticate, or a 5xx to RCPT that is about relaying and nothing else. `unknown`
        includes 4xx: a relay that defers unknown senders (greylisting) takes their mail when they try again, as the
        next watch does; one that cannot take mail now may take anybody's later.
        """
        if self.code is None:
            return "unknown"
        if self.command == "RCPT" and self.code // 100 == 2:
            return "accepted"
        return "refused" if self.code // 100 == 5 and self._refuses_relaying(self.code) else "unknown"

    @property
    def about_ehlo(self) -> bool:
        """Whether it was refused because of what we said in EHLO: some servers say so only at RCPT."""
        return self.code is not None and self.code // 100 == 5 and ABOUT_EHLO.search(self._own_text) is not None

    @property
    def _own_text(self) -> str:
        """What the server says, without the names that it quotes."""
        return HOST_NAMES.sub(" ", self.text or self.message)

    def _refuses_relaying(self, code: int) -> bool:
        """Whether a 5xx can only mean that mail without authentication is not relayed."""
        status = ENHANCED.search(self.text or self.message)
        subject, detail = map(int, status.groups()) if status is not None else (0, 0)
        if self.about_ehlo or detail in ABOUT_SENDER_POLICY:
            return False
        if LOGIN_DEMANDED.search(self._own_text) or (code == AUTHENTICATION_REQUIRED and self.encrypted):
            return True
        if self.command == "MAIL":
            return False
        if ABOUT_RELAYING.search(self._own_text):
            return True
        plain = code not in (*ABOUT_SYNTAX, *ABOUT_THE_MAILBOX) and subject in SUBJECTS_OF_RELAYING
        return plain and not ABOUT_SOMETHING_ELSE.search(self._own_text)


def open_relay_probes(there: PlaceObservation) -> list[Probe]:
    """Return where to offer mail: to each replica that was asked for its certificate, on each port, under one name.

    Behind a Service that is as often as it takes to meet each replica.
    """
    names = [result.probe.sni for result in there.probe_results]
    return [result.probe for result in there.probe_results if result.probe.sni == names[0]]


def judge_reply(results: Iterable[OpenRelayResult]) -> bool:
    """Say whether the verdict of every replica is known; not if none was asked."""
    verdicts = {result.verdict for result in results}
    return bool(verdicts) and "unknown" not in verdicts
