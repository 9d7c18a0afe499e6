"""Issue if due; whatever comes of it, what is stored can be delivered."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.certificates import Stored
from shared.domain.issuance import Issuance, back_off
from shared.domain.journal import ISSUANCE, Journal, absence
from shared.domain.message import Message
from shared.domain.renewal import Due, Fresh, Waiting
from shared.domain.seen import Seen
from shared.domain.work import verdict_of
from shared.errors import NotYet, PermanentError, RateLimited, TransientError
from shared.guard import guard
from shared.inventory import Certificate
from shared.ports import Lease, Ports
from shared.workflows.challenges import withdraw
from shared.workflows.issue import abandon, finish, issue

log = logging.getLogger("relaykeeper.renew")

LONG_ENOUGH = timedelta(hours=1)
"""How long DNS, the authority or the vault may take before it counts as a failure."""

LONGEST_WAIT = timedelta(hours=1)


def issue_if_due(
    message: Message, certificate: Certificate, seen: Seen, lease: Lease[Journal], ports: Ports
) -> tuple[Stored | None, NotYet | None]:
    """Return the version to deliver, and what issuing still waits for.

    A failure is written down, earns a backoff, and does not keep the stored version from being delivered.
    """
    stored = seen.stored
    try:
        with guard(f"issuing {certificate.name}"):
            match verdict_of(certificate, seen, ports.clock.now()):
                case Due(reason):
                    stored = issue(certificate, stored, reason, lease, ports)
                    finish(lease, ports)
                case Fresh():
                    abandon(certificate, stored, lease, ports)
                case Waiting() if lease.journal.issuance is not None:
                    withdraw(lease, ports)
    except NotYet as wait:
        return stored, still_patient(message, wait, lease, ports)
    except (TransientError, PermanentError) as failure:
        put_off(message, failure, lease, ports)
    return stored, None


def still_patient(message: Message, wait: NotYet, lease: Lease[Journal], ports: Ports) -> NotYet | None:
    """Return a wait that grows with the issuance's age; None once it has taken too long and was put off."""
    issuance, now = lease.journal.issuance, ports.clock.now()
    if issuance is None:
        return wait
    if now - issuance.since > LONG_ENOUGH:
        put_off(message, TransientError(f"given up after {LONG_ENOUGH}: {wait}"), lease, ports)
        return None
    return NotYet(str(wait), min(max(wait.wait, absence(issuance.since, now)), LONGEST_WAIT), ISSUANCE)


def put_off(message: Message, failure: TransientError | PermanentError, lease: Lease[Journal], ports: Ports) -> None:
    """Write down why issuing failed and when to try again, and leave no TXT value behind.

    What a human must mend is tried again each tick, what may pass after a backoff of its own.
    """
    now = ports.clock.now()
    asked_for = failure.retry_after if isinstance(failure, RateLimited) else None
    backoff = back_off(lease.journal.backoff, failure, now, asked_for)
    log.error("%s: issuing failed: %s", message.certificate, failure)
    issuance = lease.journal.issuance
    begun_again = None if issuance is None else begun_anew(issuance, backoff.until)
    lease.write(replace(lease.journal, backoff=backoff, issuance=begun_again))
    if issuance is not None:
        withdraw_or_leave(message, lease, ports)
    if isinstance(failure, TransientError):
        ports.queue.send(message, backoff.until - now)


def begun_anew(issuance: Issuance, since: datetime) -> Issuance:
    """Return the issuance as it goes on after a backoff: with the same order, whose challenges are answered anew."""
    return replace(issuance, since=since, progress=replace(issuance.progress, answered=None))


def withdraw_or_leave(message: Message, lease: Lease[Journal], ports: Ports) -> None:
    """Withdraw what can be; the journal names the rest, and each tick tries again."""
    try:
        withdraw(lease, ports)
    except (TransientError, PermanentError) as failure:
        log.error("%s: TXT values stay for now: %s", message.certificate, failure)
