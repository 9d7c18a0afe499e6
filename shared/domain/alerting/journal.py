"""What the watch wrote down: what it has been seeing since when, and what it has told whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.alerting.alert import Alert
from shared.domain.alerting.sights import Sights


@dataclass(frozen=True, slots=True)
class Told:
    """An alert as a route was last told of it, and when that was news or a reminder: None if it may not know."""

    alert: Alert
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RouteRecord:
    """What a route may hold true; `error`: why it, or one of its URLs, did not take the last news."""

    told: tuple[Told, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class WatchJournal:
    """`at`: when the last watch was; `conditions`: all that was wrong then, `firing`: what of it is to be told.

    `sights`: what it saw, right or wrong. `intervals`: the times between the last four watches. `woken`: what the
    places of a certificate lacked, by `relay@cluster`, when a worker was last asked to look at it.
    """

    schema: int = 1
    at: datetime | None = None
    conditions: tuple[Alert, ...] = ()
    firing: tuple[Alert, ...] = ()
    routes: Mapping[str, RouteRecord] = field(default_factory=dict)
    sights: Sights = field(default_factory=Sights)
    intervals: tuple[timedelta, ...] = ()
    woken: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
