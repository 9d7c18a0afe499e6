"""Watches one after the other, on what they see, and the alerts that fire then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.alerting.alert import Alert
from shared.domain.alerting.evaluate import advance, all_conditions, missing_sources
from shared.domain.alerting.notification import WatchJournal
from shared.domain.report import FleetReport
from shared.inventory import Inventory
from tests.fakes.inventory import NOW, small_inventory
from tests.fakes.observed import seen_at

INTERVAL = timedelta(minutes=10)


@dataclass(slots=True)
class Watching:
    """A watch every ten minutes, or less often where a test spans days in which nothing is brief."""

    inventory: Inventory = field(default_factory=small_inventory)
    now: datetime = NOW
    journal: WatchJournal = field(default_factory=WatchJournal)
    interval: timedelta = INTERVAL

    def see(self, observed: FleetReport, lasting: timedelta = timedelta(0)) -> Mapping[str, Alert]:
        """See the same for a while; return what fires then, by name, and at which cluster if at one."""
        end = self.now + lasting
        while True:
            now_seen = seen_at(observed, self.now)
            found = all_conditions(now_seen, self.journal, self.inventory, self.now)
            self.journal = advance(self.journal, found, missing_sources(now_seen), self.now)
            if self.now >= end:
                return {f"{alert.name} {alert.cluster}".strip(): alert for alert in self.journal.firing}
            self.now = min(self.now + self.interval, end)
