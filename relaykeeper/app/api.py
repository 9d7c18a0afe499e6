"""The HTTP API of an app, as the command calls it: one call, its document, and what went wrong in the app's words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from relaykeeper.app.exchange import LIMITS, Response, exchange
from relaykeeper.app.login import headers_for
from relaykeeper.app.target import choose_target
from relaykeeper.failures import AppRefused, NotAllowedFailure, NotReached, UsageFailure
from shared.errors import PermanentError, TransientError
from shared.http_client import TimeLimits
from shared.text import printable_line, quoted

MOST_ERRORS = 100

REMEDIES: Mapping[int, str] = {
    401: ". The function key is wrong, or Easy Auth wants a token: give the target its app id (relaykeeper config)",
    403: ". The identity lacks an app role: reader to look, operator to change (docs/api.md)",
    404: ". Is it the URL of the app, and is its release new enough?",
}
"""What to do about what the platform itself answers, without a body."""

REFUSED_CALLERS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
WRONG_INPUT = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
SUCCESSES = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED)


class Busy(TransientError):
    """The app answers 429 or 503: the call may be repeated after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app answered: its text, for 201 and 202 the path of the new resource, and the id of the call in the
    app's log and history."""

    tried: str
    text: bytes
    location: str
    correlation: str = ""

    @property
    def document(self) -> Any:
        """The JSON document. Raises AppRefused if there is none."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            raise AppRefused(f"{self.tried}: the answer is no JSON; is it the URL of the app?") from None

    def read[M: BaseModel](self, model: type[M]) -> M:
        """The document as a view of the API. Raises AppRefused if it has another shape."""
        try:
            return model.model_validate(self.document)
        except ValidationError:
            raise AppRefused(f"{self.tried}: the app answers in another way than this release knows") from None


@dataclass(frozen=True, slots=True)
class Api:
    """An app at a URL, the headers that say who calls, and how long to wait for an answer."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    limits: TimeLimits = LIMITS

    def get(self, path: str, **query: str) -> Answer:
        """Read `/api/PATH`. Raises what `call` does."""
        return self.call("GET", path, query)

    def post(self, path: str, body: object) -> Answer:
        """Post a JSON body to `/api/PATH`. Raises what `call` does."""
        return self.call("POST", path, body=body)

    def delete(self, path: str, **query: str) -> Answer:
        """Delete `/api/PATH`. Raises what `call` does."""
        return self.call("DELETE", path, query)

    def call(self, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None) -> Answer:
        """Call the app once. Raises, with the app's own words, UsageFailure for input that it calls wrong or unknown,
        NotAllowedFailure for 401 and 403, Busy for 429 and 503, AppRefused for any other refusal; NotReached if there
        is no connection or no whole answer."""
        try:
            response = self.send(method, path, query, body)
        except UsageFailure:
            raise
        except (TransientError, PermanentError) as failure:
            raise NotReached(str(failure)) from None
        tried, headers = self.tried(method, path), response.headers
        if response.status in SUCCESSES:
            return Answer(tried, response.body, headers.get("location", ""), headers.get("x-correlation-id", ""))
        raise refusal(tried, response.status, headers.get("retry-after", ""), response.body)

    def send(self, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None) -> Response:
        """Call the app once and return what came back, whatever its status. Raises TransientError or PermanentError if
        there is no connection or no whole answer."""
        headers, sent = {**self.headers, "accept": "application/json"}, None
        if body is not None:
            headers, sent = {**headers, "content-type": "application/json"}, json.dumps(body).encode()
        try:
            address = f"{self.url}/api/{quote(path)}" + (f"?{urlencode(query)}" if query else "")
        except UnicodeEncodeError as odd:
            raise UsageFailure(f"an argument is no UTF-8 text: {quoted(odd.object)}") from None
        return exchange(method, address, self.tried(method, path), headers, sent, self.limits)

    def tried(self, method: str, path: str) -> str:
        return f"cannot {'ask' if method in ('GET', 'POST') else 'change'} {self.url}/api/{path}"


def open_api(target: str | None) -> Api:
    """Return the API of the app that is chosen. Raises UsageFailure or NotAllowedFailure."""
    chosen = choose_target(target)
    return Api(chosen.app, headers_for(chosen))


def refusal(tried: str, status: int, retry_after: str, text: bytes) -> PermanentError | TransientError:
    """Return what the app said in its problem (RFC 9457); the platform itself answers some calls without one."""
    kind: type[PermanentError] = UsageFailure if status in WRONG_INPUT else AppRefused
    try:
        problem = json.loads(text)
        errors = [error_line(each) for each in problem.get("errors", ())[:MOST_ERRORS]]
        message = "\n  ".join(map(printable_line, [f"{tried}: {problem['detail']}", *errors]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        kind, message = AppRefused, f"{tried}: status {status}{REMEDIES.get(status, '')}"
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        seconds = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0
        wait = f" (try again in {seconds:g} s)" if seconds else ""
        return Busy(f"{message}{wait}", seconds)
    return NotAllowedFailure(message) if status in REFUSED_CALLERS else kind(message)


def error_line(error: Mapping[str, str]) -> str:
    return f"{error.get('parameter') or error.get('pointer', '')}: {error['detail']}"
