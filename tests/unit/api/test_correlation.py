"""The id by which log lines and records of a call are found."""

from collections.abc import Mapping

import pytest

from shared.api.handler import correlation_of

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("headers", "correlation"),
    [
        ({"x-correlation-id": "change-1234"}, "change-1234"),
        ({"x-correlation-id": "12345678"}, "12345678"),
        ({"x-correlation-id": "change-1234", "x-ms-client-request-id": "0f0e0d0c-0b0a"}, "change-1234"),
        ({"x-ms-client-request-id": "0f0e0d0c-0b0a"}, "0f0e0d0c-0b0a"),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, TRACE),
        ({"x-correlation-id": "bad id", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, TRACE),
    ],
)
def test_the_caller_s_own_is_kept(headers: Mapping[str, str], correlation: str) -> None:
    assert correlation_of(headers) == correlation


@pytest.mark.parametrize(
    "traceparent", [f"00-{'0' * 32}-00f067aa0ba902b7-01", f"00-{TRACE}-00f067aa0ba902b7-01\n", f"00-{TRACE}"]
)
def test_a_trace_that_is_none_is_not_followed(traceparent: str) -> None:
    made = correlation_of({"traceparent": traceparent})
    assert len(made) == 32
    assert made not in traceparent


@pytest.mark.parametrize(
    "text", ["", "short", "1234567", "x" * 65, "a line\nand another", "[correlation=x]", "ünïcode-id"]
)
def test_one_that_could_write_into_logs_is_replaced(text: str) -> None:
    made = correlation_of({"x-correlation-id": text, "traceparent": text})
    assert len(made) == 32
    assert made != correlation_of({})
