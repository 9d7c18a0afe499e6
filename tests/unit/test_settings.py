"""Settings: what is missing or wrong is said at once, all of it."""

from datetime import timedelta

import pytest

from functions import triggers
from shared.errors import ConfigError
from shared.ncrontab import Schedule
from shared.settings import TICK_SCHEDULE, WATCH_SCHEDULE, Access, read_access, read_settings

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


def test_all_problems_are_reported_at_once() -> None:
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


@pytest.mark.parametrize("timer", ["TICK", "WATCH"])
@pytest.mark.parametrize("schedule", ["hourly", "0 17 * * *  * *", "0 0 0 30 2 *", "0 99 * * * *", ""])
def test_a_schedule_is_one_that_comes(timer: str, schedule: str) -> None:
    with pytest.raises(ConfigError, match=f"RELAYKEEPER_{timer}_SCHEDULE: is no schedule of six fields: "):
        read_settings({**GOOD, f"RELAYKEEPER_{timer}_SCHEDULE": schedule})


def test_the_schedules_are_those_of_the_timers() -> None:
    """The functions have them too: importing settings would take too long at each cold start."""
    settings = read_settings(GOOD)
    assert (settings.tick, settings.watch) == (Schedule.parse(TICK_SCHEDULE), Schedule.parse(WATCH_SCHEDULE))
    assert (TICK_SCHEDULE, WATCH_SCHEDULE) == (triggers.TICK_SCHEDULE, triggers.WATCH_SCHEDULE)


def test_keys_only_read_and_easy_auth_is_off_unless_said_otherwise() -> None:
    assert read_access({}) == Access(easy_auth=False, keys_may_change=False)
    both = {"RELAYKEEPER_EASY_AUTH": "True", "WEBSITE_AUTH_ENABLED": "True", "RELAYKEEPER_KEYS_MAY_CHANGE": "true"}
    assert read_access(both) == Access(easy_auth=True, keys_may_change=True)


@pytest.mark.parametrize("value", ["", "1", "yes", "on", " true", "tru"])
def test_a_switch_that_is_neither_true_nor_false_lets_nobody_in(value: str) -> None:
    with pytest.raises(ConfigError, match="RELAYKEEPER_EASY_AUTH: must be true or false"):
        read_access({"RELAYKEEPER_EASY_AUTH": value})


@pytest.mark.parametrize("platform", [{}, {"WEBSITE_AUTH_ENABLED": "False"}, {"WEBSITE_AUTH_ENABLED": ""}])
def test_a_principal_is_ignored_unless_the_platform_says_that_it_authenticates(
    platform: dict[str, str],
) -> None:
    with pytest.raises(ConfigError, match="anybody could pose as anyone"):
        read_access({"RELAYKEEPER_EASY_AUTH": "true", **platform})


def test_a_principal_is_believed_where_the_platform_says_that_it_authenticates() -> None:
    assert read_access({"RELAYKEEPER_EASY_AUTH": "true", "WEBSITE_AUTH_ENABLED": "True"}).easy_auth
