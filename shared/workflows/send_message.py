"""Send one marked message through a relay that was examined, at the first port that took its client."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from shared.domain.clients.login import WAYS, Login
from shared.domain.clients.marked_message import SendResult, compose_message
from shared.domain.clients.message_checks import message_check, no_client_accepted
from shared.domain.clients.relay_checks import ReplicaCheck, way_name
from shared.prober import MailSender
from shared.workflows.examine import RelayToExamine


def send_message(
    relay: RelayToExamine, examined: Sequence[ReplicaCheck], sender: str, recipient: str, mail: MailSender
) -> tuple[ReplicaCheck, SendResult | None]:
    """Send it once, by a way of logging in that has just been accepted. There is no result where none was."""
    login = first_accepted(relay, examined)
    if login is None:
        return ReplicaCheck("", "", None, no_client_accepted(relay.about)), None
    message = compose_message(relay.about, login, sender, recipient, secrets.token_hex(8), datetime.now(UTC))
    result = mail.send(message)
    return ReplicaCheck(
        login.probe.pod, login.probe.address, login.probe.port, message_check(relay.about, result)
    ), result


def first_accepted(relay: RelayToExamine, examined: Sequence[ReplicaCheck]) -> Login | None:
    """Return the client's login at the first port, and by the first way, that was accepted in the examination."""
    accepted = {
        (each.replica, each.address, each.port, each.check.name) for each in examined if each.check.reason == "Accepted"
    }
    for probe in relay.probes:
        for way in WAYS:
            if (probe.pod, probe.address, probe.port, way_name(way)) in accepted:
                client = relay.clients[probe.pod]
                return Login(probe, client.user, client.password, way, relay.expected)
    return None
