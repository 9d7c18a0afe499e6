"""The environment as Settings, or every problem in it. docs/settings.md says what each is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.errors import ConfigError, ConfigProblem
from shared.ncrontab import Schedule

STORAGE_SETTING = "AzureWebJobsStorage"
PUBLIC_ARM = "https://management.azure.com"
TICK_SCHEDULE, WATCH_SCHEDULE = "0 17 * * * *", "0 */10 * * * *"
"""When the timers fire unless settings say otherwise; functions/triggers.py has them too, for the host."""
LEAST_LEASE, LONGEST_LEASE = 15, 60
"""Seconds: what Storage allows for a lease that ends by itself (Lease Blob, `x-ms-lease-duration`)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the inventory is, which storage account keeps our state, how long a journal's lease is, and when the timers
    fire."""

    inventory: Path
    blob_service: str
    queue_service: str
    lease: timedelta
    arm_url: str
    tick: Schedule
    watch: Schedule


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises ConfigError with everything that is missing or wrong."""
    problems: list[ConfigProblem] = []
    settings = Settings(
        inventory=Path(required(environment, "RELAYKEEPER_INVENTORY", problems)),
        blob_service=service(environment, "blob", problems),
        queue_service=service(environment, "queue", problems),
        lease=lease(environment.get("RELAYKEEPER_LEASE_SECONDS", str(LONGEST_LEASE)), problems),
        arm_url=environment.get("RELAYKEEPER_ARM_URL", PUBLIC_ARM),
        tick=schedule(environment, "RELAYKEEPER_TICK_SCHEDULE", TICK_SCHEDULE, problems),
        watch=schedule(environment, "RELAYKEEPER_WATCH_SCHEDULE", WATCH_SCHEDULE, problems),
    )
    if problems:
        raise ConfigError(problems)
    return settings


def required(environment: Mapping[str, str], name: str, problems: list[ConfigProblem]) -> str:
    value = environment.get(name, "")
    if not value:
        problems.append(ConfigProblem(name, None, "is not set; it names the inventory file"))
    return value


def service(environment: Mapping[str, str], kind: str, problems: list[ConfigProblem]) -> str:
    """Return a storage service's URL, from the same identity-based settings as the Functions host reads."""
    if url := environment.get(f"{STORAGE_SETTING}__{kind}ServiceUri"):
        return url
    if account := environment.get(f"{STORAGE_SETTING}__accountName"):
        return f"https://{account}.{kind}.core.windows.net"
    problems.append(
        ConfigProblem(
            f"{STORAGE_SETTING}__{kind}ServiceUri", None, f"is not set, nor is {STORAGE_SETTING}__accountName"
        )
    )
    return ""


def schedule(environment: Mapping[str, str], name: str, unless_set: str, problems: list[ConfigProblem]) -> Schedule:
    """Return when a timer fires. The host does not start a timer whose schedule it cannot read."""
    try:
        found = Schedule.parse(environment.get(name, unless_set))
        found.after(datetime(2000, 1, 1, tzinfo=UTC))
    except ValueError as error:
        problems.append(ConfigProblem(name, None, f"is no schedule of six fields: {error}"))
        return Schedule.parse(unless_set)
    return found


def lease(seconds: str, problems: list[ConfigProblem]) -> timedelta:
    if seconds.isascii() and seconds.isdigit() and LEAST_LEASE <= int(seconds) <= LONGEST_LEASE:
        return timedelta(seconds=int(seconds))
    allowed = f"must be whole seconds from {LEAST_LEASE} to {LONGEST_LEASE}, not {seconds!r}"
    problems.append(ConfigProblem("RELAYKEEPER_LEASE_SECONDS", None, allowed))
    return timedelta(seconds=LONGEST_LEASE)


@dataclass(frozen=True, slots=True)
class Access:
    """How callers of the HTTP API are known: by Easy Auth, else by a function key, which only reads unless allowed."""

    easy_auth: bool
    keys_may_change: bool


def read_access(environment: Mapping[str, str]) -> Access:
    """Read who may call. Raises ConfigError with everything that is wrong: then nobody may.

    https://learn.microsoft.com/azure/app-service/reference-app-settings#authentication-and-authorization
    """
    problems: list[ConfigProblem] = []
    access = Access(
        easy_auth=switch(environment, "RELAYKEEPER_EASY_AUTH", problems),
        keys_may_change=switch(environment, "RELAYKEEPER_KEYS_MAY_CHANGE", problems),
    )
    if access.easy_auth and environment.get("WEBSITE_AUTH_ENABLED", "").lower() != "true":
        off = (
            "is true, but the platform does not say that its own authentication is on (WEBSITE_AUTH_ENABLED, which it "
            "sets by itself): anybody could pose as anyone"
        )
        problems.append(ConfigProblem("RELAYKEEPER_EASY_AUTH", None, off))
    if problems:
        raise ConfigError(problems)
    return access


def switch(environment: Mapping[str, str], name: str, problems: list[ConfigProblem]) -> bool:
    value = environment.get(name, "false").lower()
    if value not in ("true", "false"):
        problems.append(ConfigProblem(name, None, "must be true or false"))
    return value == "true"
