"""Say and write down how an attempt went: the journal is the one retry loop."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from shared.domain.inventory import Certificate
from shared.domain.journal import Journal, back_off
from shared.domain.marks import refusal
from shared.domain.message import Message
from shared.domain.work import Seen, verdict_of
from shared.errors import NotYet, PermanentError, RateLimited, TransientError
from shared.ports import Lease, Ports
from shared.workflows.challenges import withdraw

log = logging.getLogger("relaykeeper.renew")


def report(certificate: Certificate, seen: Seen, todo: Sequence[str], now: datetime) -> None:
    """Say what one look found."""
    prefix = "observed only: " if certificate.mode == "observe" else ""
    for line in todo:
        log.info("%s: %s%s", certificate.name, prefix, line)
    if not todo:
        log.info(
            "%s: nothing to do: %s", certificate.name, seen.journal.error or verdict_of(certificate, seen, now).reason
        )


def refuse_if_marked(certificate: Certificate, seen: Seen) -> None:
    """Raise PermanentError if the certificate bears another tool's mark."""
    if (refused := refusal(certificate, seen.stored)) is not None:
        raise PermanentError(refused)


@contextmanager
def written_down(message: Message, lease: Lease[Journal], ports: Ports) -> Iterator[None]:
    """Write down how the attempt inside ended; let it come back if it needs more time."""
    try:
        yield
    except NotYet as wait:
        log.info("%s: waiting: %s", message.certificate, wait)
        lease.write(replace(lease.journal, next_attempt=ports.clock.now() + wait.wait, error=None))
        ports.queue.send(message, wait.wait)
    except (TransientError, PermanentError) as failure:
        log.error("%s: %s", message.certificate, failure)
        lease.write(replace(lease.journal, next_attempt=None, error=str(failure)))
    else:
        done = replace(lease.journal, next_attempt=None, error=None)
        if done != lease.journal:
            lease.write(done)


def put_off(message: Message, failure: TransientError | PermanentError, lease: Lease[Journal], ports: Ports) -> None:
    """Write down why issuing failed and when to try again, and leave no TXT value behind.

    What a human must mend is tried again each tick, what may pass after a backoff of its own.
    """
    now = ports.clock.now()
    asked_for = failure.retry_after if isinstance(failure, RateLimited) else None
    backoff = back_off(lease.journal.backoff, str(failure), now, asked_for)
    if isinstance(failure, PermanentError):
        backoff = replace(backoff, until=now)
    log.error("%s: issuing failed, attempt %d: %s", message.certificate, backoff.attempts, failure)
    lease.write(replace(lease.journal, backoff=backoff))
    if isinstance(failure, TransientError):
        ports.queue.send(message, backoff.until - now)
    if lease.journal.issuance is not None:
        withdraw(lease, ports)
