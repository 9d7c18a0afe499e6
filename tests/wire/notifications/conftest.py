"""Routes to receivers."""

from collections.abc import Callable

import pytest

from shared.adapters.notifications.notifier import RoutedNotifier
from shared.inventory import Alerts, Route, SecretReference

type To = Callable[..., RoutedNotifier]

KEY = "canary-signing-key"


@pytest.fixture
def to() -> To:
    """Return what makes the port for one route `ops` of a kind, whose secrets hold these URLs."""

    def routed(kind: str, *urls: str | None, runbook: str | None = None) -> RoutedNotifier:
        secrets = {SecretReference("dev", f"url-{number}"): url for number, url in enumerate(urls)}
        key = SecretReference("dev", "key") if kind == "webhook" else None
        route = Route.model_construct(kind=kind, urls=tuple(secrets), signing_key=key, match={})
        alerts = Alerts().model_copy(update={"routes": {"ops": route}, "runbook": runbook})
        return RoutedNotifier(alerts, lambda reference: KEY if reference == key else secrets[reference])

    return routed
