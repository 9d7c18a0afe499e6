"""The id that ties a call to its log lines and records: the caller's own, or a new one."""

import re
from collections.abc import Mapping
from uuid import uuid4

CORRELATION = "x-correlation-id"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
"""https://www.w3.org/TR/trace-context/#traceparent-header"""


def correlation_of(headers: Mapping[str, str]) -> str:
    """Return the first well-formed of x-correlation-id, x-ms-client-request-id and traceparent's trace id."""
    for header in (CORRELATION, "x-ms-client-request-id"):
        if WELL_FORMED.fullmatch(headers.get(header, "")):
            return headers[header]
    traced = TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return traced[1] if traced is not None else uuid4().hex
