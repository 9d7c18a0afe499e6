"""Does a release work where it was deployed? It runs, a tick begins, the next watch follows, and each part works."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from infra.deploy.programs import DeployError
from infra.deploy.waiting import Patience, wait_until
from relaykeeper.app.api import Api
from relaykeeper.app.exchange import Response
from shared.errors import TransientError


@dataclass(frozen=True, slots=True)
class SmokeTest:
    """How patient it is: until the host starts, until a tick is allowed, until the watch's timer fires."""

    start: Patience
    tick: Patience
    watch: Patience

    def run(self, version: str, reason: str, api: Api) -> None:
        """Return if all works. Raises DeployError with what does not, in words."""
        wait_until(self.start, lambda: lacks_release(version, api), f"{version} was uploaded and does not run")
        began = time.monotonic()
        wait_until(self.tick, lambda: lacks_tick(reason, api), "no tick was made")
        wait_until(self.watch, lambda: lacks_work(began, api), f"{version} runs, and does not work")
        if broken := list(broken_parts(api)):
            said = [f"{version} runs, and {len(broken)} of its parts do not work:", *broken, *read_errors(api)]
            raise DeployError("\n".join(said))


PATIENT = SmokeTest(start=Patience(600, 5), tick=Patience(300, 20), watch=Patience(1500, 15))
"""The watch's timer fires every ten minutes by default."""


def lacks_release(version: str, api: Api) -> str:
    """Say whether another release answers, or none."""
    try:
        answer = api.send("GET", "health")
    except TransientError as failure:
        return str(failure)
    running = answer.member("release")
    if running is None:
        return f"/api/health answers {answer.status}, {answer.text}"
    return "" if running == version else f"{running} still answers"


def lacks_tick(reason: str, api: Api) -> str:
    """Ask for a tick; say what there is to wait for. Raises DeployError if waiting does not help."""
    try:
        answer = api.send("POST", "ticks", body={"reason": reason})
    except TransientError:
        return ""  # an answer may be lost while the tick goes on; health says whether it does
    match answer.status:
        case HTTPStatus.OK:
            return ""
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            raise DeployError(
                f"POST /api/ticks: {answer.status}, {answer.text}. The deployer needs the app's roles operator and "
                "reader (docs/security.md)."
            )
        case status if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return f"POST /api/ticks: {status}, {answer.text}"
        case status:
            raise DeployError(f"POST /api/ticks: {status}, {answer.text}")


def lacks_work(began: float, api: Api, works: Sequence[str] = ("tick", "watch")) -> str:
    """Say which of these has not been done since `began`."""
    try:
        answer = api.send("GET", "health")
    except TransientError as failure:
        return str(failure)
    return "; ".join(what for what in (late(work, began, answer) for work in works) if what)


def late(what: str, began: float, health: Response) -> str:
    age = health.member(f"{what}_age_seconds")
    if isinstance(age, int) and age <= time.monotonic() - began:
        return ""
    return f"no {what} has been made since" + ("" if age is None else f": the last was {age} s ago")


def broken_parts(api: Api) -> Iterator[str]:
    """Yield a line for each part that does not work. Raises DeployError if the parts cannot be read."""
    answer = api.send("GET", "health/parts")
    parts = answer.member("parts")
    if parts is None:
        raise DeployError(f"GET /api/health/parts: {answer.status}, {answer.text}")
    for part in parts:
        if part["status"] != "ok":
            yield f"  {part['name']} ({part['status']}): {part['message']}"


def read_errors(api: Api) -> Iterator[str]:
    """Yield a line for each thing that the app cannot read now: these sentences name the role that is missing."""
    found: dict[str, None] = {}
    for kind in ("certificates", "clients"):
        answer = api.send("GET", kind)
        found |= dict.fromkeys(unread({"errors": answer.member("errors")}))
        for each in answer.member(kind) or ():
            found |= dict.fromkeys(unread(each))
    yield from found


def unread(shown: Mapping[str, Any]) -> Iterator[str]:
    """Yield what one object of the API says that it could not read, its places included."""
    yield from (f"  {name}: {why}" for name, why in (shown.get("errors") or {}).items())
    for place in shown.get("places", ()):
        if place["state"] == "unreachable":
            yield f"  {place['place']}: {place['message']}"
