"""HTTP: functions' routes, and the administration routes, which run a function now, list the functions, tell the state.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger
https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from enum import IntEnum
from hmac import compare_digest
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from infra.local.host import timers
from infra.local.host.protos import RpcHttp, TypedData
from infra.local.host.queues import by_hand
from infra.local.host.settings import HostError, Keys
from infra.local.host.worker import Function, Invoke, Result


class Level(IntEnum):
    """What a key opens; each level includes those below it."""

    ANONYMOUS = 0
    FUNCTION = 1
    ADMIN = 2


@dataclass(frozen=True, slots=True)
class Route:
    """A function's address: `pattern` matches the path after the prefix, with a group per parameter."""

    function: Function
    template: str
    pattern: re.Pattern[str]
    methods: frozenset[str]
    level: Level

    @classmethod
    def of(cls, function: Function) -> "Route":
        """The route of an HTTP function; raises HostError if its template is one that this host does not know."""
        trigger = function.trigger
        template = (trigger.get("route") or function.name).strip("/")
        return cls(
            function,
            template,
            re.compile("".join(map(_segment, template.split("/"))), re.IGNORECASE),
            frozenset(trigger.get("methods") or ()),
            Level[trigger["authLevel"].upper()],
        )

    def parameters(self, method: str, path: str) -> Mapping[str, str] | None:
        """The route's parameters if it takes `method` at `path` (still percent-encoded, from its slash on)."""
        match = self.pattern.fullmatch(path)
        if match is None or (self.methods and method not in self.methods):
            return None
        return {name: unquote(value) for name, value in match.groupdict().items() if value is not None}


