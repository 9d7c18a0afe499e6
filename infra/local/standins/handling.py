"""From a request to its answer: authenticate, route, fault, act."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from infra.local.standins.faults import Fault, FaultError, read_fault
from infra.local.standins.tokens import ANONYMOUS, Caller
from infra.local.standins.web import Answer, Endpoint, InputError, RefusalError, Request, Route, Site


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
