"""Say what the next tick would do, and what keeps it from more. Nothing is changed."""

from dataclasses import dataclass

from shared.domain.journal import Journal
from shared.domain.marks import refusal
from shared.domain.renewal import Due, Waiting
from shared.domain.requests import Request
from shared.domain.seen import Seen
from shared.domain.standing import held_once_issued, standing
from shared.domain.work import verdict_of, work
from shared.errors import PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Certificate
from shared.ports import Ports
from shared.workflows.ask import under_way
from shared.workflows.heed import heeding
from shared.workflows.left_behind import is_left_behind
from shared.workflows.look import look
from shared.workflows.silent import Silent

CLEAR_AWAY = "clear away what its issuance left behind: it is no longer in the inventory"


@dataclass(frozen=True, slots=True)
class Planned:
    """What the next tick would do about a certificate, and what keeps it from more, in words.

    `verdict` says why it is due, or that it is not; `would` what would be done were it not only observed; `unread` why
    it could not be looked at.
    """

    certificate: str
    verdict: str = ""
    todo: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    would: tuple[str, ...] = ()
    unread: str = ""


def plan(ports: Ports) -> tuple[Planned, ...]:
    """Look at every certificate in passing, as a tick does, under the pauses in force."""
    ports, requests, silent = heeding(ports), under_way(ports), Silent()
    planned = [plan_one(certificate, requests, silent, ports) for certificate in ports.inventory.certificates.values()]
    return (*planned, *left_behind(ports))


def plan_one(certificate: Certificate, requests: list[Request], silent: Silent, ports: Ports) -> Planned:
    try:
        with guard(f"planning for {certificate.name}"):
            journal = ports.journals.read(certificate.name)
            return plan_seen(certificate, look(certificate, journal, ports, silent), requests, ports)
    except (TransientError, PermanentError) as failure:
        return Planned(certificate.name, unread=str(failure))


def plan_seen(certificate: Certificate, seen: Seen, requests: list[Request], ports: Ports) -> Planned:
    now = ports.clock.now()
    verdict = verdict_of(certificate, seen, now)
    if certificate.mode == "observe":
        would = tuple(work(certificate, seen, now))
        return Planned(certificate.name, verdict.reason, held=("it is only observed",), would=would)
    if (refused := refusal(certificate, seen.stored)) is not None:
        return Planned(certificate.name, verdict.reason, held=(refused,))
    asked = [to_take_up(each) for each in requests if each.certificate == certificate.name and each.taken is None]
    todo, held = (*asked, *work(certificate, seen, now)), [*standing(certificate, seen, now)]
    if isinstance(verdict, Waiting):
        held.append(verdict.reason)
    if isinstance(verdict, Due):
        held += held_once_issued(certificate, seen, ports.inventory.places(certificate.name), now)
    if (blocked := blocking(certificate, seen.journal, bool(asked), ports)) is not None:
        return Planned(certificate.name, verdict.reason, held=(blocked, *todo, *held))
    return Planned(certificate.name, verdict.reason, todo, tuple(held))


def to_take_up(request: Request) -> str:
    what = f"{request.kind} by force" if request.force else request.kind
    return f"take up request {request.id}: {what}, asked for by {request.actor}: {request.reason}"


def blocking(certificate: Certificate, journal: Journal, asked: bool, ports: Ports) -> str | None:
    """Say why nothing at all would be done; None where something would."""
    pause = ports.inventory.pause_of(certificate.name)
    if pause is not None:
        return f"{pause.reason}, until {pause.until:%Y-%m-%d %H:%M %Z}"
    if not asked and journal.waits(ports.clock.now()):
        return journal.wait_in_words()
    return None


def left_behind(ports: Ports) -> list[Planned]:
    """Return what is to be cleared away of certificates that left the inventory while they were being issued."""
    planned = []
    for name in ports.journals.names():
        try:
            with guard(f"planning for {name}"):
                if is_left_behind(name, ports):
                    planned.append(Planned(name, todo=(CLEAR_AWAY,)))
        except (TransientError, PermanentError) as failure:
            planned.append(Planned(name, unread=str(failure)))
    return planned