@dataclass(frozen=True, slots=True)
class Site:
    """What is served; `prefix` is the path before the routes, such as `/api`, or empty."""

    functions: tuple[Function, ...]
    routes: tuple[Route, ...]
    prefix: str
    keys: Keys | None
    invoke: Invoke


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was read whole."""

    method: str
    url: SplitResult
    headers: Message
    body: bytes

    @property
    def query(self) -> Mapping[str, str]:
        return dict(parse_qsl(self.url.query))

    @property
    def key(self) -> str:
        """The key that came along, as Azure's host looks for it; empty if there is none."""
        return self.headers.get("x-functions-key") or self.query.get("code", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; its headers are without the length."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(request: Request, site: Site) -> Answer:
    """The answer to `request`."""
    granted = level_of(request.key, site.keys)
    if request.url.path.startswith("/admin/"):
        if granted < Level.ADMIN:
            return refusal(granted)
        status, text = administer(request.method, request.url.path, request.body, site.functions, site.invoke)
        return Answer(status, text.encode(), {"content-type": "application/json; charset=utf-8"})
    path = request.url.path.removeprefix(site.prefix)
    found = find(site.routes, request.method, path) if request.url.path.startswith(site.prefix + "/") else None
    if found is None:
        return Answer(HTTPStatus.NOT_FOUND)
    route, parameters = found
    if granted < route.level:
        return refusal(granted)
    return rendered(site.invoke(route.function, as_sent(request, parameters), {}).result())


def refusal(granted: Level) -> Answer:
    """401 for a key that opens nothing, 403 for one that does not open this."""
    return Answer(HTTPStatus.UNAUTHORIZED if granted is Level.ANONYMOUS else HTTPStatus.FORBIDDEN)


def as_sent(request: Request, parameters: Mapping[str, str]) -> TypedData:
    """The request as the worker library takes it."""
    return TypedData(
        http=RpcHttp(
            method=request.method,
            url=request.url.geturl(),
            headers={name.lower(): value for name, value in request.headers.items()},
            query=request.query,
            params=parameters,
            body=TypedData(bytes=request.body) if request.body else TypedData(),
        )
    )


def rendered(result: Result) -> Answer:
    """The response that a function returned, a text or an HttpResponse; 500 without a word if it failed."""
    if not result.succeeded or result.returned is None:
        return Answer(HTTPStatus.INTERNAL_SERVER_ERROR)
    if result.returned.WhichOneof("data") == "string":
        return Answer(HTTPStatus.OK, result.returned.string.encode(), {"content-type": "text/plain; charset=utf-8"})
    response = result.returned.http
    return Answer(int(response.status_code), response.body.bytes, response.headers)


class Exchange(BaseHTTPRequestHandler):
    """One request and its answer."""

    protocol_version = "HTTP/1.1"
    server: "WebServer"

    def exchange(self) -> None:
        if "transfer-encoding" in self.headers:
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        url = urlsplit(f"http://{self.headers.get('host', '')}{self.path}")
        reply = answer(Request(self.command, url, self.headers, body), self.server.site)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = exchange  # noqa: N815 the library's names

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 the library's name
        """Say nothing: invocations are logged by the worker."""


class WebServer(ThreadingHTTPServer):
    """Serves a site; an exchange still under way does not keep the process alive."""

    daemon_threads = True

    def __init__(self, address: str, port: int, site: Site) -> None:
        self.site = site
        super().__init__((address, port), Exchange)


type Reply = tuple[HTTPStatus, str]
"""A status and a JSON text, which may be empty."""


def administer(method: str, path: str, body: bytes, functions: Iterable[Function], invoke: Invoke) -> Reply:
    """The reply to a request below `/admin`."""
    match method, path.strip("/").split("/"):
        case "GET", ["admin", "host", "status"]:
            return HTTPStatus.OK, json.dumps({"state": "Running"})
        case "GET", ["admin", "functions"]:
            return HTTPStatus.OK, json.dumps([description(function) for function in functions])
        case "POST", ["admin", "functions", name]:
            for function in functions:
                if function.name.lower() == name.lower():
                    return run_now(function, body, invoke)
    return HTTPStatus.NOT_FOUND, ""


def description(function: Function) -> Mapping[str, object]:
    return {"name": function.name, "language": "python", "isDisabled": False, "config": {"bindings": function.bindings}}


def run_now(function: Function, body: bytes, invoke: Invoke) -> Reply:
    """Start `function` with the body's `input` and don't wait for it: how it goes is in the log."""
    try:
        text = json.loads(body).get("input", "")
    except (ValueError, AttributeError):
        return refused('the body must be JSON like {"input": "text"}')
    if not isinstance(text, str):
        return refused("input must be a string")
    if function.trigger["type"] == "httpTrigger":
        return refused(f"{function.name} has an HTTP trigger: call its route")
    invoke(function, *occasion(function, text))
    return HTTPStatus.ACCEPTED, ""


def occasion(function: Function, text: str) -> tuple[TypedData, Mapping[str, TypedData]]:
    """What the function is given: `text` as a message's body; nothing of it for a timer."""
    return by_hand(text) if function.trigger["type"] == "queueTrigger" else (timers.on_time(), {})


def refused(reason: str) -> Reply:
    return HTTPStatus.BAD_REQUEST, json.dumps({"error": reason})


def level_of(key: str, keys: Keys | None) -> Level:
    """What `key` opens: everything if the host has no keys."""
    if keys is None or compare_digest(key.encode(), keys.master.encode()):
        return Level.ADMIN
    return Level.FUNCTION if compare_digest(key.encode(), keys.default.encode()) else Level.ANONYMOUS


def find(routes: Iterable[Route], method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
    """The route for a request, with its parameters: fixed segments come before parameters."""
    for route in sorted(routes, key=lambda route: [part.startswith("{") for part in route.template.split("/")]):
        parameters = route.parameters(method, path)
        if parameters is not None:
            return route, parameters
    return None


def _segment(segment: str) -> str:
    """The pattern of one segment with its slash: text, `{name}`, or `{name?}` that may be left out."""
    if not re.search(r"[{}]", segment):
        return "/" + re.escape(segment)
    parameter = re.fullmatch(r"\{([A-Za-z_]\w*)(\?)?\}", segment)
    if parameter is None:
        raise HostError(f"the route segment {segment} is not supported here: write {{name}} or {{name?}}")
    group = f"/(?P<{parameter[1]}>[^/]+)"
    return f"(?:{group})?" if parameter[2] else group
