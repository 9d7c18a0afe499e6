"""One JSON object per line on stdout: what functions log, and what the host does.

    {"time": "...Z", "level": "INFO", "function": "renew", "invocation": "...", "logger": "...", "message": "..."}

`function` and `invocation` are null outside an invocation. A line with a stack trace has `exception`. The attributes
that an app gives a record are fields, and not in the message besides. The host's own lines have the logger `host` and
say what happened in `event`, with `duration` (seconds) once a function was executed.
"""

import json
import logging
import sys
from datetime import UTC, datetime

from azure_functions_runtime import invocation_id_cv

HOST = logging.getLogger("host")

RUNNING: dict[str, str] = {}
"""The function's name for each invocation that has begun and not ended."""

USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
"""The attributes that every record has, or gets from a formatter."""


class JsonLine(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        invocation = invocation_id_cv.get()
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "function": RUNNING.get(invocation) if invocation else None,
            "invocation": invocation,
            "logger": record.name,
            "message": logging.LogRecord.getMessage(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        line.update({name: value for name, value in vars(record).items() if name not in USUAL})
        return json.dumps(line, default=str)


def is_worth_a_line(record: logging.LogRecord) -> bool:
    """Whether a record is about the app: outside an invocation, the Azure SDKs speak of the host's own polling."""
    if record.name == "azure.functions":  # the worker library
        return record.levelno >= logging.WARNING
    return invocation_id_cv.get() is not None or not record.name.startswith("azure.")


def write_json_lines() -> None:
    """Send all logging from INFO on, the level that Azure's worker sets, to stdout."""
    lines = logging.StreamHandler(sys.stdout)
    lines.setFormatter(JsonLine())
    lines.addFilter(is_worth_a_line)
    logging.basicConfig(level=logging.INFO, handlers=[lines])


def report(event: str, message: str, level: int = logging.INFO, **facts: object) -> None:
    """Write a line of the host's own; `facts` become fields of it."""
    HOST.log(level, "%s", message, extra={"event": event, **facts})
