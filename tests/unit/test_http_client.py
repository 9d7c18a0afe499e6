"""Why there is no answer, and how an answer asks us to wait."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from urllib3 import exceptions

from shared.http_client import read_retry_after, retry_after_or, why_no_answer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("3", timedelta(seconds=3)),
        (" 120 ", timedelta(minutes=2)),
        ("Sun, 22 Nov 2026 12:00:30 GMT", timedelta(seconds=30)),
        ("Sun, 22 Nov 2026 12:00:30 -0000", timedelta(seconds=30)),
        ("Sunday, 22-Nov-26 12:00:30 GMT", timedelta(seconds=30)),
        ("Sun, 22 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("9" * 5000, timedelta(days=7)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=7)),
    ],
)
def test_seconds_and_dates_are_waits(header: str, wait: timedelta) -> None:
    assert read_retry_after(header, NOW) == wait


FAR = f"Sun, 22 Nov {'9' * 30} 12:00:00 GMT"


@pytest.mark.parametrize("header", [None, "", "soon", "-1", "1.5", "٣", "Sun, 99 Nov 2026 12:00:00 GMT", FAR])
def test_what_cannot_be_read_is_no_wait(header: str | None) -> None:
    assert read_retry_after(header, NOW) is None


@pytest.mark.parametrize("header", [None, "soon", "9" * 30, "604800"])
def test_a_wait_that_a_service_cannot_mean_is_the_default(header: str | None) -> None:
    assert retry_after_or(timedelta(minutes=1), header) == timedelta(minutes=1)


def test_a_wait_that_a_service_asks_for_is_kept() -> None:
    assert retry_after_or(timedelta(minutes=1), "0") == timedelta(0)
    assert retry_after_or(timedelta(minutes=1), "604799") == timedelta(seconds=604_799)


@pytest.mark.parametrize(
    ("inner", "says"),
    [
        (OSError("Tunnel connection failed: 403 no\nway"), "at the proxy: Tunnel connection failed: 403 no way"),
        (ConnectionRefusedError(111, "Connection refused"), "at the proxy: connection refused"),
    ],
)
def test_what_a_proxy_refuses_is_said_of_the_proxy(inner: OSError, says: str) -> None:
    error = requests.exceptions.ProxyError(exceptions.ProxyError("Unable to connect to proxy", inner))

    assert why_no_answer(error) == says
