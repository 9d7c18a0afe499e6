"""The app's log of Application Insights, as a part of a bundle.

https://learn.microsoft.com/en-us/rest/api/application-insights/query/execute
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Any

from relaykeeper.app.exchange import exchange
from relaykeeper.app.login import token_for
from relaykeeper.bundle.parts import Part, json_lines
from relaykeeper.bundle.redaction import Redaction
from relaykeeper.failures import UsageFailure
from relaykeeper.moments import rfc3339
from shared.errors import PermanentError
from shared.text import printable_line, quoted

ADDRESS = "https://api.applicationinsights.io"
"""Its tokens are for the same address."""

APPLICATION_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)

MOST_ROWS = 5000
"""The newest: more would not be read by a person, and must fit into an answer."""


def insights_part(application: str, since: datetime) -> Part:
    """Raises UsageFailure for what is no application id."""
    if APPLICATION_ID.fullmatch(application) is None:
        raise UsageFailure(
            f"--insights {quoted(application)} is no application id: write the Application ID of the resource's API "
            "Access, 00000000-0000-0000-0000-000000000000"
        )
    source = f"Application Insights {application}, the newest {MOST_ROWS:,} rows"
    return Part("logs/insights.jsonl", source, lambda redaction: read_rows(application, since, redaction))


def read_rows(application: str, since: datetime, redaction: Redaction) -> str:
    query = (
        "union isfuzzy=true traces, exceptions, requests, dependencies"
        f" | where timestamp >= datetime({rfc3339(since)}) | top {MOST_ROWS} by timestamp desc"
        " | order by timestamp asc"
    )
    headers = {"authorization": f"Bearer {token_for(ADDRESS)}", "content-type": "application/json"}
    tried = f"cannot read Application Insights {application}"
    url = f"{ADDRESS}/v1/apps/{application}/query"
    answer = exchange("POST", url, tried, headers, json.dumps({"query": query}).encode())
    if answer.status != HTTPStatus.OK:
        raise PermanentError(f"{tried}: status {answer.status}: {why_refused(answer.member('error'), answer.text)}")
    return json_lines(redaction.document(log_row) for log_row in rows_in(answer.member("tables"), tried))


def why_refused(error: Any, text: str) -> str:
    message = error.get("message") if isinstance(error, dict) else None
    return printable_line(str(message or text), 300)


def rows_in(tables: Any, tried: str) -> Iterator[dict[str, Any]]:
    """Yield each row as an object, without members that have nothing."""
    try:
        for table in tables:
            names = [column["name"] for column in table["columns"]]
            for row in table["rows"]:
                yield {name: value for name, value in zip(names, row, strict=True) if value not in (None, "")}
    except (TypeError, KeyError, ValueError):
        raise PermanentError(f"{tried}: the answer is no table") from None
