"""SMTP clients whose secret is not there: pods that need it may not start, or refuse the client."""

from collections.abc import Iterator
from datetime import datetime

from shared.domain.alerting.alert import NEXT_WATCH, Alert, Condition
from shared.domain.clients.client_secret import judge_client_secret
from shared.domain.object_ref import ObjectRef
from shared.domain.report import FleetReport
from shared.domain.sources import vault_source
from shared.inventory import Inventory


def client_conditions(report: FleetReport, inventory: Inventory, now: datetime) -> Iterator[Condition]:
    """Yield each client whose secret its vault, which was listed, does not have as an enabled and unexpired one."""
    for client in inventory.clients.values():
        if client.vault not in report.entries:
            continue
        secret = judge_client_secret(client.secret, report.entries[client.vault], now)
        if not secret.usable:
            alert = Alert(
                name="ClientSecretUnusable",
                urgency="critical",
                message=f"client {client.name}: secret {client.vault}/{client.secret}: {secret.message}",
                since=now,
                object=ObjectRef("client", client.name),
                reason=secret.reason,
                depends_on=(vault_source(client.vault),),
            )
            yield Condition(alert, NEXT_WATCH)
