"""OpenTelemetry: with its setting on, the Functions host leaves our log records to us, and we send them by OTLP/HTTP.

https://learn.microsoft.com/azure/azure-functions/opentelemetry-howto
"""

import logging
from collections.abc import Mapping

ON = frozenset({"1", "true", "t", "yes", "y"})
"""As the worker library reads a setting."""


def export_logs_if_asked(environment: Mapping[str, str]) -> None:
    """Send every log record from now on to OTEL_EXPORTER_OTLP_ENDPOINT if PYTHON_ENABLE_OPENTELEMETRY is on.

    Nothing of OpenTelemetry is imported if it is not. Our fields are attributes there, and not in the text besides.
    """
    if environment.get("PYTHON_ENABLE_OPENTELEMETRY", "").strip().lower() not in ON:
        return
    from opentelemetry.exporter.otlp.json.http._log_exporter import OTLPLogExporter
    from opentelemetry.instrumentation.logging.handler import LoggingHandler
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    provider = LoggerProvider()
    provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    records = LoggingHandler(logger_provider=provider)
    records.setFormatter(TextAlone())
    logging.getLogger().addHandler(records)


class TextAlone(logging.Formatter):
    """What was logged, without fields, time or trace, each of which goes as an attribute."""

    def format(self, record: logging.LogRecord) -> str:
        return logging.LogRecord.getMessage(record)
