"""Notifications to send."""

from datetime import timedelta

from shared.domain.alerting.alert import Alert, Urgency
from shared.domain.alerting.notification import Notification
from shared.domain.object_ref import certificate_ref
from tests.fakes.inventory import NAME, NOW

SINCE = NOW - timedelta(hours=1)


def alert(urgency: Urgency = "critical", message: str = "it is broken") -> Alert:
    return Alert(
        name="ChainBroken",
        urgency=urgency,
        message=message,
        since=SINCE,
        object=certificate_ref(NAME),
        relay="dev",
        cluster="ss-dev-00",
    )


def notification(fresh: tuple[Alert, ...] = (), over: tuple[Alert, ...] = ()) -> Notification:
    """Return a notification of alerts that fire and are new, and of some that are over."""
    return Notification(fresh, over, fresh, over, NOW, NOW + timedelta(minutes=30))
