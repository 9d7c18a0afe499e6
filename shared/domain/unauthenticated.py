"""Whether a relay takes mail without a login, as it says when it is offered some."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from shared.domain.places import PlaceSeen, Question

Verdict = Literal["accepted", "refused", "unknown"]
type MailCommand = Literal["MAIL", "RCPT"]

AUTHENTICATION_REQUIRED = 530
"""RFC 4954, section 6, of any command; without TLS also STARTTLS required (RFC 3207, section 4)."""

ABOUT_SYNTAX = (range(500, 506), range(555, 556))
"""Replies about a command's form, its arguments or its place in the sequence (RFC 5321, section 4.2.2)."""

ABOUT_RELAYING = re.compile(r"relay|authentic|rcpthosts|not local|log ?in\b", re.IGNORECASE)
ABOUT_EHLO = re.compile(r"\b(ehlo|helo)\b", re.IGNORECASE)
ABOUT_SOMETHING_ELSE = re.compile(
    r"starttls|sender (address|verif|domain)|client host|reverse dns|\bptr\b|\bspf\b|\bdmarc\b|\b(dns|r)bl\b|reputation"
    r"|(black|block|deny) ?list|\bblocked\b|user unknown|unknown (user|recipient)|no such |does not exist",
    re.IGNORECASE,
)
ENHANCED = re.compile(r"\b5\.([0-9]{1,3})\.([0-9]{1,3})\b")
"""Enhanced status code (RFC 3463): class, subject, detail."""

POLICY = 7
"""The subject of a refusal for reasons of policy, as relaying is."""

ABOUT_SENDER_POLICY = range(20, 30)
"""Details of that subject about DKIM, SPF, reverse DNS and the sender's MX (RFC 7372, RFC 7505)."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What came of offering a mail: `code` is the reply that settled it, None where the session came to no reply.

    `words` are that reply, or what stood in the way: a stranger's, fit for a log. The reply was to `command`; `text`
    has all its lines, and the session was `encrypted`.
    """

    question: Question
    code: int | None
    words: str
    command: MailCommand = "RCPT"
    text: str = ""
    encrypted: bool = False

    @property
    def verdict(self) -> Verdict:
        """Say what the reply proves.

        `refused` takes a 5xx to RCPT that is about relaying and nothing else, or the demand to log in first. `unknown`
        includes 4xx: a relay that puts strangers off (greylisting) takes their mail when they come again, as the next
        watch does; one that cannot take mail now may take anybody's later.
        """
        if self.code is None:
            return "unknown"
        if self.command == "RCPT" and self.code // 100 == 2:
            return "accepted"
        if self.code == AUTHENTICATION_REQUIRED and self.encrypted:
            return "refused"
        if self.command == "RCPT" and self.code // 100 == 5 and not self._about_something_else:
            return "refused"
        return "unknown"

    @property
    def about_ehlo(self) -> bool:
        """Whether it was refused because of what we said in EHLO: some servers tell only at RCPT."""
        return self.code is not None and self.code // 100 == 5 and ABOUT_EHLO.search(self._said) is not None

    @property
    def _said(self) -> str:
        return self.text or self.words

    @property
    def _about_something_else(self) -> bool:
        """Whether the reply is about a command's form, the sender, the recipient's existence or our address."""
        if any(self.code in codes for codes in ABOUT_SYNTAX) or self.about_ehlo:
            return True
        if ABOUT_RELAYING.search(self._said):
            return False
        status = ENHANCED.search(self._said)
        subject, detail = map(int, status.groups()) if status is not None else (POLICY, 1)
        other_subject = subject not in (0, POLICY) or (subject == POLICY and detail in ABOUT_SENDER_POLICY)
        return other_subject or ABOUT_SOMETHING_ELSE.search(self._said) is not None


def offers_to_make(there: PlaceSeen) -> list[Question]:
    """Return where to offer mail: to each replica that was asked for its certificate, on each port, under one name.

    Behind a Service that is as often as it takes to meet each replica.
    """
    names = [answer.question.sni for answer in there.answers]
    return [answer.question for answer in there.answers if answer.question.sni == names[0]]


def settled(offers: Iterable[Offer]) -> bool:
    """Say whether every replica told what it does; where none was asked, nobody knows."""
    verdicts = {offer.verdict for offer in offers}
    return bool(verdicts) and "unknown" not in verdicts
