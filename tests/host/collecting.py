"""A collector: takes what is sent by OTLP/HTTP as JSON, and keeps the log records.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, override

from tests.http_server import Handler, serving

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

    url: str = ""
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
    collector = Collector()

    class Export(Handler):
        @override
        def exchange(self) -> None:
            body = json.loads(self.read_body())
            if self.path == "/v1/logs":
                collector.take(body)
            self.reply(200, b"{}", {"Content-Type": "application/json"})

    with serving(Export, host=address, port=PORT) as collector.url:
        yield collector
