"""Follow requests of an app to their end, through short outages of the app: a line for each change."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relaykeeper import moments
from relaykeeper.app.api import Answer, Api, Busy
from relaykeeper.failures import AppRefused, NotAllowedFailure, NotReached, TimeIsOver
from relaykeeper.moments import second, span
from relaykeeper.output import note
from shared.api.parsing import TARGET
from shared.api.views import RequestView
from shared.domain.requests import is_id
from shared.errors import PermanentError, TransientError
from shared.http_client import TimeLimits
from shared.text import printable_line

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 1.0, 5.0, 1.5
"""Seconds between two looks, and by how much they grow."""

LOOK = TimeLimits(connection=10, pause=30, total=30)
"""A look at a request reads storage only; an app that has to start first needs some seconds."""

LONGEST_OUTAGE = 300.0
"""Seconds without an answer after which following ends: a deployment or a restart of the app takes less."""


TIMES = re.compile(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d)? UTC", re.ASCII)


class Clock:
    """Time, as following needs it; tests have another."""

    def now(self) -> datetime:
        return moments.now()

    def seconds(self) -> float:
        """Return seconds that only grow, whatever happens to the machine's clock."""
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)


CLOCK = Clock()


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request as the app showed it last; `document` has also what a newer app says."""

    view: RequestView
    document: Any

    @classmethod
    def of(cls, answer: Answer, id_: str | None = None) -> "SeenRequest":
        """Read an answer. Raises AppRefused if it is no request, or not the one of that id."""
        view = answer.read(RequestView)
        if not is_id(view.id) or id_ not in (None, view.id) or not re.fullmatch(TARGET, view.target, re.ASCII):
            raise AppRefused(f"{answer.tried}: the app answers in another way than this release knows")
        return cls(view, answer.document)

    @property
    def open(self) -> bool:
        return self.view.state not in ("done", "failed")

    @property
    def progress(self) -> tuple[str, str]:
        """What is news when it changes: state and message, whatever times the message names; when a worker looks next
        is none."""
        return self.view.state, TIMES.sub("", self.view.message)

    def __str__(self) -> str:
        state, message = self.view.state, self.view.message
        return printable_line(f"{self.view.target} {state}{': ' if message else ''}{message}")


class Follower:
    """Requests that an app has, each as it was seen last.

    `show` gets a line and whether it is an end, whenever state or message of one has changed.
    """

    def __init__(self, api: Api, show: Callable[[str, bool], None], clock: Clock) -> None:
        self.requests: dict[str, SeenRequest] = {}
        self._api, self._show, self._clock = api, show, clock
        self._pause = FIRST_PAUSE
        self._answered, self._silent = clock.seconds(), False

    @property
    def open(self) -> list[SeenRequest]:
        return [each for each in self.requests.values() if each.open]

    @property
    def failed(self) -> list[SeenRequest]:
        return [each for each in self.requests.values() if each.view.state == "failed"]

    def add(self, seen: SeenRequest) -> None:
        """Follow this one too."""
        self._answered, self._pause = self._clock.seconds(), FIRST_PAUSE
        self._note(seen)

    def follow(self, seconds: float) -> None:
        """Return when every request has ended. Raises TimeIsOver if one has not by then; NotAllowedFailure, or after
        LONGEST_OUTAGE what stood in the way, if the app does not show them any more."""
        end = self._clock.seconds() + seconds
        while self.open:
            left = end - self._clock.seconds()
            if left <= 0:
                states = (f"{each.view.target} is {each.view.state}" for each in self.open)
                raise TimeIsOver(f"after {span(seconds)} this has not ended: {', '.join(states)}")
            self._look_after_pause(left)

    def follow_for(self, seconds: float) -> None:
        """Look at the requests for so long, whether or not they have ended. Raises what `follow` does."""
        end = self._clock.seconds() + seconds
        while (left := end - self._clock.seconds()) > 0:
            self._look_after_pause(left)

    def _look_after_pause(self, at_most: float) -> None:
        self._clock.pause(min(self._pause, at_most))
        self._pause = min(self._pause * GROWTH, LONGEST_PAUSE)
        try:
            for each in self.open:
                seen = SeenRequest.of(self._api.get(f"requests/{each.view.id}"), each.view.id)
                self._is_answered()
                self._note(seen)
        except NotAllowedFailure:
            raise
        except (TransientError, PermanentError) as failure:
            self._miss(failure)

    def _is_answered(self) -> None:
        self._answered = self._clock.seconds()
        if self._silent:
            self._silent = False
            note("the app answers again")

    def _note(self, seen: SeenRequest) -> None:
        before = self.requests.get(seen.view.id)
        self.requests[seen.view.id] = seen
        if before is None or before.progress != seen.progress:
            self._show(f"{second(self._clock.now())} {seen}", not seen.open)

    def _miss(self, failure: TransientError | PermanentError) -> None:
        """Be patient with an app that does not answer, or not as it should. Raises the failure after LONGEST_OUTAGE."""
        if self._clock.seconds() - self._answered >= LONGEST_OUTAGE:
            raise failure
        if not self._silent:
            self._silent = True
            note(f"{failure}; it is asked again")
        self._pause = max(LONGEST_PAUSE, failure.retry_after if isinstance(failure, Busy) else 0)


def with_more(failure: TransientError | PermanentError, more: str) -> TransientError | PermanentError:
    """Return a failure that ended the following, with the same exit code and more to say."""
    text = f"{failure}\n{more}"
    match failure:
        case NotAllowedFailure() | NotReached() | TimeIsOver():
            return type(failure)(text)
    return AppRefused(text)
