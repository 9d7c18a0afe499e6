"""Say and write down how an attempt went: the journal is the one retry loop."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.seen import Seen
from shared.domain.standing import observed, standing
from shared.domain.work import verdict_of
from shared.errors import NotYet, PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Certificate
from shared.ports import Lease, Ports

log = logging.getLogger("relaykeeper.renew")

RETRY = timedelta(minutes=5)
"""When an attempt that could not even look is made again."""


def report(certificate: Certificate, seen: Seen, todo: Sequence[str], now: datetime) -> None:
    """Say what one look found."""
    for line in [*standing(certificate, seen, now), *todo]:
        log.info("%s: %s", certificate.name, line)
    if not todo:
        log.info(
            "%s: nothing to do: %s", certificate.name, seen.journal.error or verdict_of(certificate, seen, now).reason
        )


def report_observed(certificate: Certificate, seen: Seen, ports: Ports) -> None:
    """Say how a certificate under observation stands, and what would be done."""
    now = ports.clock.now()
    for line in [*standing(certificate, seen, now), *observed(certificate, seen, now)]:
        log.info("%s: observed only: %s", certificate.name, line)


@contextmanager
def written_down(message: Message, lease: Lease[Journal], ports: Ports) -> Iterator[None]:
    """Write down how the attempt inside ended; let it come back if it needs more time, or may go better later."""
    try:
        with guard(f"working on {message.certificate}"):
            yield
    except NotYet as wait:
        log.info("%s: waiting: %s", message.certificate, wait)
        waiting = lease.journal.waiting(wait.waits_on, str(wait), ports.clock.now())
        come_back(message, wait.wait, waiting, lease, ports)
    except TransientError as failure:
        log.error("%s: %s", message.certificate, failure)
        come_back(message, RETRY, replace(lease.journal, waits_for=None, error=str(failure)), lease, ports)
    except PermanentError as failure:
        log.error("%s: %s", message.certificate, failure)
        lease.write(replace(lease.journal, next_attempt=None, waits_for=None, error=str(failure)))
    else:
        done = lease.journal.done()
        if done != lease.journal:
            lease.write(done)


def come_back(message: Message, wait: timedelta, journal: Journal, lease: Lease[Journal], ports: Ports) -> None:
    """Write down `journal` with the next attempt, then send the one message for it."""
    lease.write(replace(journal, next_attempt=ports.clock.now() + wait))
    ports.queue.send(message, wait)
