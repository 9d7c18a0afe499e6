"""Routes in a dict: what each was told, and which do not listen."""

from shared.domain.alerting.alert import Alert
from shared.domain.alerting.notification import Notification
from shared.errors import TransientError
from shared.inventory import SecretReference
from tests.fakes.faults import Faults


class FakeNotifier:
    """Implements ports.Notifier. `told` are the news by route, `pings` the signs of life; `dead` names dead routes."""

    def __init__(self) -> None:
        self.told: dict[str, list[Notification]] = {}
        self.pings: list[SecretReference] = []
        self.dead: set[str] = set()
        self.faults = Faults()

    def send(self, route: str, news: Notification) -> None:
        with self.faults.around("send"):
            if route in self.dead:
                raise TransientError(f"cannot tell {route}: ConnectTimeout")
            self.told.setdefault(route, []).append(news)

    def ping(self, url: SecretReference) -> None:
        with self.faults.around("ping"):
            self.pings.append(url)

    def fresh(self, route: str) -> list[Alert]:
        """Return every alert that people at a route read as new, in sequence."""
        return [alert for news in self.told.get(route, []) for alert in news.new]

    def over(self, route: str) -> list[Alert]:
        """Return every alert that people at a route read as over, in sequence."""
        return [alert for news in self.told.get(route, []) for alert in news.resolved]
