"""What the watch wrote down: what it has been seeing since when, and what it has told whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.alerting.alert import Alert


@dataclass(frozen=True, slots=True)
class Told:
    """An alert as a route was last told of it, and when that was news or a reminder."""

    alert: Alert
    at: datetime


@dataclass(frozen=True, slots=True)
class RouteRecord:
    """What a route was told and still holds true; `error`: why it did not take the last news."""

    told: tuple[Told, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class WatchJournal:
    """`at`: when the last watch was; `conditions`: all that was wrong then, `firing`: what of it is to be told."""

    schema: int = 1
    at: datetime | None = None
    conditions: tuple[Alert, ...] = ()
    firing: tuple[Alert, ...] = ()
    routes: Mapping[str, RouteRecord] = field(default_factory=dict)
