"""An inventory that lost several clients at once may be a mistake: until a person confirms it, no client is changed."""

from dataclasses import replace

from shared.domain.audit import Trigger
from shared.domain.client_status import lost_clients
from shared.errors import LeaseTaken, NotAllowed, TransientError
from shared.ports import Ports
from shared.workflows.audit import audit_record
from shared.workflows.watch import ALERTS

CONFIRM = "relaykeeper clients confirm-removals"


def loss_refusal(ports: Ports) -> str | None:
    """Say that the inventory lost several clients that the last watch knew, while nobody has confirmed it."""
    names = lost_clients(ports.state.watch.read(ALERTS).status.clients, ports.inventory.clients)
    if not names:
        return None
    return (
        f"the inventory lost {len(names)} clients at once: {', '.join(names)}. No client is changed until they are "
        f"back, or a person confirms that they are to leave ({CONFIRM}); relays accept them all the while."
    )


def confirm_removal(names: frozenset[str], trigger: Trigger, ports: Ports) -> tuple[str, ...]:
    """Record that these clients are to leave, and return them. Their secrets and files stay as they are.

    Raises NotAllowed if these are not the ones that the inventory lost; TransientError while a watch is under way.
    """
    try:
        with ports.state.watch.lease(ALERTS) as lease:
            missing = lost_clients(lease.journal.status.clients, ports.inventory.clients)
            if names != frozenset(missing):
                known = ", ".join(missing) or "none"
                raise NotAllowed(f"the clients that the inventory lost are: {known}. Name exactly these.")
            outcome = f"confirmed that clients left the inventory: {', '.join(missing)}"
            ports.history.append(audit_record("request", outcome, trigger, ports))
            status = lease.journal.status
            kept = {name: each for name, each in status.clients.items() if name not in names}
            lease.write(replace(lease.journal, status=replace(status, clients=kept)))
    except LeaseTaken as taken:
        raise TransientError("a watch is under way. Try again in a minute.") from taken
    return missing
