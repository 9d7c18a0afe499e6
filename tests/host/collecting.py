"""A collector: takes what is sent by OTLP/HTTP as JSON, and keeps the log records.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PORT = 4318


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record: its `logger` is the scope's name, its values are text, as JSON has numbers of 64 bits."""

    logger: str
    text: str
    attributes: Mapping[str, str]


@dataclass(slots=True)
class Collector:
    """`url` is what OTEL_EXPORTER_OTLP_ENDPOINT is set to."""

    url: str
    records: list[LogRecord] = field(default_factory=list)

    def take(self, document: Any) -> None:
        for resource in document["resourceLogs"]:
            for scope in resource["scopeLogs"]:
                self.records += [read(scope["scope"]["name"], record) for record in scope["logRecords"]]


def read(logger: str, record: Mapping[str, Any]) -> LogRecord:
    attributes = {entry["key"]: text(entry["value"]) for entry in record.get("attributes", ())}
    return LogRecord(logger, text(record["body"]), attributes)


def text(value: Mapping[str, object]) -> str:
    """Return an AnyValue's text; it has one field, which says of which kind it is."""
    [content] = value.values()
    return str(content)


@contextmanager
def collecting(address: str) -> Iterator[Collector]:
    collector = Collector(f"http://{address}:{PORT}")

    class Export(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.path == "/v1/logs":
                collector.take(body)
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 the library's name
            """Say nothing: the test looks at what came."""

    with ThreadingHTTPServer((address, PORT), Export) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
