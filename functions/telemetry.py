"""OpenTelemetry logs. While PYTHON_ENABLE_OPENTELEMETRY is on, the Functions host exports no worker logs; we do.

https://learn.microsoft.com/azure/azure-functions/opentelemetry-howto
"""

import logging
from collections.abc import Mapping

TRUE = frozenset({"1", "true", "t", "yes", "y"})
"""The values that the Functions worker library accepts."""


def export_logs_if_enabled(environment: Mapping[str, str]) -> None:
    """Send every log record from now on to OTEL_EXPORTER_OTLP_ENDPOINT if PYTHON_ENABLE_OPENTELEMETRY is on.

    Imports OpenTelemetry only then. Log fields are sent as attributes, and are not repeated in the text.
    """
    if environment.get("PYTHON_ENABLE_OPENTELEMETRY", "").strip().lower() not in TRUE:
        return
    from opentelemetry.exporter.otlp.json.http._log_exporter import OTLPLogExporter
    from opentelemetry.instrumentation.logging.handler import LoggingHandler
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    provider = LoggerProvider()
    provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    records = LoggingHandler(logger_provider=provider)
    records.setFormatter(MessageOnly())
    logging.getLogger().addHandler(records)


class MessageOnly(logging.Formatter):
    """The message without fields, time and trace, which are attributes of the exported record."""

    def format(self, record: logging.LogRecord) -> str:
        return logging.LogRecord.getMessage(record)
