"""Moments, with their time zone."""

import re
from datetime import UTC, datetime

MOMENT = r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[-+][0-9]{2}:[0-9]{2})$"


def moment(text: str) -> datetime:
    """Read a moment of this century (RFC 3339), seconds optional, into UTC; raises ValueError."""
    if re.fullmatch(MOMENT.removesuffix("$"), text, re.ASCII):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError:
            pass
    raise ValueError(
        "is not a moment of this century with its time zone; allowed are for example 2026-12-01T08:00:00Z and "
        "2026-12-01T08:00+01:00"
    )
