"""Scheduled renewal: the timer asks for a look at every certificate, the queue's handler takes each look.

Imports stay inside the functions: the host indexes this file at each cold start.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import azure.functions as func

log = logging.getLogger("relaykeeper.functions")
blueprint = func.Blueprint()

SCHEDULE = os.environ.get("RELAYKEEPER_RENEWAL_SCHEDULE", "0 17 * * * *")
STORAGE = "AzureWebJobsStorage"


@blueprint.timer_trigger(arg_name="timer", schedule=SCHEDULE)
def tick(timer: func.TimerRequest) -> None:
    """Send one message per certificate, and per certificate that was given up while it was being issued."""
    from shared.compose import compose
    from shared.workflows.tick import look_at_all

    if timer.past_due:
        log.warning("the timer is late")
    with known_failures_end_here():
        look_at_all(uuid4().hex, compose(os.environ))


@blueprint.queue_trigger(arg_name="message", queue_name="renewals", connection=STORAGE)
def renew(message: func.QueueMessage) -> None:
    """Bring one certificate from wanted to served."""
    from shared.compose import compose
    from shared.messages import read_message
    from shared.workflows import renew

    with known_failures_end_here():
        renew.renew(read_message(message.get_body()), compose(os.environ))


@blueprint.queue_trigger(arg_name="message", queue_name="renewals-poison", connection=STORAGE)
def bury(message: func.QueueMessage) -> None:
    """Write into the certificate's journal that its message failed again and again."""
    from shared.compose import compose
    from shared.messages import read_message
    from shared.workflows import bury

    with known_failures_end_here():
        bury.bury(read_message(message.get_body()), compose(os.environ))


@contextmanager
def known_failures_end_here() -> Iterator[None]:
    """Log a failure that we know and end the message: the next tick is the retry.

    A bug or a crash brings the message back, and so does a journal that another worker holds.
    """
    from shared.errors import LeaseTaken, RelaykeeperError

    try:
        yield
    except LeaseTaken:
        raise
    except RelaykeeperError as failure:
        log.error("%s", failure)
