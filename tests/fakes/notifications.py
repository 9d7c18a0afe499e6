"""Routes in a dict: what was sent to each, and which do not answer."""

from shared.domain.alerting.alert import Alert
from shared.domain.alerting.notification import Notification
from shared.errors import TransientError
from shared.inventory import SecretReference
from tests.fakes.faults import Faults


class FakeNotifier:
    """Implements ports.Notifier. `sent` by route, `pings` of the heartbeat; `dead` names dead routes."""

    def __init__(self) -> None:
        self.sent: dict[str, list[Notification]] = {}
        self.pings: list[SecretReference] = []
        self.dead: set[str] = set()
        self.faults = Faults()

    def send(self, route: str, notification: Notification) -> None:
        with self.faults.around("send"):
            if route in self.dead:
                raise TransientError(f"cannot tell {route}: ConnectTimeout")
            self.sent.setdefault(route, []).append(notification)

    def ping(self, url: SecretReference) -> None:
        with self.faults.around("ping"):
            self.pings.append(url)

    def fresh(self, route: str) -> list[Alert]:
        """Return every alert that people at a route read as new, in sequence."""
        return [alert for notification in self.sent.get(route, []) for alert in notification.new]

    def over(self, route: str) -> list[Alert]:
        """Return every alert that people at a route read as over, in sequence."""
        return [alert for notification in self.sent.get(route, []) for alert in notification.resolved]
