"""HTTP functions, and the administration routes that belong to every Functions host."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import SplitResult, parse_qsl, urlsplit

from infra.local.host.admin import administer
from infra.local.host.protos import RpcHttp, TypedData
from infra.local.host.routes import Level, Route, find, level_of
from infra.local.host.settings import Keys
from infra.local.host.worker import Function, Invoke, Result


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
