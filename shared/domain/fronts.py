"""What clients meet who come through a public name, such as Traffic Manager's, in front of a relay's clusters."""

from collections.abc import Collection, Iterable, Mapping

from shared.domain.certificates import Thumbprint
from shared.domain.places import Answer, Question
from shared.domain.proof import as_host, question
from shared.domain.served import askable, turned_away
from shared.inventory import Certificate, Relay, RelayPort


def front_questions(certificate: Certificate, relay: Relay) -> list[Question]:
    """Ask each front of the relay for the first DNS name."""
    name = as_host(certificate.dns_names[0])
    return [
        question(
            relay,
            f"{relay.name} at {front.host}:{port}",
            front.host,
            port.service,
            name,
            implicit=port.implicit,
            resolver=front.resolver,
        )
        for front in relay.front
        for port in (RelayPort(front.port, front.port),)
    ]


def front_faults(answers: Iterable[Answer], served: Collection[Thumbprint]) -> Mapping[str, str]:
    """Say which fronts present something that none of the relay's clusters serves, and what.

    Nothing is said of those that turn us away.
    """
    known = askable(answers)
    away = turned_away(known)
    return {a.question.pod: what for a in known if a not in away and (what := fault(a, served)) is not None}


def fault(answer: Answer, served: Collection[Thumbprint]) -> str | None:
    if answer.thumbprint is None:
        return answer.failure
    if answer.thumbprint not in served:
        return f"serves {answer.thumbprint[:12]}, which no cluster behind it does"
    return answer.fault or None
