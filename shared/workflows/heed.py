"""Heed what people have paused."""

from dataclasses import replace

from shared.ports import Ports

PAUSES = "estate"
"""The name of the one blob."""


def heeding(ports: Ports) -> Ports:
    """Return the ports with the inventory under the pauses that are in force now."""
    in_force = ports.pauses.read(PAUSES).in_force(ports.clock.now())
    return replace(ports, inventory=ports.inventory.under(in_force)) if in_force else ports
