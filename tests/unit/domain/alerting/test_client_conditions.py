"""A client without its secret is found before its mail is missing."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from shared.domain.alerting.alert import Alert
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.report import FleetReport
from shared.domain.sources import vault_source
from shared.inventory import Inventory
from shared.inventory.clients import Client
from tests.fakes.inventory import NOW, small_inventory
from tests.unit.domain.alerting.watching import INTERVAL, Watching

DAY = timedelta(days=1)


def with_client() -> Inventory:
    client = Client.model_validate({"name": "pcol-dev", "user": "pcol", "vault": "dev", "relays": ["dev"]})
    return small_inventory().model_copy(update={"clients": {"pcol-dev": client}})


def entry(name: str = "PCOL-dev", expires: datetime | None = None, kind: str = "secret") -> VaultEntry:
    return VaultEntry(kind, name, NOW - 300 * DAY, expires, {})  # type: ignore[arg-type]


def listed(*entries: VaultEntry) -> FleetReport:
    return FleetReport(entries={"dev": entries})


def seen(report: FleetReport) -> Mapping[str, Alert]:
    return Watching(with_client()).see(report, lasting=INTERVAL)


@pytest.mark.parametrize(
    ("report", "reason", "message"),
    [
        (listed(), "SecretUnavailable", "there is no enabled secret of that name"),
        (listed(entry(expires=NOW - DAY)), "SecretExpired", "the secret expired on 2026-11-21"),
        (listed(entry(kind="certificate")), "SecretIsCertificate", "its key is no password"),
    ],
)
def test_a_client_whose_secret_cannot_be_used_alerts(report: FleetReport, reason: str, message: str) -> None:
    alert = seen(report)["ClientSecretUnusable"]
    assert (str(alert.object), alert.reason, alert.urgency) == ("client/pcol-dev", reason, "critical")
    assert alert.message.startswith("client pcol-dev: secret dev/pcol-dev: ")
    assert message in alert.message


def test_a_client_whose_secret_is_enabled_does_not() -> None:
    assert seen(listed(entry())) == {}
    assert seen(listed(entry(expires=NOW + 300 * DAY))) == {}


def test_a_client_s_secret_that_expires_soon_alerts_as_those_do_that_relaykeeper_needs() -> None:
    assert set(seen(listed(entry(expires=NOW + 9 * DAY)))) == {"VaultEntryExpiring"}


def test_while_the_vault_cannot_be_listed_nothing_begins_and_nothing_is_over() -> None:
    watching, blind = Watching(with_client()), FleetReport(read_errors={vault_source("dev"): "no answer"})
    assert "ClientSecretUnusable" not in watching.see(blind, lasting=INTERVAL)
    assert "ClientSecretUnusable" in watching.see(listed(), lasting=INTERVAL)
    assert "ClientSecretUnusable" in watching.see(blind, lasting=INTERVAL)
    assert "ClientSecretUnusable" not in watching.see(listed(entry()), lasting=INTERVAL)
