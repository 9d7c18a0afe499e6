"""An authority's answer that cannot be read is a failed attempt like any other."""

import pytest
import requests

from shared.adapters.acme.exchange import exchange
from shared.errors import TransientError
from tests.wire.notifications.receivers import answers, receiving


def test_a_location_that_is_no_url_names_none() -> None:
    with receiving(answers(200, Location="https://[")) as authority:
        answer = exchange(requests.Session(), "POST", authority.origin, "cannot ask for an order", {})

    assert (answer.status, answer.location) == (200, None)


@pytest.mark.parametrize("location", ["https://[", "https://\xe4.example.net/order"])
def test_a_redirect_to_what_is_no_url_is_no_answer(location: str) -> None:
    with (
        receiving(answers(302, Location=location)) as authority,
        pytest.raises(TransientError, match=r"cannot ask for an order: (ValueError|UnicodeDecodeError)"),
    ):
        exchange(requests.Session(), "POST", authority.origin, "cannot ask for an order", {})


def test_a_redirect_is_not_followed() -> None:
    with receiving(answers(200)) as elsewhere, receiving(answers(307, Location=elsewhere.origin)) as authority:
        answer = exchange(requests.Session(), "POST", authority.origin, "cannot ask for an order", {})

    assert (answer.status, answer.ok) == (307, False)
    assert elsewhere.received == []
