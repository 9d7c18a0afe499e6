"""Pause something, resume it early, and ask what is paused now."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from shared.domain.audit import AuditRecord, Trigger
from shared.domain.object_ref import ObjectRef
from shared.domain.pause_scopes import held_by
from shared.domain.pauses import Pause, Pauses, pause_of
from shared.errors import LeaseTaken, NotAllowed, NotFound, Paused, TransientError
from shared.inventory import SELF_SIGNED
from shared.ports import Ports
from shared.suggestions import named
from shared.text import quoted
from shared.workflows.audit import audit_record
from shared.workflows.enqueue import wake

PAUSES = "all"
"""The name of the one blob."""


def pause(scope: ObjectRef, until: datetime, trigger: Trigger, ports: Ports) -> Pause:
    """Keep everything in `scope` as it is until then, or until it is resumed.

    Raises NotFound if the inventory has no such object, NotAllowed if it cannot be paused or `until` has passed.
    """
    now = ports.clock.now()
    require_known_scope(scope, ports)
    if until <= now:
        raise NotAllowed(f"cannot pause {scope} until {until:%Y-%m-%d %H:%M:%S %Z}: that is over. Name a later moment.")
    paused = Pause(id=uuid4().hex[:12], scope=scope, until=until, why=trigger.reason, actor=trigger.actor, at=now)
    outcome = f"paused {scope} until {until:%Y-%m-%d %H:%M:%S %Z}"
    record = audit_record("pause", outcome, trigger, ports, target=scope)
    change_pauses(lambda pauses: replace(pauses, pauses=(*pauses.in_force(now), paused)), record, ports)
    return paused


def resume(id_: str, trigger: Trigger, ports: Ports) -> Pause:
    """End a pause before its time, and wake what it held. Raises NotFound if none of that id is in force."""
    found = next((pause for pause in active_pauses(ports) if pause.id == id_), None)
    if found is None:
        raise NotFound(f"no pause {quoted(id_)} is in force.")
    record = audit_record("pause", f"the pause {id_} of {found.scope} is over", trigger, ports, target=found.scope)
    change_pauses(lambda pauses: pauses.without(id_), record, ports)
    cause = f"{trigger.actor} ended the pause of {found.scope}"
    wake_scope(found.scope, cause, trigger.correlation, ports)
    return found


def wake_after_pauses(since: datetime, correlation: str, ports: Ports) -> None:
    """Wake what pauses held that ended by themselves after `since`; `resume` wakes what it ends."""
    for pause in ports.state.pauses.read(PAUSES).pauses:
        if since < pause.until <= ports.clock.now():
            wake_scope(pause.scope, f"the pause of {pause.scope} was over", correlation, ports)


def wake_scope(scope: ObjectRef, cause: str, correlation: str, ports: Ports) -> None:
    """Ask for a look at each object that a pause of `scope` holds, in a tick's order, one after the other.

    If another pause still holds an object, the look changes nothing; windows, order and settle apply as always.
    """
    wake(dict.fromkeys(held_by(scope, ports.inventory), cause), correlation, ports)


def change_pauses(how: Callable[[Pauses], Pauses], record: AuditRecord, ports: Ports) -> None:
    """Append to the history who changes the pauses, then change them: without the record nothing is changed."""
    try:
        with ports.state.pauses.lease(PAUSES) as lease:
            ports.history.append(record)
            lease.write(how(lease.journal))
    except LeaseTaken as taken:
        raise TransientError("somebody else changes the pauses at this moment. Try again.") from taken


def require_known_scope(scope: ObjectRef, ports: Ports) -> None:
    """Raise NotFound if the inventory has nothing of that name, NotAllowed for a kind that cannot be paused."""
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
        case "client":
            named(scope.kind, scope.name, inventory.clients)
        case "all":
            return
        case _:
            raise NotAllowed(
                f"cannot pause {scope}: only all, an issuer, a cluster, a relay, a certificate or a client can be."
            )


def require_not_paused(target: ObjectRef, ports: Ports) -> tuple[Pause, ...]:
    """Return the pauses in force. Raises Paused if everything is, or the target."""
    pauses = active_pauses(ports)
    if (pause := pause_of(target, pauses)) is not None:
        raise Paused(f"{target.name}: {pause.reason}, until {pause.until:%Y-%m-%d %H:%M:%S %Z}")
    return pauses


def active_pauses(ports: Ports) -> tuple[Pause, ...]:
    """Return the pauses that are in force now."""
    return ports.state.pauses.read(PAUSES).in_force(ports.clock.now())
