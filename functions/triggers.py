"""The functions of timers and queues.

Imports stay inside the functions: the host indexes this file at each cold start.
"""

import os
from uuid import uuid4

import azure.functions as func

from functions.worker import on_message, on_timer

trigger_blueprint = func.Blueprint()

TICK_SCHEDULE = os.environ.get("RELAYKEEPER_TICK_SCHEDULE", "0 17 * * * *")
WATCH_SCHEDULE = os.environ.get("RELAYKEEPER_WATCH_SCHEDULE", "0 */10 * * * *")
STORAGE = "AzureWebJobsStorage"


@trigger_blueprint.timer_trigger(arg_name="timer", schedule=TICK_SCHEDULE)
def tick(timer: func.TimerRequest) -> None:
    """Queue a message for each certificate and client, and for each certificate that left the inventory while it was
    being issued."""
    from shared.workflows.tick import tick_by_timer

    correlation = uuid4().hex
    on_timer(timer, correlation, lambda ports: tick_by_timer(correlation, ports))


@trigger_blueprint.timer_trigger(arg_name="timer", schedule=WATCH_SCHEDULE)
def watch(timer: func.TimerRequest) -> None:
    """Observe everything that is stored and served, and send alerts."""
    from shared.workflows import watch

    correlation = uuid4().hex
    on_timer(timer, correlation, lambda ports: watch.watch(ports, correlation))


@trigger_blueprint.queue_trigger(arg_name="message", queue_name="work", connection=STORAGE)
def renew(message: func.QueueMessage) -> None:
    """Bring one certificate from wanted to served, or one client from wanted to accepted."""
    from shared.workflows import work

    on_message(message, work.work)


@trigger_blueprint.queue_trigger(arg_name="message", queue_name="work-poison", connection=STORAGE)
def handle_poison(message: func.QueueMessage) -> None:
    """Record in the object's journal that processing its message failed again and again."""
    from shared.workflows import work

    on_message(message, work.give_up)
