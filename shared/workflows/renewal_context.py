"""What each step of a renewal needs: the certificate, its journal under the lease, and the pauses in force."""

from dataclasses import dataclass

from shared.domain.journal import Journal
from shared.domain.pauses import Pause
from shared.inventory import Place
from shared.inventory.relays import Certificate
from shared.ports import Ports
from shared.workflows.lease import Leased


@dataclass(frozen=True, slots=True)
class Renewal:
    """One certificate that a worker brings from wanted to served. `pauses` were in force when it began."""

    certificate: Certificate
    held: Leased[Journal]
    pauses: tuple[Pause, ...]

    @property
    def journal(self) -> Journal:
        return self.held.journal

    @property
    def ports(self) -> Ports:
        return self.held.ports

    @property
    def places(self) -> tuple[Place, ...]:
        """Where the certificate is served, in the order in which new versions arrive."""
        return self.ports.inventory.places(self.certificate.name)
