"""Pause something, or let it go on before its time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from shared.domain.journal import Journal
from shared.domain.pauses import Pause, Pauses, Scope
from shared.errors import LeaseTaken, NotAllowed, NotFound, Paused, TransientError
from shared.inventory import SELF_SIGNED, certificates_in
from shared.ports import Lease, Ports
from shared.suggestions import named
from shared.text import quoted
from shared.workflows.audit import AuditEvent, record_of
from shared.workflows.enqueue import wake


def pause(scope: Scope, until: datetime, why: str, ports: Ports) -> Pause:
    """Keep everything in `scope` as it is until then, or until somebody resumes it.

    Raises Unknown if there is no such thing in the inventory, Refused if that moment is over.
    """
    now = ports.clock.now()
    require_known_scope(scope, ports)
    if until <= now:
        raise NotAllowed(f"cannot pause {scope} until {until:%Y-%m-%d %H:%M:%S %Z}: that is over. Name a later moment.")
    paused = Pause(id=uuid4().hex[:12], scope=scope, until=until, why=why, actor=ports.occasion.actor, at=now)
    deed = AuditEvent("pause", f"paused {scope} until {until:%Y-%m-%d %H:%M:%S %Z}", scope.certificate, reason=why)
    change_pauses(lambda pauses: replace(pauses, pauses=(*pauses.in_force(now), paused)), deed, ports)
    return paused


def resume(id_: str, ports: Ports) -> Pause:
    """End a pause before its time, and wake what it held. Raises Unknown if none of that id is in force."""
    found = next((pause for pause in active_pauses(ports) if pause.id == id_), None)
    if found is None:
        raise NotFound(f"no pause {quoted(id_)} is in force.")
    over = AuditEvent("pause", f"the pause {id_} of {found.scope} is over", found.scope.certificate)
    change_pauses(lambda pauses: pauses.without(id_), over, ports)
    cause = f"{ports.occasion.actor} ended the pause of {found.scope}"
    wake_scope(found.scope, cause, ports.occasion.correlation, ports)
    return found


def wake_after_pauses(since: datetime, correlation: str, ports: Ports) -> None:
    """Wake what pauses held that have ended by themselves `since` then. One that was struck out waits for a tick."""
    for pause in ports.pauses.read(PAUSES).pauses:
        if since < pause.until <= ports.clock.now():
            wake_scope(pause.scope, f"the pause of {pause.scope} was over", correlation, ports)


def wake_scope(scope: Scope, cause: str, correlation: str, ports: Ports) -> None:
    """Ask for a look at each certificate that a pause of `scope` holds, in the inventory's order, one after the other.

    A look while another pause holds it changes nothing, and windows, order and settle hold as ever.
    """
    wake(dict.fromkeys(certificates_in(scope, ports.inventory), cause), correlation, ports)


def change_pauses(how: Callable[[Pauses], Pauses], deed: AuditEvent, ports: Ports) -> None:
    """Write the pauses anew, and before that into the history who does so: without that nothing is changed."""
    try:
        with ports.pauses.lease(PAUSES) as lease:
            ports.history.append(record_of(deed, ports))
            lease.write(how(lease.journal))
    except LeaseTaken as taken:
        raise TransientError("somebody else changes the pauses at this moment. Try again.") from taken


def require_known_scope(scope: Scope, ports: Ports) -> None:
    """Raise Unknown if the inventory has nothing of that name."""
    inventory = ports.inventory
    match scope.kind:
        case "issuer":
            named(scope.kind, scope.name, {**inventory.issuers, SELF_SIGNED: None})
        case "cluster":
            named(scope.kind, scope.name, inventory.clusters)
        case "relay":
            named(scope.kind, scope.name, inventory.relays)
        case "certificate":
            named(scope.kind, scope.name, inventory.certificates)


PAUSES = "all"
"""The name of the one blob."""


def active_pauses(ports: Ports) -> tuple[Pause, ...]:
    """Return the pauses that are in force now."""
    return ports.pauses.read(PAUSES).in_force(ports.clock.now())


def with_pauses(ports: Ports) -> Ports:
    """Return the ports with the inventory under the pauses that are in force now."""
    pauses = active_pauses(ports)
    return replace(ports, inventory=ports.inventory.under(pauses)) if pauses else ports


def require_not_paused(certificate: str, ports: Ports) -> Ports:
    """Return the ports as `heeding` does. Raises Paused if the estate is, or the certificate of that name."""
    heeding_ports = with_pauses(ports)
    if (pause := heeding_ports.inventory.pause_of(certificate)) is not None:
        raise Paused(f"{certificate}: {pause.reason}, until {pause.until:%Y-%m-%d %H:%M:%S %Z}")
    return heeding_ports


class PauseCheckedLease:
    """A worker's lease that is not prolonged once its certificate is paused: no further effect comes of it."""

    def __init__(self, lease: Lease[Journal], certificate: str, ports: Ports) -> None:
        self._lease = lease
        self._certificate = certificate
        self._ports = ports

    @property
    def journal(self) -> Journal:
        return self._lease.journal

    def renew(self) -> None:
        """Raises Paused, too."""
        require_not_paused(self._certificate, self._ports)
        self._lease.renew()

    def write(self, journal: Journal) -> None:
        self._lease.write(journal)
