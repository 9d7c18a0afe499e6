"""Alerts: the timer asks for a look at everything that is stored and served.

Imports stay inside the function: the host indexes this file at each cold start.
"""

import logging
import os

import azure.functions as func

from functions.renewals import known_failures_end_here

log = logging.getLogger("relaykeeper.functions")
blueprint = func.Blueprint()

SCHEDULE = os.environ.get("RELAYKEEPER_WATCH_SCHEDULE", "0 */10 * * * *")


@blueprint.timer_trigger(arg_name="timer", schedule=SCHEDULE)
def watch(timer: func.TimerRequest) -> None:
    """Tell whoever should know what is wrong, and that it is over."""
    from shared.compose import compose
    from shared.workflows import watch

    if timer.past_due:
        log.warning("the timer is late")
    with known_failures_end_here():
        watch.watch(compose(os.environ))
