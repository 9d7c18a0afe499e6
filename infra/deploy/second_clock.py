"""A clock outside of the app: tick if its health says that something is late, and fail loudly if that fails too.

The timers of a Function App can stop after a deployment while HTTP works, and a dead timer cannot say so.
"""

import time
from http import HTTPStatus

from infra.deploy.smoke_test import lacks_tick, lacks_work
from infra.deploy.waiting import Patience, wait_until
from relaykeeper.app.api import Api
from shared.errors import TransientError

PATIENCE = Patience(total=240, pause=65)
"""Where a tick is refused because there was one less than a minute ago, the next is asked for after that."""


def second_clock(reason: str, api: Api) -> str:
    """Return what was found and done. Raises DeployError if the app does not work and no tick can be had."""
    state = state_of(api)
    if state == "ok":
        return "the app is well: nothing to do"
    began, tried = time.monotonic(), f"the app is {state}, and no tick was made"
    wait_until(PATIENCE, lambda: lacks_tick(reason, api), tried)
    wait_until(PATIENCE, lambda: lacks_work(began, api, ["tick"]), tried)
    return f"the app was {state}: a tick was made"


def state_of(api: Api) -> str:
    try:
        answer = api.send("GET", "health")
    except TransientError as failure:
        return f"silent ({failure})"
    said = answer.member("status")
    return str(said) if said and answer.status in (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE) else answer.text
