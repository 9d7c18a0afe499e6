"""A tick that is asked for: a second clock, for when the app's timers do not fire."""

from datetime import datetime

from shared.api.handler import ApiRequest, Operation
from shared.api.http import HttpResponse, ProblemKind, json_response
from shared.api.parsing import WithReason
from shared.api.views import View
from shared.domain.timers import Timer
from shared.workflows.second_clock import WatchDone, tick_by_call


class TickView(View):
    """A tick that was asked for. What it found to do is done by the workers afterwards."""

    at: datetime
    """When it began."""
    messages: int
    """How many objects a worker was asked to look at."""
    silent_timers: tuple[Timer, ...]
    """Timers of the app, `tick` or `watch`, that have missed two of their times: the alert TimerSilent says so."""
    watch: WatchDone
    """`done`: the watch was made with it, because its own timer does not fire; `under way`: somebody else makes it;
    `not needed`: its timer works."""


def tick_now(call: ApiRequest[WithReason]) -> HttpResponse:
    done = tick_by_call(call.trigger, call.ports())
    return json_response(TickView(at=done.at, messages=done.messages, silent_timers=done.silent, watch=done.watch))


TICK_OPERATIONS = (
    Operation(
        id="tick_now",
        method="POST",
        path="ticks",
        summary="Tick now, as the timer does",
        description="For a clock outside the app, because an app's timers can die while it answers HTTP. Sends one "
        "message for each certificate and client. If the watch's timer does not fire either, the watch is made too, "
        "which may take minutes: the response may be lost then, the work is not. At most one tick a minute, the "
        "timer's included.",
        role="ticker",
        run=tick_now,
        body=WithReason,
        responses={200: TickView},
        problems=(ProblemKind.TOO_MANY,),
    ),
)
