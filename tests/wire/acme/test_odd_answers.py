"""An authority's answer that cannot be read is a failed attempt like any other."""

import pytest
import requests

from shared.adapters.acme import transport
from shared.adapters.acme.transport import exchange
from shared.errors import TransientError
from shared.http_client import TimeLimits
from tests.wire.notifications.receivers import answers, dripping, receiving


def test_a_location_that_is_no_url_names_none() -> None:
    with receiving(answers(200, Location="https://[")) as authority:
        answer = exchange(requests.Session(), "POST", authority.origin, "cannot ask for an order", {})

    assert (answer.status, answer.location) == (200, None)


@pytest.mark.parametrize("location", ["https://[", "https://\xe4.example.net/order"])
def test_a_redirect_to_what_is_no_url_is_no_answer(location: str) -> None:
    with (
        receiving(answers(302, Location=location)) as authority,
        pytest.raises(TransientError, match=r"cannot ask for an order: .*\((ValueError|UnicodeDecodeError)\)"),
    ):
        exchange(requests.Session(), "POST", authority.origin, "cannot ask for an order", {})


def test_a_redirect_is_not_followed() -> None:
    with receiving(answers(200)) as elsewhere, receiving(answers(307, Location=elsewhere.origin)) as authority:
        answer = exchange(requests.Session(), "POST", authority.origin, "cannot ask for an order", {})

    assert (answer.status, answer.ok) == (307, False)
    assert elsewhere.received == []


@pytest.mark.parametrize("beginning", [b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_that_comes_byte_by_byte_is_given_up(monkeypatch: pytest.MonkeyPatch, beginning: bytes) -> None:
    monkeypatch.setattr(transport, "TIME_LIMITS", TimeLimits(connection=1.0, pause=1.0, total=0.5))
    with (
        receiving(dripping(beginning)) as authority,
        pytest.raises(TransientError, match="cannot ask for an order: no whole answer"),
    ):
        exchange(requests.Session(), "POST", authority.origin, "cannot ask for an order", {})
