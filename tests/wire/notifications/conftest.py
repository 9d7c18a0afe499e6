"""Trust in the receivers' certificates, and routes to them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.pki import Authority, KeyPair
from shared.adapters.notifications.notifier import RoutedNotifier
from shared.inventory import Alerts, Route, SecretReference
from tests.wire.notifications.receivers import HOST

type To = Callable[..., RoutedNotifier]

KEY = "canary-signing-key"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("receivers"), "receivers")


@pytest.fixture(scope="session")
def pair(authority: Authority) -> KeyPair:
    return authority.issue("receiver", addresses=[HOST])


@pytest.fixture(autouse=True)
def _trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(Path(authority.path)))


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
