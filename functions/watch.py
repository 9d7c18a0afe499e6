"""Alerts: the timer asks for a look at everything that is stored and served.

Imports stay inside the function: the host indexes this file at each cold start.
"""

import os
from uuid import uuid4

import azure.functions as func

from functions.executions import on_timer

blueprint = func.Blueprint()

SCHEDULE = os.environ.get("RELAYKEEPER_WATCH_SCHEDULE", "0 */10 * * * *")


@blueprint.timer_trigger(arg_name="timer", schedule=SCHEDULE)
def watch(timer: func.TimerRequest) -> None:
    """Tell whoever should know what is wrong, and that it is over."""
    from shared.workflows import watch

    correlation = uuid4().hex
    on_timer(timer, correlation, lambda ports: watch.watch(ports, correlation))
