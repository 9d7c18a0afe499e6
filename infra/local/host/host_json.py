"""The parts of `host.json` that this host obeys.

https://learn.microsoft.com/azure/azure-functions/functions-host-json
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from infra.local.host.settings import HostError, read_json

OVERRIDE = "AzureFunctionsJobHost__extensions__queues__"
"""How the names of settings begin that replace a value of `extensions.queues`.

https://learn.microsoft.com/azure/azure-functions/functions-host-json#override-hostjson-values
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRules:
    """How messages are fetched, and what becomes of failed ones.

    A new batch is fetched once at most `new_batch_threshold` messages of earlier ones are being worked on.
    https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue#hostjson-settings
    """

    batch_size: int
    new_batch_threshold: int
    visibility_timeout: timedelta
    max_dequeue_count: int
    max_polling_interval: timedelta
    base64: bool


@dataclass(frozen=True, slots=True)
class HostConfiguration:
    """What `host.json` says; `route_prefix`, such as `/api`, precedes the routes of HTTP functions."""

    route_prefix: str
    queues: QueueRules


def read_host_json(app: Path, environment: Mapping[str, str]) -> HostConfiguration:
    """The configuration in the app's directory; raises HostError if there is none or it cannot be obeyed."""
    path = app / "host.json"
    extensions = read_json(path, Document).extensions
    prefix = extensions.http.route_prefix.strip("/")
    overrides = {name.removeprefix(OVERRIDE): value for name, value in environment.items() if name.startswith(OVERRIDE)}
    try:
        queues = msgspec.convert({**msgspec.to_builtins(extensions.queues), **overrides}, QueuesSection, strict=False)
    except msgspec.ValidationError as error:
        raise HostError(f"a setting {OVERRIDE}...: {error}") from error
    threshold = queues.new_batch_threshold
    try:
        rules = QueueRules(
            batch_size=queues.batch_size,
            new_batch_threshold=queues.batch_size // 2 if threshold is None else threshold,
            visibility_timeout=time_span(queues.visibility_timeout),
            max_dequeue_count=queues.max_dequeue_count,
            max_polling_interval=time_span(queues.max_polling_interval),
            base64=queues.message_encoding == "base64",
        )
    except ValueError as error:
        raise HostError(f"{path}: extensions.queues: {error}") from error
    return HostConfiguration(f"/{prefix}" if prefix else "", rules)


def time_span(text: str) -> timedelta:
    """A .NET TimeSpan, `[days.]hours:minutes:seconds[.fraction]`; raises ValueError for anything else."""
    parts = re.fullmatch(r"(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d+)?)", text)
    if parts is None:
        raise ValueError(f"{text!r} is no time span like 00:00:30 (hours:minutes:seconds)")
    days, hours, minutes, seconds = parts.groups()
    return timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=float(seconds))


class QueuesSection(msgspec.Struct, frozen=True, rename="camel"):
    """`extensions.queues` as written; Storage hands out at most 32 messages at once."""

    batch_size: Annotated[int, msgspec.Meta(ge=1, le=32)] = 16
    new_batch_threshold: Annotated[int, msgspec.Meta(ge=0)] | None = None
    visibility_timeout: str = "00:00:00"
    max_dequeue_count: Annotated[int, msgspec.Meta(ge=1)] = 5
    max_polling_interval: str = "00:01:00"
    message_encoding: Literal["base64", "none"] = "base64"


class HttpSection(msgspec.Struct, frozen=True, rename="camel"):
    """`extensions.http` as written."""

    route_prefix: str = "api"


class Extensions(msgspec.Struct, frozen=True):
    """`extensions` as written, as far as it concerns us."""

    http: HttpSection = HttpSection()
    queues: QueuesSection = QueuesSection()


class Document(msgspec.Struct, frozen=True):
    """`host.json` as written, as far as it concerns us."""

    extensions: Extensions = Extensions()
