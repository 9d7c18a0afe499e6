"""Settings: what is missing or wrong is said at once, all of it."""

from datetime import timedelta

import pytest

from shared.errors import ConfigError
from shared.settings import read_settings

GOOD = {"RELAYKEEPER_INVENTORY": "inventory.yaml", "AzureWebJobsStorage__accountName": "relays"}


def test_an_account_name_and_an_inventory_are_enough() -> None:
    settings = read_settings(GOOD)

    assert settings.blob_service == "https://relays.blob.core.windows.net"
    assert settings.queue_service == "https://relays.queue.core.windows.net"
    assert settings.lease == timedelta(seconds=60)
    assert settings.arm_url == "https://management.azure.com"


def test_service_addresses_go_before_the_account_name() -> None:
    settings = read_settings({**GOOD, "AzureWebJobsStorage__blobServiceUri": "https://blob.example.net"})
    assert settings.blob_service == "https://blob.example.net"
    assert settings.queue_service == "https://relays.queue.core.windows.net"


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        read_settings({"RELAYKEEPER_LEASE_SECONDS": "61"})
    assert [problem.path for problem in raised.value.problems] == [
        "RELAYKEEPER_INVENTORY",
        "AzureWebJobsStorage__blobServiceUri",
        "AzureWebJobsStorage__queueServiceUri",
        "RELAYKEEPER_LEASE_SECONDS",
    ]


@pytest.mark.parametrize("seconds", ["14", "61", "-20", "20.5", "", "twenty", "²0"])
def test_a_lease_is_what_storage_allows(seconds: str) -> None:
    with pytest.raises(ConfigError, match="whole seconds from 15 to 60"):
        read_settings({**GOOD, "RELAYKEEPER_LEASE_SECONDS": seconds})
