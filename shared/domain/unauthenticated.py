"""Whether a relay takes mail from who did not log in, as it says when it is offered some."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from shared.domain.places import PlaceSeen, Question

Verdict = Literal["accepted", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Offer:
    """What came of offering a mail: `code` is the reply that settled it, None where the session came to no reply.

    `words` are that reply, or what stood in the way: a stranger's, fit for a log.
    """

    question: Question
    code: int | None
    words: str

    @property
    def verdict(self) -> Verdict:
        """Read the reply by its first digit (RFC 5321, section 4.2.1).

        `unknown` includes 4xx: a relay that puts strangers off (greylisting) takes their mail when they come again, as
        the next watch does; one that cannot take mail now may take anybody's later.
        """
        match self.code and self.code // 100:
            case 2:
                return "accepted"
            case 5:
                return "refused"
        return "unknown"


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
