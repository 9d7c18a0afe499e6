"""Heed what people have paused."""

from dataclasses import replace

from shared.domain.journal import Journal
from shared.domain.pauses import Pause
from shared.errors import Paused
from shared.ports import Lease, Ports

PAUSES = "estate"
"""The name of the one blob."""


def in_force(ports: Ports) -> tuple[Pause, ...]:
    """Return the pauses that are in force now."""
    return ports.pauses.read(PAUSES).in_force(ports.clock.now())


def heeding(ports: Ports) -> Ports:
    """Return the ports with the inventory under the pauses that are in force now."""
    pauses = in_force(ports)
    return replace(ports, inventory=ports.inventory.under(pauses)) if pauses else ports


def unless_paused(certificate: str, ports: Ports) -> Ports:
    """Return the ports as `heeding` does. Raises Paused if the estate is, or the certificate of that name."""
    heeding_ports = heeding(ports)
    if (pause := heeding_ports.inventory.pause_of(certificate)) is not None:
        raise Paused(f"{certificate}: {pause.reason}, until {pause.until:%Y-%m-%d %H:%M:%S %Z}")
    return heeding_ports


class UntilPaused:
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
        unless_paused(self._certificate, self._ports)
        self._lease.renew()

    def write(self, journal: Journal) -> None:
        self._lease.write(journal)
