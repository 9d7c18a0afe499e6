"""Tell every route a test alert, and say what came of it."""

from dataclasses import dataclass
from datetime import timedelta

from shared.domain.alerting.alert import Alert
from shared.domain.alerting.notification import Notification
from shared.errors import PermanentError, TransientError
from shared.ports import Ports
from shared.workflows.chronicle import Deed, record_of

FOR = timedelta(minutes=5)
"""How long it fires where alerts end by themselves."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A route by its name; `error` is why it, or one of its URLs, did not take the alert."""

    route: str
    kind: str
    error: str | None


def try_alerts(ports: Ports) -> tuple[Tried, ...]:
    """Send a marked alert down every route, whatever it chooses by; the history says who did so first."""
    ports.history.append(record_of(Deed("request", "test alert sent down every route"), ports))
    return tuple(try_route(name, ports) for name in ports.inventory.alerts.routes)


def try_route(name: str, ports: Ports) -> Tried:
    kind = ports.inventory.alerts.routes[name].kind
    try:
        ports.notices.tell(name, news_of(name, ports))
    except (TransientError, PermanentError) as failure:
        return Tried(name, kind, str(failure))
    return Tried(name, kind, None)


def news_of(route: str, ports: Ports) -> Notification:
    now, occasion = ports.clock.now(), ports.occasion
    alert = Alert(
        name="Test",
        urgency="warning",
        message=f"TEST of the route {route}, nothing is wrong: asked for by {occasion.actor}: {occasion.reason}",
        since=now,
        detail=f"TEST {occasion.correlation}",
    )
    return Notification(firing=(alert,), ended=(), new=(alert,), resolved=(), now=now, ends_at=now + FOR)
