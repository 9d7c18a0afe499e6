"""A key that was on its way when something broke is seen nowhere: no error, no log line."""

import logging
import traceback
from collections.abc import Iterator

import pytest
import requests

from shared.errors import TransientError
from tests.contract.named import VAULT, named
from tests.contract.vault.places import Subject

pytestmark = [pytest.mark.e2e, pytest.mark.vault]

CANARY = "canary-that-must-not-sing"
SECONDS = 10


@pytest.fixture
def cut_off(vault_url: str) -> Iterator[None]:
    """Every answer about a secret ends in the middle, as only the stand-in can answer."""
    if named(VAULT):
        pytest.skip("a real vault does not break off its answers")
    fault = {"match": "* /secrets/", "answer": "drop", "after": True}
    requests.post(f"{vault_url}/_faults", json=fault, timeout=SECONDS).raise_for_status()
    yield
    requests.delete(f"{vault_url}/_faults", timeout=SECONDS).raise_for_status()


def test_an_answer_that_breaks_off_shows_no_secret(
    real: Subject, cut_off: None, caplog: pytest.LogCaptureFixture
) -> None:
    del cut_off
    caplog.set_level(logging.DEBUG)

    with pytest.raises(TransientError) as put:
        real.port.put_secret(real.secret, CANARY * 9)
    with pytest.raises(TransientError) as read:
        real.port.secret(real.secret)

    lines = [line for error in (put.value, read.value) for line in traceback.format_exception(error)]
    assert CANARY not in caplog.text + "".join(lines)
