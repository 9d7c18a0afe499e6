"""Heed what people have paused."""

from dataclasses import replace

from shared.domain.journal import Journal
from shared.errors import Paused
from shared.ports import Lease, Ports

PAUSES = "estate"
"""The name of the one blob."""


def heeding(ports: Ports) -> Ports:
    """Return the ports with the inventory under the pauses that are in force now."""
    in_force = ports.pauses.read(PAUSES).in_force(ports.clock.now())
    return replace(ports, inventory=ports.inventory.under(in_force)) if in_force else ports


def refuse_if_paused(certificate: str, ports: Ports) -> None:
    """Raise Paused if the estate is, or the certificate of that name."""
    if (pause := heeding(ports).inventory.pause_of(certificate)) is not None:
        raise Paused(f"{certificate}: {pause.reason}, until {pause.until:%Y-%m-%d %H:%M:%S %Z}")


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
        refuse_if_paused(self._certificate, self._ports)
        self._lease.renew()

    def write(self, journal: Journal) -> None:
        self._lease.write(journal)
