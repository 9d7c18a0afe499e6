"""Ask an app for a change of one object or of several, one after the other, and follow that to its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from relaykeeper.app.api import Answer, Api, open_api
from relaykeeper.app.kinds import Kind
from relaykeeper.changing import follow
from relaykeeper.changing.choosing import Choice, choose
from relaykeeper.changing.follow import Follower, SeenRequest, with_more
from relaykeeper.changing.options import ChangeArguments, target_option
from relaykeeper.changing.reasons import read_reason
from relaykeeper.exit_codes import ExitCode
from relaykeeper.failures import NotReached, exit_code_of
from relaykeeper.moments import minute, read_span
from relaykeeper.output import note, print_json
from shared.errors import PermanentError, TransientError


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two requests, and for how long they are followed, if they are (`wait`); how that is printed."""

    stagger: float
    timeout: float
    wait: bool
    json: bool

    @classmethod
    def read(cls, timeout: str, stagger: str = "0s", *, wait: bool = True, json: bool = False) -> "Pace":
        """Read the options. Raises UsageFailure."""
        between, most = read_span(stagger, "--stagger"), read_span(timeout, "--timeout")
        return cls(between.total_seconds(), most.total_seconds(), wait, json)

    def show(self, line: str, ended: bool) -> None:
        """Print a change: an end, or all that is to be known, is what was asked for; the rest is progress."""
        if not self.json and (ended or not self.wait):
            print(line, flush=True)
        elif not self.json:
            note(line)


class Batch:
    """Requests for objects of these names, of which `unsent` are still to be sent; `ask` sends one."""

    def __init__(self, names: Sequence[str], ask: Callable[[str], SeenRequest], follower: Follower) -> None:
        self.unsent, self.sending, self.follower = list(names), "", follower
        self.refused: TransientError | PermanentError | None = None
        self._ask = ask

    def send_all(self, stagger: float) -> None:
        """Send all, so many seconds apart; none any more once one has failed, or was refused. Raises what the first is
        refused with, and what Follower.follow does."""
        self._send_next()
        while self.unsent and self.refused is None and not self.follower.failed:
            self.follower.follow_for(stagger)
            if not self.follower.failed:
                self._send_or_stop()
        if self.unsent:
            why = "was refused" if self.refused is not None else "has failed"
            note(f"not sent any more, because one {why}: {', '.join(self.unsent)}")

    def _send_or_stop(self) -> None:
        try:
            self._send_next()
        except (TransientError, PermanentError) as refused:
            self.refused, self.sending = refused, ""
            note_lines(str(refused))

    def _send_next(self) -> None:
        self.sending = self.unsent[0]
        seen = self._ask(self.sending)
        del self.unsent[0]
        self.sending = ""
        self.follower.add(seen)

    def document(self) -> Any:
        """Return what `--json` prints: each request as the app showed it last."""
        return {"requests": [each.document for each in self.follower.requests.values()], "not_sent": self.unsent}

    def exit_code(self) -> ExitCode:
        if self.refused is not None:
            return exit_code_of(self.refused)
        return ExitCode.NOT_AS_IT_SHOULD_BE if self.follower.failed else ExitCode.DONE


def request_change(kind: Kind, verb: str, given: ChangeArguments, send: Callable[[Api, str, str], Answer]) -> ExitCode:
    """Send a request for each object that is chosen, by its name and the reason, and follow them.

    Raises UsageFailure for arguments that do not fit, and what `run` does.
    """
    pace = Pace.read(given.timeout, given.stagger, wait=not given.no_wait, json=given.json)
    choice = Choice.read(kind, given.names, given.selector, given.yes)
    why = read_reason(given.reason, given.ticket)
    api = open_api(given.target)
    names = choose(choice, verb, api)

    def ask(name: str) -> SeenRequest:
        try:
            answer = send(api, name, why)
        except NotReached as failure:
            raise with_more(
                failure, "If the app got it all the same, it is done; see: relaykeeper get requests"
            ) from None
        seen = SeenRequest.of(answer)
        if answer.correlation not in ("", seen.view.correlation):
            note(joined(seen))
        return seen

    return run(Batch(names, ask, new_follower(api, pace)), pace, given.target)


def follow_request(id_: str, pace: Pace, target: str | None) -> ExitCode:
    """Follow a request that was made before. Raises what Api.get and Follower.follow do."""
    api = open_api(target)

    def look(id_: str) -> SeenRequest:
        return SeenRequest.of(api.get(f"requests/{id_}"), id_)

    return run(Batch([id_], look, new_follower(api, pace)), pace, target)


def new_follower(api: Api, pace: Pace) -> Follower:
    return Follower(replace(api, limits=follow.LOOK), pace.show, follow.CLOCK)


def run(batch: Batch, pace: Pace, target: str | None) -> ExitCode:
    """Send and follow a batch. Whatever ends that, say what goes on, and with `--json` print what was seen last."""
    follower = batch.follower
    try:
        batch.send_all(pace.stagger)
        if pace.wait:
            follower.follow(pace.timeout)
    except (TransientError, PermanentError) as failure:
        if not follower.requests:
            raise
        raise with_more(failure, what_remains(batch, target)) from None
    except KeyboardInterrupt:
        note_lines(what_remains(batch, target))
        raise
    finally:
        if pace.json and follower.requests:
            print_json(batch.document())
    if follower.open:
        note_lines(where_to_look(follower.open, target))
    for each in follower.failed:
        note(f"See: relaykeeper status {each.view.target}{target_option(target)}")
    return batch.exit_code()


def joined(seen: SeenRequest) -> str:
    from relaykeeper.looking.tables import actor_name

    view = seen.view
    made = f"made at {minute(view.at)} by {actor_name(view.by)}"
    return f"{view.target}: joins the open request {view.id}, {made}: {view.reason}"


def where_to_look(requests: Sequence[SeenRequest], target: str | None) -> str:
    """Say how to go on with what is open, in words that can be pasted."""
    to = target_option(target)
    if len(requests) > 1:
        return f"The work goes on. See it: relaykeeper get requests --watch{to}"
    view = requests[0].view
    return (
        f"The work goes on. See it: relaykeeper status {view.target}{to}\n"
        f"or follow it: relaykeeper follow {view.id}{to}"
    )


def what_remains(batch: Batch, target: str | None) -> str:
    """Say what goes on although nobody follows it any more, what may, and what does not."""
    going_on, sending = batch.follower.open, batch.sending
    lines = [where_to_look(going_on, target)] if going_on else []
    if sending:
        lines.append(f"Whether the app got the request for {sending} is not known: relaykeeper get requests")
    if unsent := [name for name in batch.unsent if name != sending]:
        lines.append(f"Not sent: {', '.join(unsent)}")
    return "\n".join(lines)


def note_lines(text: str) -> None:
    for line in text.splitlines():
        note(line)
