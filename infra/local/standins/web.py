"""HTTP as the stand-ins see it: requests, routes, sites; and the way to an answer: authenticate, route, fault, act."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.message import Message
from functools import cache, partial
from typing import Any

from infra.local.standins.faults import Fault, FaultError, Faults, read_fault
from infra.local.standins.tokens import ANONYMOUS, Caller


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is decoded, without query and closing slash; `origin` is scheme, address and port of the listener."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: bytes
    origin: str
    caller: Caller = ANONYMOUS

    def json(self) -> dict[str, Any]:
        """The body as a JSON object, `{}` if there is none; raises InputError for anything else."""
        try:
            content = json.loads(self.body or b"{}")
        except ValueError as error:
            raise InputError(f"The body of {self.method} {self.path} is not JSON: {error}.") from error
        if not isinstance(content, dict):
            raise InputError(f"The body of {self.method} {self.path} must be a JSON object.")
        return content


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is sent as JSON, None as no body at all; `cut`: the connection ends in the middle of the body."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


class RefusalError(Exception):
    """An operation ends here, with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"answered {answer.status}")
        self.answer = answer


class InputError(Exception):
    """What the caller sent cannot be read; the sentence says why."""


type Endpoint = Callable[..., Answer]
"""Called with the request and, by name, the parts of the path that the route's template names."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path template such as `/certificates/{name}/create`; paths are compared without regard to case."""

    method: str
    template: str
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class Site:
    """What one listener serves.

    The first route that fits is taken. `controls` are our own switches, reached without a token. `refuse` lays out a
    status, an error code and a sentence the way the service in question does. `unimplemented` paths are answered 501
    with everything below them, though a route would fit. `secret_paths`: paths are not logged, as who knows one may use
    it.
    """

    name: str
    routes: Sequence[Route]
    authenticate: Callable[[Request], Caller]
    refuse: Callable[[int, str, str], Answer]
    faults: Faults = field(default_factory=Faults)
    controls: Sequence[Route] = ()
    unimplemented: Sequence[str] = ()
    secret_paths: bool = False


@dataclass(frozen=True, slots=True)
class Handled:
    """How a request ended; no answer means that the connection is closed without one."""

    answer: Answer | None
    caller: Caller


def handle(site: Site, request: Request) -> Handled:
    """Answer a request; a switched-on fault comes between the caller's authentication and the operation."""
    try:
        endpoint = _endpoint(_controls(site), request)
        if endpoint:
            return Handled(endpoint(request), ANONYMOUS)
        request = replace(request, caller=site.authenticate(request))
        endpoint = _find(site, request)
        fault = site.faults.take(request.method, request.path)
        answer = _faulty(site, fault, request, endpoint) if fault else endpoint(request)
    except RefusalError as refusal:
        return Handled(refusal.answer, request.caller)
    except InputError as error:
        return Handled(site.refuse(400, "BadRequest", str(error)), request.caller)
    return Handled(answer, request.caller)


def _faulty(site: Site, fault: Fault, request: Request, endpoint: Endpoint) -> Answer | None:
    if fault.after:
        answer = endpoint(request)
        return None if answer.body is None else replace(answer, cut=True)
    match fault.answer:
        case "drop":
            return None
        case "slow":
            fault.wait()
            return endpoint(request)
        case status:
            refusal = site.refuse(status, fault.code, fault.message)
            again = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return replace(refusal, headers={**refusal.headers, **again})


def _controls(site: Site) -> Sequence[Route]:
    def add(request: Request) -> Answer:
        try:
            site.faults.add(read_fault(request.body))
        except FaultError as error:
            raise RefusalError(site.refuse(400, "InvalidFault", str(error))) from error
        return Answer(204)

    def clear(_: Request) -> Answer:
        site.faults.clear()
        return Answer(204)

    return (Route("POST", "/_faults", add), Route("DELETE", "/_faults", clear), *site.controls)


def _find(site: Site, request: Request) -> Endpoint:
    path = request.path.lower()
    closed = any(path == prefix or path.startswith(f"{prefix}/") for prefix in site.unimplemented)
    endpoint = None if closed else _endpoint(site.routes, request)
    if endpoint is None:
        sentence = f"The stand-in {site.name} does not implement {request.method} {request.path}."
        raise RefusalError(site.refuse(501, "NotImplemented", sentence))
    return endpoint


def _endpoint(routes: Sequence[Route], request: Request) -> Endpoint | None:
    for route in routes:
        found = _pattern(route.template).fullmatch(request.path)
        if found and route.method == request.method:
            return partial(route.endpoint, **found.groupdict())
    return None


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), re.IGNORECASE)
