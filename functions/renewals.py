"""Scheduled renewal: the timer asks for a look at every certificate, the queue's handler takes each look.

Imports stay inside the functions: the host indexes this file at each cold start.
"""

import os
from functools import partial
from uuid import uuid4

import azure.functions as func

from functions.executions import on_message, on_timer

blueprint = func.Blueprint()

SCHEDULE = os.environ.get("RELAYKEEPER_RENEWAL_SCHEDULE", "0 17 * * * *")
STORAGE = "AzureWebJobsStorage"


@blueprint.timer_trigger(arg_name="timer", schedule=SCHEDULE)
def tick(timer: func.TimerRequest) -> None:
    """Send one message per certificate, and per certificate that was given up while it was being issued."""
    from shared.workflows.tick import enqueue_all

    correlation = uuid4().hex
    on_timer(timer, correlation, partial(enqueue_all, correlation))


@blueprint.queue_trigger(arg_name="message", queue_name="renewals", connection=STORAGE)
def renew(message: func.QueueMessage) -> None:
    """Bring one certificate from wanted to served."""
    from shared.workflows import renew

    on_message(message, renew.renew)


@blueprint.queue_trigger(arg_name="message", queue_name="renewals-poison", connection=STORAGE)
def bury(message: func.QueueMessage) -> None:
    """Write into the certificate's journal that its message failed again and again."""
    from shared.workflows import renew

    on_message(message, renew.record_crash)
